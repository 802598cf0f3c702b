{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='individual_key', on_schema_change='fail'
) }}

-- the person just after the change; the last state, if the record was deleted at that instant
select
    e.event_key,
    e.individual_key,
    {{ registration_columns('e', 'l') }},
    e.group_key,
    {{ known('e.event_type_code') }} as event_type_code,
    e.event_date,
    e.recorded_at,
    e.boundary_at,
    coalesce(e.boundary_at, e.recorded_at) as state_at,
    {{ known('e.reason_code') }} as reason_code,
    {%- for name in scope_attributes() %}
    p.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('int_event__placed') }} as e
left join {{ ref('int_registration__linked') }} as l using (individual_key)
left join {{ ref('fct_population') }} as p
    on p.individual_key = e.individual_key
    and p.valid_from <= coalesce(e.boundary_at, e.recorded_at)
    and p.valid_to >= coalesce(e.boundary_at, e.recorded_at)
qualify row_number() over (partition by e.event_key order by p.valid_from desc) = 1
