{% snapshot snap_registration__places %}
{{ config(unique_key=['source_id', 'place_id']) }}

select
    landed.*
from {{ ref('stg_registration__places') }} as landed

{% endsnapshot %}
