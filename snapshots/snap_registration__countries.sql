{% snapshot snap_registration__countries %}
{{ config(unique_key=['source_id', 'country_code']) }}

select
    landed.*
from {{ ref('stg_registration__countries') }} as landed

{% endsnapshot %}
