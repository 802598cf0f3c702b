{% snapshot snap_registration__operations %}
{{ config(unique_key=['source_id', 'operation_code']) }}

select
    landed.*
from {{ ref('stg_registration__operations') }} as landed

{% endsnapshot %}
