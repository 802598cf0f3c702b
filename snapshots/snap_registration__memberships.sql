{% snapshot snap_registration__memberships %}
{{ config(unique_key=['source_id', 'membership_id']) }}

select
    map_individual.individual_key,
    map_group.group_key,
    landed.*
from {{ ref('stg_registration__memberships') }} as landed
left join {{ keys_of('map_individual', 'int_individual__named') }} as map_individual using (source_id, individual_id)
left join {{ keys_of('map_group', 'int_group__named') }} as map_group using (source_id, group_id)

{% endsnapshot %}
