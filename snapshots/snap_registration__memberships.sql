{% snapshot snap_registration__memberships %}
{{ config(unique_key=['source_id', 'membership_id']) }}

select
    map_individual.individual_key,
    map_group.group_key,
    landed.*
from {{ ref('stg_registration__memberships') }} as landed
left join {{ ref('map_individual') }} as map_individual using (source_id, individual_id)
left join {{ ref('map_group') }} as map_group using (source_id, group_id)

{% endsnapshot %}
