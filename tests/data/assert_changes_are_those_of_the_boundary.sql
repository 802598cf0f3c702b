-- what a boundary says to have changed is what differs between its two sides, and both sides say the same: a count by an
-- attribute that is not among them does not move there
with ordered as (
    select
        p.*,
        lag(p) over history as before,
        lead(p.valid_from) over history as next_from,
        lead(p.start_changes) over history as next_changes
    from {{ ref('fct_population') }} as p
    semi join {{ ref('int_population__split') }} using (individual_key)
    window history as (partition by p.individual_key order by p.valid_from)
),

expected as (
    select
        *,
        case
            when before.valid_to is not distinct from valid_from then {{ changed_attributes('before') }}
            else {{ all_attributes() }}
        end as own_changes
    from ordered
)

select individual_key
from expected
where start_changes <> own_changes
    or (valid_to < {{ open_end() }} and end_changes is distinct from (
        case when next_from = valid_to then next_changes else {{ all_attributes() }} end
    ))
