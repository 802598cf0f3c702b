-- the individuals whose quality this run makes again: what is said of them changed, or of the group or the place they are in,
-- or a moment has passed at which time alone changes what a check says; empty in a full run
{% if is_full_run() %}
select cast(null as bigint) as individual_key
where false
{% else %}
with places as (
    select place_id from {{ ref('dim_place') }} where {{ changed_since() }}
),

units as (
    select individual_key
    from {{ ref('fct_population') }}
    semi join {{ ref('int_group__touched') }} using (group_key)
),

clock as (
    select i.individual_key, unnest({{ clock_moments('individual') }}) as moment
    from {{ ref('snap_registration__individuals') }} as i
    where i.valid_to = {{ open_end() }} and i.process_status_code in ('A', 'H')
    union all
    select d.individual_key, unnest(list_append({{ clock_moments('document') }}, {{ document_end('d') }}))
    from {{ ref('snap_registration__documents') }} as d
    where d.valid_to = {{ open_end() }} and not d.is_deleted
    union all
    select g.individual_key, unnest({{ clock_moments('group_of_person') }})
    from (
        select p.individual_key, g.registration_date as group_registration_date
        from {{ ref('fct_population') }} as p
        inner join {{ ref('snap_registration__groups') }} as g using (group_key)
        where p.is_focal_point and p.valid_to = {{ open_end() }} and g.valid_to = {{ open_end() }}
    ) as g
)

select individual_key from {{ ref('int_individual__touched') }}
union
select individual_key
from {{ ref('snap_registration__addresses') }}
where individual_key is not null and {{ changed_since() }}
union
select individual_key from units
union
select individual_key from {{ ref('fct_population') }} semi join places using (place_id)
union
select individual_key from {{ ref('snap_registration__addresses') }} semi join places using (place_id) where individual_key is not null
union
select clock.individual_key
from clock
inner join {{ ref('map_individual') }} as m using (individual_key)
inner join {{ source('run', 'run_source') }} as s using (source_id)
cross join {{ source('run', 'run_build') }} as b
where clock.moment >= b.previous_watermark and clock.moment < s.watermark
{% endif %}
