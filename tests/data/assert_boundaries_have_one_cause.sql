-- each boundary in a person's history has exactly one cause, the same on both of its sides; an open stretch has no end.
-- Only those with several stretches can break this: the others have one boundary, and it is filled.
with ordered as (
    select
        individual_key, valid_from, valid_to, start_cause_code, end_cause_code,
        lead(valid_from) over history as next_from,
        lead(start_cause_code) over history as next_cause_code
    from {{ ref('fct_population') }}
    semi join {{ ref('int_population__split') }} using (individual_key)
    window history as (partition by individual_key order by valid_from)
)

select individual_key
from ordered
where (valid_to = {{ open_end() }}) <> (end_cause_code is null)
    or (next_from = valid_to and next_cause_code is distinct from end_cause_code)
