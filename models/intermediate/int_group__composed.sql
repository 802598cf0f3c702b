-- Every moment at which a group or what it is made of may have changed, and the number of active members from then on.
with versions as (
    select group_key, valid_from, valid_to
    from {{ ref('snap_registration__groups') }}
    {{ only_touched('int_group__touched', 'group_key') }}
    where not is_deleted
),

members as (
    select group_key, process_status_code, valid_from, valid_to
    from {{ ref('fct_population') }}
    {{ only_touched('int_group__touched', 'group_key') }}
),

steps as (
    select group_key, valid_from as moment, 0 as step from versions
    union all
    select group_key, valid_to, 0 from versions where valid_to < {{ open_end() }}
    union all
    select group_key, valid_from, case when process_status_code = 'A' then 1 else 0 end from members
    union all
    select group_key, valid_to, case when process_status_code = 'A' then -1 else 0 end
    from members
    where valid_to < {{ open_end() }}
),

moments as (
    select group_key, moment, sum(step) as step from steps where group_key is not null group by group_key, moment
)

select
    group_key,
    moment as valid_from,
    coalesce(lead(moment) over history, {{ open_end() }}) as valid_to,
    cast(sum(step) over history as integer) as active_member_count
from moments
window history as (partition by group_key order by moment)
