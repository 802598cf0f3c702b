-- the same for specific needs, also those of persons we do not know
with recorded as (
    select specific_need_key, sum(epoch_us(valid_to) - epoch_us(valid_from)) as covered
    from {{ ref('snap_registration__specific_needs') }}
    where not is_deleted
    group by specific_need_key
),

cut as (
    select specific_need_key, sum(epoch_us(valid_to) - epoch_us(valid_from)) as covered
    from {{ ref('fct_specific_need') }}
    group by specific_need_key
)

select specific_need_key
from recorded
full join cut using (specific_need_key)
where recorded.covered is distinct from cut.covered
