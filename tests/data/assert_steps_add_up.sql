-- the rollup counts what the facts count: on every day that this run may have changed, in all, and as of the last day, which
-- closes at the highest watermark of the sources
with latest as (
    select max(watermark) as watermark from {{ source('run', 'run_source') }}
),

counted as (
    select step_date, sum(step_count) as step_count
    from {{ ref('rollup_population_steps') }}
    {% if not is_full_run() %}where step_date >= {{ steps_since() }}{% endif %}
    group by step_date
    union all
    select null, sum(step_count) from {{ ref('rollup_population_steps') }}
    union all
    select date '9999-12-31', sum(step_count)
    from {{ ref('rollup_population_steps') }}
    where step_date <= (select cast(watermark - interval 1 microsecond as date) from latest)
),

steps as (
    select {{ step_date('valid_from') }} as step_date, 1 as step
    from {{ ref('fct_population') }}
    {% if not is_full_run() %}where valid_from >= {{ steps_since() }}{% endif %}
    union all
    select {{ step_date('valid_to') }}, -1
    from {{ ref('fct_population') }}
    where valid_to < {{ open_end() }} {% if not is_full_run() %}and valid_to >= {{ steps_since() }}{% endif %}
),

expected as (
    select step_date, sum(step) as step_count from steps group by step_date
    union all
    select null, count(*) filter (where valid_to = {{ open_end() }}) from {{ ref('fct_population') }}
    union all
    select date '9999-12-31', count(*)
    from {{ ref('fct_population') }}
    where valid_from < (select watermark from latest) and valid_to >= (select watermark from latest)
)

select coalesce(counted.step_date, expected.step_date) as step_date
from counted
full join expected on counted.step_date is not distinct from expected.step_date
where coalesce(counted.step_count, 0) <> coalesce(expected.step_count, 0)
