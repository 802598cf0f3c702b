-- Occupations and the groups of the international standard classification (ISCO) that their codes lead to: one digit is a
-- major group, two a sub-major, three a minor, four a unit group. Codes that only look like it are named in a seed.
with occupations as (
    select
        d.code,
        d.label,
        d.sort_order,
        e.occupation_code is null and regexp_full_match(d.code, '[0-9]{2,4}') as is_isco,
        e.major_group_code as stated_major_group_code
    from {{ ref('dim_code') }} as d
    left join {{ ref('occupation_exception') }} as e on e.occupation_code = d.code
    where d.code_list = 'occupation' and not d.is_missing
),

grouped as (
    select
        code,
        label,
        sort_order,
        case when is_isco then left(code, 1) else stated_major_group_code end as major_group_code,
        case when is_isco then left(code, 2) end as sub_major_group_code,
        case when is_isco and length(code) >= 3 then left(code, 3) end as minor_group_code,
        case when is_isco and length(code) = 4 then code end as unit_group_code
    from occupations
)

select
    grouped.code as occupation_code,
    grouped.label as occupation_name,
    grouped.major_group_code,
    major.major_group_name,
    grouped.sub_major_group_code,
    sub_major.label as sub_major_group_name,
    grouped.minor_group_code,
    minor.label as minor_group_name,
    grouped.unit_group_code,
    cast(grouped.sort_order as integer) as sort_order
from grouped
left join {{ ref('occupation_major_group') }} as major using (major_group_code)
left join occupations as sub_major on sub_major.code = grouped.sub_major_group_code
left join occupations as minor on minor.code = grouped.minor_group_code
