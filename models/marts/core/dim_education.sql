-- levels of education and the bands they belong to; an older way to write a level (01) leads to the same level as 1
with listed as (
    select
        education_level_code,
        canonical_code,
        education_level_name,
        education_band_code,
        education_band_name,
        cast(isced_level as integer) as isced_level,
        cast(school_years as integer) as school_years,
        cast(sort_order as integer) as sort_order
    from {{ ref('education_level') }}
)

select * from listed
union all
select code, code, label, null, null, null, null, null
from {{ ref('dim_code') }}
anti join listed on listed.education_level_code = code
where code_list = 'education_level' and not is_missing
