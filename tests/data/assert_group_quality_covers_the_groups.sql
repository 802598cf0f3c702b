-- the same of groups, whatever their status
with grouped as (
    select group_key, sum(epoch_us(valid_to) - epoch_us(valid_from)) as covered
    from {{ ref('fct_group') }}
    {{ only_touched('int_group__touched', 'group_key') }}
    group by group_key
),

told as (
    select group_key, sum(epoch_us(valid_to) - epoch_us(valid_from)) as covered
    from {{ ref('fct_group_quality') }}
    {{ only_touched('int_group__touched', 'group_key') }}
    group by group_key
)

select group_key
from grouped
full join told using (group_key)
where grouped.covered is distinct from told.covered
