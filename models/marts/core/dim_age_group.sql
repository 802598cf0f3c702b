with detailed as (
    select * from {{ ref('age_group') }} where scheme = 'detailed'
),

standard as (
    select * from {{ ref('age_group') }} where scheme = 'standard'
)

select
    detailed.age_group_code,
    detailed.age_group_name,
    cast(detailed.from_age as integer) as from_age,
    cast(detailed.to_age as integer) as to_age,
    cast(detailed.sort_order as integer) as sort_order,
    standard.age_group_code as standard_age_group_code,
    standard.age_group_name as standard_age_group_name
from detailed
left join standard
    on standard.from_age <= detailed.from_age and detailed.to_age <= standard.to_age
