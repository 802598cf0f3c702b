{% snapshot snap_registration__business_units %}
{{ config(unique_key=['source_id', 'business_unit_id']) }}

select
    landed.*
from {{ ref('stg_registration__business_units') }} as landed

{% endsnapshot %}
