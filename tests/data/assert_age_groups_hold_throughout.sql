-- the age group of a stretch is right at its first moment, and still right at its last one up to the watermark
with ends as (
    select
        p.individual_key,
        p.birth_date,
        p.age_group_code,
        p.valid_from,
        least(p.valid_to, b.watermark) - interval 1 microsecond as last_moment
    from {{ ref('fct_population') }} as p
    cross join {{ ref('build') }} as b
)

select e.individual_key
from ends as e
left join {{ ref('int_age__grouped') }} as a
    on a.age = {{ age_in_years('e.birth_date', 'cast(e.valid_from as date)') }}
left join {{ ref('int_age__grouped') }} as z
    on z.age = {{ age_in_years('e.birth_date', 'cast(e.last_moment as date)') }}
where e.last_moment >= e.valid_from
    and (e.age_group_code is distinct from a.age_group_code or e.age_group_code is distinct from z.age_group_code)
