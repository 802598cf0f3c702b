{{ config(
    materialized='incremental', incremental_strategy='changed_rows', unique_key='group_key', on_schema_change='fail'
) }}

with stretches as (
    select
        s.*,
        lag(s) over (partition by s.group_key order by s.valid_from) as before
    from {{ ref('int_group__stretched') }} as s
),

started as (
    select
        s.*,
        case
            when s.before.valid_to is null then {{ arrival_cause('g', 'r') }}
            when s.before.valid_to <> s.valid_from then 'restored'
            when s.process_status_code is distinct from s.before.process_status_code then 'status_changed'
            when (s.place_id, s.business_unit_id, s.operation_code, s.country_of_asylum_code)
                is distinct from
                (s.before.place_id, s.before.business_unit_id, s.before.operation_code, s.before.country_of_asylum_code)
                then 'moved'
            when s.focal_point_sex_code is distinct from s.before.focal_point_sex_code then 'group_changed'
            when s.population_type_code is distinct from s.before.population_type_code then 'status_changed'
            when s.country_of_origin_code is distinct from s.before.country_of_origin_code then 'corrected'
            -- the number of members comes late: it counts people whom not everybody may see
            when s.active_member_count <> s.before.active_member_count then 'group_changed'
            when s.focal_point_age_group_code is distinct from s.before.focal_point_age_group_code then 'birthday'
            else 'corrected'
        end as start_cause_code
    from stretches as s
    left join {{ ref('snap_registration__groups') }} as g
        on g.group_key = s.group_key and g.valid_from <= s.valid_from and g.valid_to > s.valid_from
    left join {{ source('run', 'run_source') }} as r using (source_id)
)

select
    group_key,
    business_unit_id,
    operation_code,
    country_of_asylum_code,
    country_of_origin_code,
    place_id,
    population_type_code,
    process_status_code,
    focal_point_sex_code,
    focal_point_age_group_code,
    active_member_count,
    registration_date,
    valid_from,
    valid_to,
    start_cause_code,
    case
        when valid_to = {{ open_end() }} then null
        when lead(valid_from) over history is not distinct from valid_to then lead(start_cause_code) over history
        else 'deleted'
    end as end_cause_code
from started
window history as (partition by group_key order by valid_from)
