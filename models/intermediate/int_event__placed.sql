{{ config(meta={'parts': {'by': 'individual_key', 'of': 'snap_registration__events'}}) }}

-- Each event of a touched individual, and the boundary of that individual's history that it made: none (NULL) if nothing
-- reported about the person changed.
-- An event carries the clock of its transaction; a second change of one person within one tick of the clock is stamped one
-- microsecond later, so the n-th event of a tick belongs to the n-th boundary if there is one, else to the first.
with amended as (
    -- of several versions all but the last have ended
    select event_key, min(valid_from) as first_from
    from {{ ref('snap_registration__events') }}
    where valid_to < {{ open_end() }}
    group by event_key
),

events as (
    -- the first version, whomever it names: what was recorded then stays recorded, also when the source amends or deletes its log
    select
        event_key, event_id, individual_key, group_key, event_type_code, event_date, reason_code, change_no,
        valid_from as recorded_at
    from {{ ref('snap_registration__events') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
    left join amended using (event_key)
    where (amended.first_from is null or valid_from = amended.first_from) and {{ in_part('individual_key') }}
),

numbered as (
    select
        *,
        row_number() over (partition by individual_key, recorded_at order by change_no, event_id) - 1 as tick_number
    from events
),

boundaries as (
    select individual_key, valid_from as boundary_at from {{ ref('int_population__stretched') }} where {{ in_part('individual_key') }}
    union
    select individual_key, valid_to from {{ ref('int_population__stretched') }} where {{ in_part('individual_key') }}
    union all
    select individual_key, valid_from
    from {{ ref('snap_registration__individuals') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
    anti join {{ ref('int_population__split') }} using (individual_key)
    where {{ in_part('individual_key') }}
)

select
    numbered.event_key,
    numbered.individual_key,
    numbered.group_key,
    numbered.event_type_code,
    numbered.event_date,
    numbered.reason_code,
    numbered.recorded_at,
    coalesce(own.boundary_at, first.boundary_at) as boundary_at
from numbered
left join boundaries as own
    on own.individual_key = numbered.individual_key
    and own.boundary_at = numbered.recorded_at + to_microseconds(numbered.tick_number)
    and numbered.tick_number > 0
left join boundaries as first
    on first.individual_key = numbered.individual_key and first.boundary_at = numbered.recorded_at
