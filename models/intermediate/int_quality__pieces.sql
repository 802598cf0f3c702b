-- The stretches of active and held persons, cut at every moment at which what a check says of them may change: a version of what
-- belongs to them, of their group, of its focal point or of their place begins or ends, or the calendar comes to a day.
with stretches as (
    select
        individual_key, group_key, {{ scope_attributes() | join(', ') }}, relationship_code, is_focal_point,
        valid_from, valid_to, start_cause_code in ('birthday', 'expired') as is_by_clock
    from {{ ref('fct_population') }}
    {{ only_touched('int_quality__touched', 'individual_key') }}
    where process_status_code in ('A', 'H')
),

recorded as (
    {%- for snapshot in ['individuals', 'memberships', 'specific_needs', 'documents', 'addresses'] %}
    select individual_key, unnest([valid_from, valid_to]) as moment
    from {{ ref('snap_registration__' ~ snapshot) }}
    {{ only_touched('int_quality__touched', 'individual_key') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

focal as (
    select group_key, business_unit_id, individual_key as focal_key, valid_from, valid_to
    from {{ ref('fct_population') }}
    where is_focal_point and group_key is not null
),

-- what happened to the group: of the same unit, as all that is said of another record
of_groups as (
    select s.individual_key, s.valid_from as stretch_from, unnest([g.valid_from, g.valid_to]) as moment
    from stretches as s
    inner join {{ ref('snap_registration__groups') }} as g
        on g.group_key = s.group_key and (g.valid_from > s.valid_from or g.valid_to < s.valid_to)
    where s.is_focal_point
    union all
    select s.individual_key, s.valid_from, unnest([f.valid_from, f.valid_to])
    from stretches as s
    inner join focal as f
        on
            f.group_key = s.group_key
            and f.business_unit_id = s.business_unit_id
            and f.focal_key <> s.individual_key
            and (f.valid_from > s.valid_from or f.valid_to < s.valid_to)
),

place_states as (
    {{ place_states() }}
),

of_places as (
    select s.individual_key, p.valid_from as moment
    from stretches as s
    inner join place_states as p on p.place_id = s.place_id and p.valid_from > s.valid_from
    union all
    select a.individual_key, p.valid_from
    from {{ ref('snap_registration__addresses') }} as a
    {{ only_touched('int_quality__touched', 'individual_key') }}
    inner join place_states as p on p.place_id = a.place_id and p.valid_from > a.valid_from
),

-- each within the time in which what it is worked out from stood; of documents of every status, for a check may judge them all
clock as (
    select i.individual_key, s.watermark, i.valid_from, i.valid_to, unnest({{ clock_moments('individual') }}) as moment
    from {{ ref('snap_registration__individuals') }} as i
    {{ only_touched('int_quality__touched', 'individual_key') }}
    inner join {{ source('run', 'run_source') }} as s using (source_id)
    where i.process_status_code in ('A', 'H')
    union all
    select
        d.individual_key, s.watermark, d.valid_from, d.valid_to,
        unnest(list_append({{ clock_moments('document') }}, {{ document_end('d') }}))
    from {{ ref('snap_registration__documents') }} as d
    {{ only_touched('int_quality__touched', 'individual_key') }}
    inner join {{ source('run', 'run_source') }} as s using (source_id)
    where not d.is_deleted
    union all
    select g.individual_key, g.watermark, g.valid_from, g.valid_to, unnest({{ clock_moments('group_of_person') }})
    from (
        select s.individual_key, r.watermark, g.valid_from, g.valid_to, g.registration_date as group_registration_date
        from stretches as s
        inner join {{ ref('snap_registration__groups') }} as g using (group_key)
        inner join {{ source('run', 'run_source') }} as r using (source_id)
        where s.is_focal_point
    ) as g
),

inner_moments as (
    select s.individual_key, s.valid_from as stretch_from, m.moment, bool_and(m.is_by_clock) as is_by_clock
    from stretches as s
    inner join (
        select individual_key, moment, false as is_by_clock from recorded
        union all
        select individual_key, moment, false from of_places
        union all
        select individual_key, moment, true from clock where moment > valid_from and moment < least(valid_to, watermark)
    ) as m
        on m.individual_key = s.individual_key and m.moment > s.valid_from and m.moment < s.valid_to
    group by all
    union all
    select s.individual_key, s.valid_from, m.moment, false
    from stretches as s
    inner join of_groups as m
        on
            m.individual_key = s.individual_key
            and m.stretch_from = s.valid_from
            and m.moment > s.valid_from
            and m.moment < s.valid_to
),

cuts as (
    select individual_key, stretch_from, moment, bool_and(is_by_clock) as is_by_clock from inner_moments group by all
    union all
    select individual_key, valid_from, valid_from, is_by_clock
    from stretches
    where (individual_key, valid_from) in (select (individual_key, stretch_from) from inner_moments)
),

cut as (
    select
        s.* exclude (valid_from, valid_to, is_by_clock),
        c.is_by_clock,
        c.moment,
        coalesce(lead(c.moment) over (partition by s.individual_key, s.valid_from order by c.moment), s.valid_to) as valid_to
    from stretches as s
    inner join cuts as c on c.individual_key = s.individual_key and c.stretch_from = s.valid_from
)

select * from cut
union all by name
select s.* exclude (valid_from), s.valid_from as moment
from stretches as s
anti join (select distinct individual_key, stretch_from as valid_from from inner_moments) using (individual_key, valid_from)
