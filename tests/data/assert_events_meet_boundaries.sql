-- An event that made a boundary stands on one, and a boundary that is told as an event's has that event.
with events as (
    select individual_key, event_type_code, boundary_at
    from {{ ref('fct_registration_event') }}
    {{- only_checked(ref('fct_registration_event'), ['individual_key'], 'int_individual__touched') }}
    where boundary_at is not null
),

stretches as (
    select individual_key, valid_from, valid_to, start_cause_code, end_cause_code
    from {{ ref('fct_population') }}
    {{- only_checked(ref('fct_population'), ['individual_key'], 'int_individual__touched') }}
),

boundaries as (
    select individual_key, valid_from as boundary_at, start_cause_code as cause_code from stretches
    union
    select individual_key, valid_to, end_cause_code from stretches where end_cause_code is not null
),

-- told without an event too: a record that appears or goes away, and what the attributes show by themselves
of_events_only as (
    select cause_code, event_type_code
    from {{ ref('boundary_cause') }}
    where event_type_code in (
        'merge', 'death', 'resettlement', 'return', 'departure', 'birth', 'reactivation', 'inactivation', 'verification'
    )
)

select events.individual_key
from events
anti join boundaries using (individual_key, boundary_at)
union all
select boundaries.individual_key
from boundaries
inner join of_events_only using (cause_code)
anti join events using (individual_key, boundary_at, event_type_code)
