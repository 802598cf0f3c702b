{#- Records of one person in several stores, joined by confirmed links. -#}


{#- The facts whose rows know the registration of their person. -#}
{% macro facts_of_persons() -%}
    {{ return([
        'fct_population', 'fct_specific_need', 'fct_document', 'fct_registration_event', 'fct_assistance', 'fct_verification',
        'fct_quality', 'fct_quality_episode',
    ]) }}
{%- endmacro %}


{#- The registration of a row's person, and the rank of the record among those of it: NULL where it is the only one.
    `row` has an individual_key, `link` is `int_registration__linked` joined to it. -#}
{% macro registration_columns(row, link) -%}
    coalesce({{ link }}.registration_key, {{ row }}.individual_key) as registration_key,
    {{ link }}.registration_rank
{%- endmacro %}


{#- Persons with a row in `fact` that does not say what the links say now: a link is new, or was withdrawn. Few rows say a rank, and
    few persons are linked: of all others nothing is read. -#}
{% macro linked_otherwise(fact) -%}
    select individual_key
    from {{ fact }}
    semi join {{ ref('int_registration__linked') }} using (individual_key)
    where registration_rank is null
    union all
    select f.individual_key
    from {{ fact }} as f
    left join {{ ref('int_registration__linked') }} as l using (individual_key)
    where f.registration_rank is not null
        and (
            f.registration_rank is distinct from l.registration_rank
            or f.registration_key is distinct from coalesce(l.registration_key, f.individual_key)
        )
{%- endmacro %}
