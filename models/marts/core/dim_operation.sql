select
    operation_code,
    operation_name,
    country_code,
    onboarded_date,
    valid_from,
    valid_to,
    valid_to = {{ open_end() }} as is_current
from {{ ref('snap_registration__operations') }}
where not is_deleted
qualify source_id = min(source_id) over (partition by operation_code)
