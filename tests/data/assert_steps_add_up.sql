-- the rollup counts what the facts count: on every day that this run may have changed, and in all
with counted as (
    select step_date, sum(step_count) as step_count
    from {{ ref('rollup_population_steps') }}
    {% if not is_full_run() %}where step_date >= {{ steps_since() }}{% endif %}
    group by step_date
    union all
    select null, sum(step_count) from {{ ref('rollup_population_steps') }}
),

steps as (
    select cast(valid_from as date) as step_date, 1 as step
    from {{ ref('fct_population') }}
    {% if not is_full_run() %}where valid_from >= {{ steps_since() }}{% endif %}
    union all
    select cast(valid_to as date), -1
    from {{ ref('fct_population') }}
    where valid_to < {{ open_end() }} {% if not is_full_run() %}and valid_to >= {{ steps_since() }}{% endif %}
),

expected as (
    select step_date, sum(step) as step_count from steps group by step_date
    union all
    select null, count(*) filter (where valid_to = {{ open_end() }}) from {{ ref('fct_population') }}
)

select coalesce(counted.step_date, expected.step_date) as step_date
from counted
full join expected on counted.step_date is not distinct from expected.step_date
where coalesce(counted.step_count, 0) <> coalesce(expected.step_count, 0)
