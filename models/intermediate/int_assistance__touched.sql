-- the assistance whose rows this run makes again: changed itself, or given to a person or group that is made again
{% if is_full_run() %}
select cast(null as bigint) as assistance_key
where false
{% else %}
select assistance_key
from {{ ref('snap_registration__assistance') }}
where {{ changed_since() }}
union
select assistance_key
from {{ ref('snap_registration__assistance') }}
semi join {{ ref('int_individual__touched') }} using (individual_key)
union
select assistance_key
from {{ ref('snap_registration__assistance') }}
semi join {{ ref('int_group__touched') }} using (group_key)
where individual_key is null
{% endif %}
