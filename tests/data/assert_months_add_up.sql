-- the steps of a month, put together, are that month's steps
with months as (
    select step_date, sum(step_count) as step_count from {{ ref('rollup_population_months') }} group by step_date
),

expected as (
    select cast(date_trunc('month', step_date) as date) as step_date, sum(step_count) as step_count
    from {{ ref('rollup_population_steps') }}
    group by 1
)

select coalesce(months.step_date, expected.step_date) as step_date
from months
full join expected on months.step_date is not distinct from expected.step_date
where coalesce(months.step_count, 0) <> coalesce(expected.step_count, 0)
