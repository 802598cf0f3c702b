{% snapshot snap_registration__documents %}
{{ config(unique_key=['document_key']) }}

select
    map_document.document_key,
    map_individual.individual_key,
    landed.* exclude (landed_row)
from {{ ref('stg_registration__documents') }} as landed
inner join {{ keys_of('map_document', 'int_document__named') }} as map_document using (source_id, document_id)
left join {{ keys_of('map_individual', 'int_individual__named') }} as map_individual using (source_id, individual_id)

{% endsnapshot %}
