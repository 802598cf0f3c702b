-- a person's stretches cover exactly the time in which the record existed: nobody is lost or counted twice, at any moment
with recorded as (
    select individual_key, sum(epoch_us(valid_to) - epoch_us(valid_from)) as covered
    from {{ ref('snap_registration__individuals') }}
    where not is_deleted
    group by individual_key
),

stretched as (
    select individual_key, sum(epoch_us(valid_to) - epoch_us(valid_from)) as covered
    from {{ ref('fct_population') }}
    group by individual_key
)

select individual_key
from recorded
full join stretched using (individual_key)
where recorded.covered is distinct from stretched.covered
