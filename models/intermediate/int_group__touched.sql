-- the groups whose rows this run makes again: changed themselves, or now or once the group of a touched individual
{% if is_full_run() %}
select cast(null as bigint) as group_key
where false
{% else %}
{%- set groups -%}
    (select * from {{ ref('snap_registration__groups') }} where valid_to = {{ open_end() }})
{%- endset %}
select group_key
from {{ ref('snap_registration__groups') }}
where {{ changed_since() }}
union
select group_key
from (
    {{ struck_by_clock('registration_group', groups, 'group_key') }}
)
union
select group_key
from {{ ref('snap_registration__memberships') }}
semi join {{ ref('int_individual__touched') }} using (individual_key)
where group_key is not null
{% endif %}
