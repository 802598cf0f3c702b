{% snapshot snap_registration__individuals %}
{{ config(unique_key=['individual_key']) }}

select
    map_individual.individual_key,
    landed.* exclude (landed_row)
from {{ ref('stg_registration__individuals') }} as landed
inner join {{ keys_of('map_individual', 'int_individual__named') }} as map_individual using (source_id, individual_id)

{% endsnapshot %}
