-- one fact per event ever recorded
select event_key
from (select distinct event_key from {{ ref('snap_registration__events') }})
full join {{ ref('fct_registration_event') }} as fact using (event_key)
where fact.event_key is null
