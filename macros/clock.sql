{#- The boundaries that the calendar alone makes. The seed `clock_boundary` says how many months; birthdays are in `birthday`. -#}

{#- The moment from which a document has expired: midnight after its last day, on which it is still valid. NULL if it never does. -#}
{% macro document_end(document) -%}
    {{ expiry_end(document ~ '.expiry_date') }}
{%- endmacro %}


{% macro expiry_end(expiry_date) -%}
    cast({{ expiry_date }} + 1 as timestamp)
{%- endmacro %}


{#- Whether a document is valid at a moment, as far as is recorded then. -#}
{% macro is_valid_document(document, moment) -%}
    coalesce({{ document }}.document_status_code = 'V', false) and coalesce({{ document }}.expiry_date >= cast({{ moment }} as date), true)
{%- endmacro %}


{#- The moment from which a contact is no longer recent. NULL if there was none. -#}
{% macro contact_end(last_contact_date) -%}
    cast({{ last_contact_date }} + to_months({{ contact_months() }}) as timestamp)
{%- endmacro %}


{% macro contact_months() -%}
    (select cast(months as integer) from {{ ref('clock_boundary') }} where boundary_code = 'contact')
{%- endmacro %}


{#- Every day from so many months before the last run to the day after this one. What the calendar comes to is asked of days, of which
    there are few, and then looked for among people. `months`: a whole number, or an expression that is one. -#}
{% macro days_of(months) -%}
    select cast(unnest(generate_series(low - to_months(cast({{ months }} as integer)), high + interval 1 day, interval 1 day)) as date) as day
    from (
        select min(coalesce(b.previous_watermark, s.watermark)) as low, max(s.watermark) as high
        from {{ source('run', 'run_source') }} as s
        cross join {{ source('run', 'run_build') }} as b
    )
{%- endmacro %}


{#- The days, by source, from which one of some moments is reckoned that has passed since the last run. `field`: what the moments,
    expressions, call the day. -#}
{% macro days_struck(field, moments, months) -%}
    select s.source_id, d.{{ field }}
    from (select day as {{ field }} from ({{ days_of(months) }})) as d
    cross join {{ source('run', 'run_source') }} as s
    cross join {{ source('run', 'run_build') }} as b
    where
        {%- for moment in moments %}
        ({{ moment }} >= b.previous_watermark and {{ moment }} < s.watermark){{ ' or' if not loop.last }}
        {%- endfor %}
{%- endmacro %}


{#- Keys of the rows of a relation of which a moment has passed at which time alone may change what a check says. `others`: further
    fields, each with its moment. -#}
{% macro struck_by_clock(entity, relation, key, others={}) -%}
    {%- set moments, months = {}, {} -%}
    {%- set found = clocks_of(entity) -%}
    {%- for field, moment in others.items() -%}
        {%- do found.append((field, moment, 1)) -%}
    {%- endfor -%}
    {%- for field, moment, latest in found -%}
        {%- do moments.setdefault(field, []).append(moment) -%}
        {%- do months.update({field: [months.get(field, 0), latest] | max}) -%}
    {%- endfor %}
    -- which moments there are is known when it runs; that they are of this run, before
    -- depends_on: {{ source('run', 'run_source') }}, {{ source('run', 'run_build') }}
    select cast(null as bigint) as {{ key }} where false
    {%- for field in moments %}
    union all
    select {{ key }}
    from {{ relation }} as v
    semi join ({{ days_struck(field, moments[field], months[field]) }}) as d using (source_id, {{ field }})
    {%- endfor %}
{%- endmacro %}
