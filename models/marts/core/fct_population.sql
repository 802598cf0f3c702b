{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='individual_key', on_schema_change='fail',
    meta={'parts': {'by': 'individual_key', 'of': 'snap_registration__individuals'}}
) }}

-- most people have one stretch: version, membership and needs that all began together and go on
with membership as (
    select individual_key, group_key, relationship_code, is_focal_point
    from {{ ref('snap_registration__memberships') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
    where is_active and not is_deleted and valid_to = {{ open_end() }} and {{ in_part('individual_key') }}
),

need as (
    select distinct individual_key
    from {{ ref('snap_registration__specific_needs') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
    where need_status_code = 'A' and not is_deleted and valid_to = {{ open_end() }} and {{ in_part('individual_key') }}
),

document as (
    select individual_key, bool_or({{ is_valid_document('d', 'd.valid_from') }}) as is_valid
    from {{ ref('snap_registration__documents') }} as d
    {{ only_touched('int_individual__touched', 'individual_key') }}
    where not is_deleted and valid_to = {{ open_end() }} and {{ in_part('individual_key') }}
    group by individual_key
),

individual as (
    select * from {{ ref('snap_registration__individuals') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
    anti join {{ ref('int_population__split') }} using (individual_key)
    where {{ in_part('individual_key') }}
),

whole as (
    select
        i.individual_key,
        {{ population_columns('need.individual_key is not null', 'coalesce(document.is_valid, false)', 'i.valid_from') }},
        i.valid_from,
        i.valid_to,
        {{ arrival_cause('i', 's') }} as arrival_cause_code
    from individual as i
    inner join {{ source('run', 'run_source') }} as s using (source_id)
    left join membership as m using (individual_key)
    left join need using (individual_key)
    left join document using (individual_key)
    left join {{ ref('population_type_of_legal_status') }} as t on t.legal_status_code = i.legal_status_code
    left join {{ ref('int_age__grouped') }} as a
        on a.age = {{ age_in_years('i.birth_date', 'cast(i.valid_from as date)') }}
),

stretches as (
    select * from whole
    union all by name
    select * from {{ ref('int_population__stretched') }}
    where {{ in_part('individual_key') }}
)

select
    s.individual_key,
    {{ registration_columns('s', 'l') }},
    {% for name in population_attributes() %}s.{{ name }}, {% endfor %}
    s.valid_from,
    s.valid_to,
    coalesce(starts.cause_code, s.arrival_cause_code) as start_cause_code,
    ends.cause_code as end_cause_code,
    coalesce(starts.changes, {{ all_attributes() }}) as start_changes,
    ends.changes as end_changes
from stretches as s
left join {{ ref('int_registration__linked') }} as l using (individual_key)
left join {{ ref('int_population__caused') }} as starts
    on starts.individual_key = s.individual_key and starts.boundary_at = s.valid_from
left join {{ ref('int_population__caused') }} as ends
    on ends.individual_key = s.individual_key and ends.boundary_at = s.valid_to
