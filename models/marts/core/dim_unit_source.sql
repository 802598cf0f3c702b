-- which store each business unit is of, and which operation: what a unit or an operation holds is known as far back, and as
-- lately, as the stores behind it
select business_unit_id, source_id, {{ known('operation_code') }} as operation_code
from {{ ref('snap_registration__business_units') }}
where not is_deleted
qualify row_number() over (partition by business_unit_id order by valid_from desc, source_id) = 1
