-- the stretches of a group: constant in its own attributes, in the number of active members and in its focal point
{%- set attributes = ['business_unit_id', 'operation_code', 'country_of_asylum_code', 'country_of_origin_code', 'place_id',
    'population_type_code', 'process_status_code', 'focal_point_sex_code', 'focal_point_age_group_code',
    'active_member_count', 'registration_date'] %}
with focal_members as (
    select
        group_key, individual_key, business_unit_id, population_type_code, sex_code, age_group_code, process_status_code,
        valid_from, valid_to
    from {{ ref('fct_population') }}
    {{ only_touched('int_group__touched', 'group_key') }}
    where is_focal_point and group_key is not null
),

-- the rule focal_points: several at once are dirt in the source; an active one, then the least key. One who belongs to
-- another unit than the group is none here: whoever may see the group may see what is said of its focal point
focal as (
    select
        c.group_key,
        c.valid_from,
        arg_min(
            (f.population_type_code, f.sex_code, f.age_group_code),
            (case when f.process_status_code = 'A' then 0 else 1 end, f.individual_key)
        ) as person
    from {{ ref('int_group__composed') }} as c
    inner join {{ ref('snap_registration__groups') }} as g
        on g.group_key = c.group_key and g.valid_from <= c.valid_from and g.valid_to > c.valid_from
    inner join focal_members as f
        on
            f.group_key = c.group_key
            and f.valid_from <= c.valid_from
            and f.valid_to > c.valid_from
            and f.business_unit_id = {{ known('g.business_unit_id') }}
    group by c.group_key, c.valid_from
),

described as (
    select
        c.group_key,
        {{ known('g.business_unit_id') }} as business_unit_id,
        {{ known('g.operation_code') }} as operation_code,
        {{ known('g.country_of_asylum_code') }} as country_of_asylum_code,
        {{ known('g.country_of_origin_code') }} as country_of_origin_code,
        {{ known('g.place_id') }} as place_id,
        focal.person[1] as population_type_code,
        {{ known('g.process_status_code') }} as process_status_code,
        focal.person[2] as focal_point_sex_code,
        focal.person[3] as focal_point_age_group_code,
        c.active_member_count,
        g.registration_date,
        c.valid_from,
        c.valid_to
    from {{ ref('int_group__composed') }} as c
    inner join {{ ref('snap_registration__groups') }} as g
        on g.group_key = c.group_key and g.valid_from <= c.valid_from and g.valid_to > c.valid_from
    left join focal on focal.group_key = c.group_key and focal.valid_from = c.valid_from
    where not g.is_deleted
)

{{ merged('described', ['group_key'], attributes) }}
