-- what checks say has no gap: it covers exactly the time in which a person's record is active or on hold (a test of its own
-- finds overlaps)
with judged as (
    select individual_key, sum(epoch_us(valid_to) - epoch_us(valid_from)) as covered
    from {{ ref('fct_population') }}
    {{ only_touched('int_quality__touched', 'individual_key') }}
    where process_status_code in ('A', 'H')
    group by individual_key
),

told as (
    select individual_key, sum(epoch_us(valid_to) - epoch_us(valid_from)) as covered
    from {{ ref('fct_quality') }}
    {{ only_touched('int_quality__touched', 'individual_key') }}
    group by individual_key
)

select individual_key
from judged
full join told using (individual_key)
where judged.covered is distinct from told.covered
