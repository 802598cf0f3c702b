-- the project's code lists, and the codes that only the source has
with of_source as (
    select code_list, code, any_value(label order by source_id) as label
    from {{ ref('snap_registration__code_values') }}
    where not is_deleted and valid_to = {{ open_end() }}
    group by code_list, code
)

select code_list, code, label, cast(sort_order as integer) as sort_order, cast(is_missing as boolean) as is_missing
from {{ ref('code_value') }}
union all
select of_source.code_list, of_source.code, of_source.label, null, of_source.code in ('', '-')
from of_source
anti join {{ ref('code_value') }} using (code_list, code)
