{% snapshot snap_registration__groups %}
{{ config(unique_key=['group_key']) }}

select
    map_group.group_key,
    landed.* exclude (landed_row)
from {{ ref('stg_registration__groups') }} as landed
inner join {{ ref('map_group') }} as map_group using (source_id, group_id)

{% endsnapshot %}
