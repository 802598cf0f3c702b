{{ config(meta={'parts': {'by': 'individual_key', 'of': 'int_population__stretched'}}) }}

-- One cause for each boundary in a person's history: that of the event recorded there, else what the attributes show.
-- An event goes before what the attributes show (a corrected sex changes the relationship too) if it can be the cause of
-- such a boundary: a deletion cannot be that of a move, nor an inactivation that of a change in which nobody became
-- inactive. Then the seed's priority decides.
{%- set of_change = {
    'corrected': ['sex_code', 'birth_date', 'country_of_origin_code', 'birth_country_code', 'registration_date', 'arrival_date'],
    'status_changed': ['population_type_code', 'legal_status_code', 'process_status_code'],
    'moved': ['business_unit_id', 'operation_code', 'country_of_asylum_code', 'place_id', 'accommodation_code',
        'settlement_code'],
    'group_changed': ['group_key', 'relationship_code', 'is_focal_point'],
    'need_changed': ['has_specific_need'],
    'updated': ['marital_status_code', 'education_level_code', 'occupation_code', 'last_contact_date'],
} %}
with stretches as (
    select
        s.*,
        lag(s) over history as before,
        lead(s.valid_from) over history as next_from
    from {{ ref('int_population__stretched') }} as s
    where {{ in_part('individual_key') }}
    window history as (partition by s.individual_key order by s.valid_from)
),

neighbours as (
    select *, before.valid_to is not distinct from valid_from as is_continued from stretches
),

kinds as (
    select
        individual_key,
        valid_from as boundary_at,
        case
            when not coalesce(is_continued, false) then 'start'
            when process_status_code in ('I', 'C') and process_status_code is distinct from before.process_status_code then 'leaving'
            when process_status_code in ('A', 'H') and before.process_status_code in ('I', 'C') then 'coming_back'
            else 'inner'
        end as boundary_kind,
        case when coalesce(is_continued, false) then {{ changed_attributes('before') }} else {{ all_attributes() }} end as changes
    from neighbours
    union all
    select individual_key, valid_to, 'end', {{ all_attributes() }}
    from neighbours
    where valid_to < {{ open_end() }} and next_from is distinct from valid_to
),

shown as (
    select individual_key, valid_from as boundary_at, 1 as rank, unnest([
        {%- for cause, columns in of_change.items() %}
        case
            when (
                {%- for name in columns %}
                {{ name }} is distinct from before.{{ name }}{{ ' or' if not loop.last }}
                {%- endfor %}
            ) then '{{ cause }}'
        end,
        {%- endfor %}
        case
            when age_group_code is distinct from before.age_group_code and birth_date = before.birth_date then 'birthday'
        end,
        -- midnight is the calendar's: a stamp that falls on it to the microsecond would be told as an expiry
        case
            when before.has_recent_contact and not has_recent_contact and last_contact_date = before.last_contact_date then 'expired'
            when before.has_valid_document and not has_valid_document and valid_from = date_trunc('day', valid_from) then 'expired'
            when has_valid_document <> before.has_valid_document then 'document_changed'
        end
    ]) as cause_code
    from neighbours
    where is_continued
    union all
    select n.individual_key, n.valid_from, 1, {{ arrival_cause('i', 's') }}
    from neighbours as n
    inner join {{ ref('snap_registration__individuals') }} as i
        on i.individual_key = n.individual_key and i.valid_from = n.valid_from
    inner join {{ source('run', 'run_source') }} as s using (source_id)
    where n.before.valid_to is null
    union all
    select individual_key, valid_from, 1, 'restored' from neighbours where not is_continued and before.valid_to is not null
    union all
    select individual_key, valid_to, 1, 'deleted'
    from neighbours
    where valid_to < {{ open_end() }} and next_from is distinct from valid_to
    union all
    -- whatever it is, it has a cause
    select individual_key, boundary_at, 2, 'updated' from kinds where boundary_kind not in ('start', 'end')
    union all
    select e.individual_key, e.boundary_at, 0, c.cause_code
    from (select * from {{ ref('int_event__placed') }} where {{ in_part('individual_key') }}) as e
    -- who has one stretch only has one boundary, a start
    left join kinds as k on k.individual_key = e.individual_key and k.boundary_at = e.boundary_at
    inner join {{ ref('boundary_cause') }} as c
        on c.event_type_code = e.event_type_code
        and (
            c.boundary_kind = coalesce(k.boundary_kind, 'start')
            or (c.boundary_kind = 'inner' and k.boundary_kind in ('leaving', 'coming_back'))
        )
    where e.boundary_at is not null
)

select
    shown.individual_key,
    shown.boundary_at,
    arg_min(shown.cause_code, (shown.rank, c.priority)) as cause_code,
    cast(coalesce(any_value(kinds.changes), {{ all_attributes() }}) as integer) as changes
from shown
inner join {{ ref('boundary_cause') }} as c using (cause_code)
-- who has one stretch only has no boundary but a start
left join kinds using (individual_key, boundary_at)
group by shown.individual_key, shown.boundary_at
