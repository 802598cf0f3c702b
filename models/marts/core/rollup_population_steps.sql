{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where step_date >= {{ steps_since() }}{% endif %}"
) }}

-- a day closes at its end: who begins and ends within one day was never there, and leaves no step
with steps as (
    select {{ rollup_attributes() | join(', ') }}, {{ step_date('valid_from') }} as step_date, 1 as step
    from {{ ref('fct_population') }}
    {%- if is_incremental() %}
    where valid_from >= {{ steps_since() }}
    {%- endif %}
    union all
    select {{ rollup_attributes() | join(', ') }}, {{ step_date('valid_to') }}, -1
    from {{ ref('fct_population') }}
    where valid_to < {{ open_end() }}
        {%- if is_incremental() %}
        and valid_to >= {{ steps_since() }}
        {%- endif %}
)

select {{ rollup_attributes() | join(', ') }}, step_date, cast(sum(step) as bigint) as step_count
from steps
group by all
having sum(step) <> 0
order by step_date
