{% snapshot snap_registration__specific_needs %}
{{ config(unique_key=['specific_need_key']) }}

select
    map_specific_need.specific_need_key,
    map_individual.individual_key,
    landed.* exclude (landed_row)
from {{ ref('stg_registration__specific_needs') }} as landed
inner join {{ ref('map_specific_need') }} as map_specific_need using (source_id, specific_need_id)
left join {{ keys_of('map_individual', 'int_individual__named') }} as map_individual using (source_id, individual_id)

{% endsnapshot %}
