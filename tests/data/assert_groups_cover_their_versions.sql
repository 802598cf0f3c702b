-- the same for groups
with recorded as (
    select group_key, sum(epoch_us(valid_to) - epoch_us(valid_from)) as covered
    from {{ ref('snap_registration__groups') }}
    where not is_deleted
    group by group_key
),

cut as (
    select group_key, sum(epoch_us(valid_to) - epoch_us(valid_from)) as covered
    from {{ ref('fct_group') }}
    group by group_key
)

select group_key
from recorded
full join cut using (group_key)
where recorded.covered is distinct from cut.covered
