-- the groups whose rows this run makes again: changed themselves, or now or once the group of a touched individual
{% if is_full_run() %}
select cast(null as bigint) as group_key
where false
{% else %}
select group_key
from {{ ref('snap_registration__groups') }}
where {{ changed_since() }}
union
select clock.group_key
from (
    select group_key, source_id, unnest({{ clock_moments('registration_group') }}) as moment
    from {{ ref('snap_registration__groups') }}
    where valid_to = {{ open_end() }}
) as clock
inner join {{ source('run', 'run_source') }} as s using (source_id)
cross join {{ source('run', 'run_build') }} as b
where clock.moment >= b.previous_watermark and clock.moment < s.watermark
union
select group_key
from {{ ref('snap_registration__memberships') }}
semi join {{ ref('int_individual__touched') }} using (individual_key)
where group_key is not null
{% endif %}
