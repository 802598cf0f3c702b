-- The records that a confirmed link joins, two for each registration. The registration is that of the record that was seen
-- first, whichever of the two stands for the person: so it stays when a record moves to another store.
--
-- the rule linked_records: the rank says which of them stands for the person where both are there: the one that was seen first, or, of a record that
-- moved, the one that it moved to, for the other is no longer kept up.
with links as (
    select
        first_key,
        second_key,
        least(first_key, second_key) as registration_key,
        kind_code = 'same_person' and first_key < second_key as is_first
    from {{ ref('int_registration__confirmed') }}
    where first_key is not null and second_key is not null
)

select first_key as individual_key, registration_key, case when is_first then 1 else 2 end as registration_rank
from links
union all
select second_key, registration_key, case when is_first then 2 else 1 end
from links
