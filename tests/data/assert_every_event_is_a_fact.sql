-- one fact per event ever recorded: of all in a full run, else of the new ones, and as many in sum
select event_key
from (
    select distinct event_key
    from {{ ref('snap_registration__events') }}
    {% if not is_full_run() %}where {{ changed_since() }}{% endif %}
) as recorded
anti join {{ ref('fct_registration_event') }} as fact using (event_key)
union all
select facts.number
from (select count(*) as number from {{ ref('fct_registration_event') }}) as facts
cross join (select count(*) as number from {{ ref('map_event') }}) as known
where facts.number <> known.number
