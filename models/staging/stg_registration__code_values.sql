select
    cast(code_value_id as varchar) as code_value_id,
    cast(code_list as varchar) as code_list,
    cast(code as varchar) as code,
    cast(label as varchar) as label,
    cast(is_active as boolean) as is_active,
    {{ damaged_columns() }} as damaged_columns,
    cast(created_on as timestamp) as created_on,
    cast(created_by as varchar) as created_by,
    cast(modified_on as timestamp) as modified_on,
    cast(modified_by as varchar) as modified_by,
    cast(entry_channel_code as varchar) as entry_channel_code,
    cast(change_no as bigint) as change_no,
    cast(stamped_at as timestamp) as stamped_at,
    cast(source_id as varchar) as source_id,
    cast(batch_number as bigint) as batch_number,
    cast(low_clock as timestamp) as low_clock,
    cast(is_deleted as boolean) as is_deleted
from {{ landed('code_value') }}
