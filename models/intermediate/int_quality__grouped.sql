-- What the checks say of each stretch of a group, cut where its members come and go or its own record changes. The rule
-- within_a_unit: only members of the group's own unit count, whom everybody sees who sees the group.
with stretches as (
    select group_key, {{ group_scope_attributes() | join(', ') }}, valid_from, valid_to
    from {{ ref('fct_group') }}
    {{ only_touched('int_group__touched', 'group_key') }}
),

members as (
    select group_key, business_unit_id, individual_key, process_status_code, is_focal_point, valid_from, valid_to
    from {{ ref('fct_population') }}
    {{ only_touched('int_group__touched', 'group_key') }}
    where group_key is not null
),

clock as (
    select g.group_key, s.watermark, unnest({{ clock_moments('registration_group') }}) as moment
    from {{ ref('snap_registration__groups') }} as g
    {{ only_touched('int_group__touched', 'group_key') }}
    inner join {{ source('run', 'run_source') }} as s using (source_id)
),

moments as (
    select group_key, valid_from as moment, false as is_by_clock from members
    union all
    select group_key, valid_to, false from members
    union all
    select group_key, valid_from, false from {{ ref('snap_registration__groups') }} {{ only_touched('int_group__touched', 'group_key') }}
    union all
    select group_key, moment, true from clock where moment < watermark
),

cuts as (
    select s.group_key, s.valid_from as stretch_from, m.moment, bool_and(m.is_by_clock) as is_by_clock
    from stretches as s
    inner join moments as m on m.group_key = s.group_key and m.moment > s.valid_from and m.moment < s.valid_to
    group by all
    union all
    select group_key, valid_from, valid_from, false from stretches
),

pieces as (
    select
        s.* exclude (valid_from, valid_to),
        c.moment,
        c.is_by_clock,
        coalesce(lead(c.moment) over (partition by s.group_key, s.valid_from order by c.moment), s.valid_to) as valid_to
    from stretches as s
    inner join cuts as c on c.group_key = s.group_key and c.stretch_from = s.valid_from
),

counted as (
    select
        p.group_key,
        p.moment,
        count(*) as member_count,
        count(*) filter (where m.process_status_code = 'A') as active_member_count,
        count(*) filter (where m.is_focal_point) as focal_point_count
    from pieces as p
    inner join members as m
        on
            m.group_key = p.group_key
            and m.business_unit_id = p.business_unit_id
            and m.valid_from <= p.moment
            and m.valid_to > p.moment
    group by p.group_key, p.moment
),

described as (
    select
        p.*,
        g.registration_date,
        g.declared_size,
        coalesce(c.member_count, 0) as member_count,
        coalesce(c.active_member_count, 0) as active_member_count,
        coalesce(c.focal_point_count, 0) as focal_point_count
    from pieces as p
    inner join {{ ref('snap_registration__groups') }} as g
        on g.group_key = p.group_key and g.valid_from <= p.moment and g.valid_to > p.moment
    left join counted as c on c.group_key = p.group_key and c.moment = p.moment
)

select
    group_key,
    {{ group_scope_attributes() | join(', ') }},
    {{ verdicts('registration_group') }},
    is_by_clock,
    moment as valid_from,
    valid_to
from described
