-- one row per age in completed years, so that an age finds its group by equality
select
    cast(unnest(range(from_age, to_age)) as bigint) as age,
    age_group_code
from {{ ref('age_group') }}
where scheme = 'detailed'
