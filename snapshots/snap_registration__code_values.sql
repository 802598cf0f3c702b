{% snapshot snap_registration__code_values %}
{{ config(unique_key=['source_id', 'code_value_id']) }}

select
    landed.*
from {{ ref('stg_registration__code_values') }} as landed

{% endsnapshot %}
