{{ config(severity='warn') }}

-- the history of quality has at most 1.6 times the stretches of the population: more, and it is cut where nothing changes. A few
-- people have a lot happen to them, so that it is said of many only
select quality.stretches
from (select count(*) as stretches from {{ ref('fct_quality') }}) as quality
cross join (select count(*) as stretches from {{ ref('fct_population') }}) as population
where quality.stretches > 1.6 * population.stretches and population.stretches > 1000
