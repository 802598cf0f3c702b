{% snapshot snap_registration__documents %}
{{ config(unique_key=['source_id', 'document_id']) }}

select
    map_individual.individual_key,
    landed.*
from {{ ref('stg_registration__documents') }} as landed
left join {{ ref('map_individual') }} as map_individual using (source_id, individual_id)

{% endsnapshot %}
