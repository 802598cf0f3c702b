{% snapshot snap_registration__events %}
{{ config(unique_key=['event_key']) }}

select
    map_event.event_key,
    map_individual.individual_key,
    map_group.group_key,
    landed.* exclude (landed_row)
from {{ ref('stg_registration__events') }} as landed
inner join {{ ref('map_event') }} as map_event using (source_id, event_id)
left join {{ keys_of('map_individual', 'int_individual__named') }} as map_individual using (source_id, individual_id)
left join {{ keys_of('map_group', 'int_group__named') }} as map_group using (source_id, group_id)

{% endsnapshot %}
