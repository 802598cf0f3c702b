-- a boundary has one cause: what ends a stretch begins the next one; only an open stretch has no end
with ordered as (
    select
        individual_key, valid_from, valid_to, end_cause_code,
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
