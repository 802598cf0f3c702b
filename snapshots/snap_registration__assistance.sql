{% snapshot snap_registration__assistance %}
{{ config(unique_key=['assistance_key']) }}

select
    map_assistance.assistance_key,
    map_individual.individual_key,
    map_group.group_key,
    landed.* exclude (landed_row)
from {{ ref('stg_registration__assistance') }} as landed
inner join {{ ref('map_assistance') }} as map_assistance using (source_id, assistance_id)
left join {{ keys_of('map_individual', 'int_individual__named') }} as map_individual using (source_id, individual_id)
left join {{ keys_of('map_group', 'int_group__named') }} as map_group using (source_id, group_id)

{% endsnapshot %}
