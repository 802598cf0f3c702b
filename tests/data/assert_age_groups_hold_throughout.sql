-- The age group of a stretch is right at its first moment, and still right at its last one up to the watermark.
-- Of all people in every run. Whoever is born on a day is of a group from one birthday to another, without a gap: of those who are
-- told alike the first moment and the last say it for all. Whom no group is told of are asked one by one.
with spans as (
    select
        p.birth_date,
        p.age_group_code,
        p.valid_from as first_moment,
        least(p.valid_to, b.watermark) - interval 1 microsecond as last_moment
    from {{ ref('fct_population') }} as p
    cross join {{ ref('build') }} as b
    where p.valid_from < p.valid_to and p.valid_from < b.watermark
),

ends as (
    select birth_date, age_group_code, min(first_moment) as first_moment, max(last_moment) as last_moment
    from spans
    where age_group_code is not null
    group by birth_date, age_group_code
    union all
    select birth_date, age_group_code, first_moment, last_moment from spans where age_group_code is null
)

select e.birth_date
from ends as e
left join {{ ref('int_age__grouped') }} as a
    on a.age = {{ age_in_years('e.birth_date', 'cast(e.first_moment as date)') }}
left join {{ ref('int_age__grouped') }} as z
    on z.age = {{ age_in_years('e.birth_date', 'cast(e.last_moment as date)') }}
where e.age_group_code is distinct from a.age_group_code or e.age_group_code is distinct from z.age_group_code
