{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where step_date >= {{ months_since() }}{% endif %}"
) }}

-- of the months in which a step may have changed, made anew from the steps: earlier ones are as they were
select
    {{ rollup_attributes() | join(', ') }},
    cast(date_trunc('month', step_date) as date) as step_date,
    cast(sum(step_count) as bigint) as step_count
from {{ ref('rollup_population_steps') }}
{%- if is_incremental() %}
where step_date >= {{ months_since() }}
{%- endif %}
group by all
having sum(step_count) <> 0
order by step_date
