{% snapshot snap_registration__addresses %}
{{ config(unique_key=['source_id', 'address_id']) }}

select
    map_individual.individual_key,
    landed.*
from {{ ref('stg_registration__addresses') }} as landed
left join {{ keys_of('map_individual', 'int_individual__named') }} as map_individual using (source_id, individual_id)

{% endsnapshot %}
