{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='assistance_key', on_schema_change='fail'
) }}

with scoped as (
    select * from {{ ref('int_assistance__given_to_persons') }}
    union all by name
    select * from {{ ref('int_assistance__given_to_groups') }}
),

-- when it was first recorded, whatever was corrected later
recorded as (
    select assistance_key, min(valid_from) as recorded_at
    from {{ ref('snap_registration__assistance') }}
    semi join scoped using (assistance_key)
    group by assistance_key
)

select
    assistance_key,
    scoped.individual_key,
    {{ registration_columns('scoped', 'l') }},
    group_key,
    assistance_type_code,
    sector_code,
    assistance_status_code,
    provided_date,
    cast(quantity as bigint) as quantity,
    cast(value_usd as bigint) as value_usd,
    recorded_at,
    {%- for name in scope_attributes() %}
    {{ name }},
    {%- endfor %}
    valid_from,
    valid_to
from scoped
inner join recorded using (assistance_key)
left join {{ ref('int_registration__linked') }} as l on l.individual_key = scoped.individual_key
