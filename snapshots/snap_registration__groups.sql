{% snapshot snap_registration__groups %}
{{ config(unique_key=['group_key']) }}

select
    map_group.group_key,
    landed.* exclude (landed_row)
from {{ ref('stg_registration__groups') }} as landed
inner join {{ keys_of('map_group', 'int_group__named') }} as map_group using (source_id, group_id)

{% endsnapshot %}
