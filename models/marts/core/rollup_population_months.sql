-- made anew from the steps each time: they are few, and what is made anew cannot drift from them
select
    {{ rollup_attributes() | join(', ') }},
    cast(date_trunc('month', step_date) as date) as step_date,
    cast(sum(step_count) as bigint) as step_count
from {{ ref('rollup_population_steps') }}
group by all
having sum(step_count) <> 0
order by step_date
