-- the needs and their families; sensitive ones are never shown below what the disclosure rules allow
with needs as (
    select code, label, sort_order from {{ ref('dim_code') }} where code_list = 'need' and not is_missing
),

categories as (
    select code, label, sort_order from {{ ref('dim_code') }} where code_list = 'need_category' and not is_missing
)

select
    needs.code as need_code,
    needs.label as need_name,
    categories.code as need_category_code,
    categories.label as need_category_name,
    exists (
        select 1 from {{ ref('sensitive_need') }} as s where starts_with(needs.code, s.code_prefix)
    ) as is_protection_sensitive,
    cast(
        row_number() over (order by categories.sort_order nulls last, needs.sort_order nulls last, needs.code) as integer
    ) as sort_order
from needs
left join categories on categories.code = split_part(needs.code, '-', 1)
