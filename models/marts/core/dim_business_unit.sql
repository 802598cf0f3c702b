select
    business_unit_id,
    {{ known('parent_business_unit_id') }} as parent_business_unit_id,
    business_unit_name,
    kind_code,
    {{ known('operation_code') }} as operation_code,
    is_enabled,
    valid_from,
    valid_to,
    valid_to = {{ open_end() }} as is_current
from {{ ref('snap_registration__business_units') }}
where not is_deleted
qualify source_id = min(source_id) over (partition by business_unit_id)
