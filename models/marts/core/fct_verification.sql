{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='individual_key', on_schema_change='fail'
) }}

-- one row for each time somebody was seen again, or did not come to an exercise
with verifications as (
    select *
    from {{ ref('fct_registration_event') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
    where event_type_code = 'verification' or (event_type_code = 'inactivation' and reason_code = 'NS')
),

-- the last state before, if the record changed with it
known_before as (
    select v.event_key, p.last_contact_date
    from verifications as v
    inner join {{ ref('fct_population') }} as p
        on p.individual_key = v.individual_key and p.valid_to = v.boundary_at
)

select
    v.event_key,
    v.individual_key,
    v.registration_key,
    v.registration_rank,
    v.group_key,
    case
        when v.event_type_code = 'inactivation' then 'no_show'
        when v.reason_code = 'SH' then 'show'
        else 'update'
    end as outcome_code,
    v.event_date as verification_date,
    v.recorded_at,
    b.last_contact_date as previous_contact_date,
    {%- for name in scope_attributes() %}
    v.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from verifications as v
left join known_before as b using (event_key)
