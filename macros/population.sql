{#- The reporting attributes of a person: what a stretch of the population is constant in. -#}
{% macro population_attributes() -%}
    {{ return([
        'group_key', 'business_unit_id', 'operation_code', 'country_of_asylum_code', 'country_of_origin_code', 'birth_country_code',
        'place_id', 'population_type_code', 'legal_status_code', 'process_status_code', 'sex_code', 'birth_date', 'age_group_code',
        'marital_status_code', 'education_level_code', 'occupation_code', 'accommodation_code', 'settlement_code',
        'relationship_code', 'is_focal_point', 'has_specific_need', 'has_valid_document', 'has_recent_contact',
        'registration_date', 'arrival_date', 'last_contact_date',
    ]) }}
{%- endmacro %}


{#- Which reporting attributes differ between a stretch and the one `before` it that it continues: bit n is the nth of them. -#}
{% macro changed_attributes(before) -%}
    {%- for name in population_attributes() %}
    case when {{ name }} is distinct from {{ before }}.{{ name }} then {{ 2 ** loop.index0 }} else 0 end
    {%- if not loop.last %} + {% endif %}
    {%- endfor %}
{%- endmacro %}


{#- All bits: a stretch with nothing before it, or nothing after. -#}
{% macro all_attributes() -%} -1 {%- endmacro %}


{#- What a fact needs of a person to be scoped and broken down. -#}
{% macro scope_attributes() -%}
    {{ return([
        'business_unit_id', 'operation_code', 'country_of_asylum_code', 'country_of_origin_code', 'place_id',
        'population_type_code', 'process_status_code', 'sex_code', 'age_group_code',
    ]) }}
{%- endmacro %}


{#- The same of a group: what is given to all of it takes the scope of the group. -#}
{% macro group_scope_attributes() -%}
    {{ return([
        'business_unit_id', 'operation_code', 'country_of_asylum_code', 'country_of_origin_code', 'place_id',
        'population_type_code', 'process_status_code',
    ]) }}
{%- endmacro %}


{#- What is told of assistance: columns over `v`, a version of it. -#}
{% macro assistance_columns() -%}
    {{ return({
        'individual_key': 'v.individual_key',
        'group_key': 'v.group_key',
        'assistance_type_code': known('v.assistance_type_code'),
        'sector_code': known('v.sector_code'),
        'assistance_status_code': known('v.assistance_status_code'),
        'provided_date': 'v.provided_date',
        'quantity': 'v.quantity',
        'value_usd': 'v.value_usd',
    }) }}
{%- endmacro %}


{#- The same attributes as expressions: `i` a version of the individual, `m` the membership, `t` the legal status map, `a` the
    age group of the day; the rest expressions: `moment` the instant from which the row holds. -#}
{% macro population_columns(has_need, has_document, moment) %}
    m.group_key,
    {{ known('i.business_unit_id') }} as business_unit_id,
    {{ known('i.operation_code') }} as operation_code,
    {{ known('i.country_of_asylum_code') }} as country_of_asylum_code,
    {{ known('i.country_of_origin_code') }} as country_of_origin_code,
    {{ known('i.birth_country_code') }} as birth_country_code,
    {{ known('i.place_id') }} as place_id,
    t.population_type_code,
    {{ known('i.legal_status_code', true) }} as legal_status_code,
    {{ known('i.process_status_code') }} as process_status_code,
    {{ known('i.sex_code', true) }} as sex_code,
    i.birth_date,
    a.age_group_code,
    {{ known('i.marital_status_code', true) }} as marital_status_code,
    {{ known('i.education_level_code', true) }} as education_level_code,
    {{ known('i.occupation_code', true) }} as occupation_code,
    {{ known('i.accommodation_code') }} as accommodation_code,
    {{ known('i.settlement_code') }} as settlement_code,
    {{ known('m.relationship_code', true) }} as relationship_code,
    coalesce(m.is_focal_point, false) as is_focal_point,
    {{ has_need }} as has_specific_need,
    {{ has_document }} as has_valid_document,
    coalesce({{ contact_end('i.last_contact_date') }} > {{ moment }}, false) as has_recent_contact,
    i.registration_date,
    i.arrival_date,
    i.last_contact_date
{%- endmacro %}


{#- Why a record is there at all, when no event says so: read with the source's first batch, or migrated later, or new. -#}
{% macro arrival_cause(version, source) -%}
    case
        when {{ version }}.batch_number = {{ source }}.first_batch or {{ version }}.entry_channel_code = 'migration'
            then 'onboarded'
        else 'registered'
    end
{%- endmacro %}
