{{ config(
    materialized='incremental', incremental_strategy='changed_rows', unique_key='individual_key', on_schema_change='fail',
    meta={'parts': {'by': 'individual_key', 'of': 'int_quality__judged'}}
) }}

{%- set kpis = person_kpis() %}
{%- set kept = scope_attributes() + quality_attributes() %}
with judged as (
    select * from {{ ref('int_quality__judged') }} where {{ in_part('individual_key') }}
),

several as (
    select individual_key from judged group by individual_key having count(*) > 1
),

described as (
    select * from judged semi join several using (individual_key)
),

merged as (
    {{ merged('described', ['individual_key'], kept) }}
),

-- most people have one stretch, which costs no window
stretches as (
    select individual_key, {{ kept | join(', ') }}, valid_from, valid_to, true as is_one_of_several from merged
    union all by name
    select individual_key, {{ kept | join(', ') }}, valid_from, valid_to, false as is_one_of_several
    from judged
    anti join several using (individual_key)
),

told as (
    select
        s.*,
        {{- kpi_columns(kpis, 's.') }}
        cast(bit_count(s.failed_1) + bit_count(s.failed_2) as integer) as issue_count,
        s.global_filled + s.own_filled + s.socio_economic_filled as filled,
        s.global_asked + s.own_asked + s.socio_economic_asked as asked
    from stretches as s
),

neighbours as (
    select *, lag(t) over history as before, lead(t.valid_from) over history as next_from
    from told as t
    where is_one_of_several
    window history as (partition by individual_key order by valid_from)
),

caused as (
    select
        n.* exclude (before),
        case
            when n.before.valid_to is distinct from n.valid_from then 'record_came'
            when
                {{ row_of(quality_attributes(), 'n.') }} is distinct from {{ row_of(quality_attributes(), 'n.before.') }}
                then case when d.is_by_clock then 'grown_old' else 'record_edited' end
            when {{ row_of(quality_place(), 'n.') }} is distinct from {{ row_of(quality_place(), 'n.before.') }} then 'moved'
            when
                (n.population_type_code, n.process_status_code)
                is distinct from
                (n.before.population_type_code, n.before.process_status_code)
                then 'status_changed'
            when n.age_group_code is distinct from n.before.age_group_code and d.is_by_clock then 'birthday'
            else 'corrected'
        end as start_cause_code,
        case
            when n.before.valid_to is distinct from n.valid_from then {{ all_attributes() }}
            else
                {%- for name in quality_changes() %}
                case when n.{{ name }} is distinct from n.before.{{ name }} then {{ 2 ** loop.index0 }} else 0 end
                {{- ' +' if not loop.last }}
                {%- endfor %}
        end as start_changes
    from neighbours as n
    inner join described as d on d.individual_key = n.individual_key and d.valid_from = n.valid_from
),

ended as (
    select
        * exclude (next_from, is_one_of_several),
        case
            when next_from is not distinct from valid_to then lead(start_cause_code) over history
            when valid_to < {{ open_end() }} then 'record_left'
        end as end_cause_code,
        case
            when next_from is not distinct from valid_to then lead(start_changes) over history
            when valid_to < {{ open_end() }} then {{ all_attributes() }}
        end as end_changes
    from caused
    window history as (partition by individual_key order by valid_from)
    union all by name
    select
        * exclude (is_one_of_several),
        'record_came' as start_cause_code,
        {{ all_attributes() }} as start_changes,
        case when valid_to < {{ open_end() }} then 'record_left' end as end_cause_code,
        case when valid_to < {{ open_end() }} then {{ all_attributes() }} end as end_changes
    from told
    where not is_one_of_several
)

select
    s.individual_key,
    {{ registration_columns('s', 'l') }},
    {%- for name in scope_attributes() + verdict_sets() + kpis + ['issue_count'] %}
    s.{{ name }},
    {%- endfor %}
    {%- for part in completeness_parts() %}
    s.{{ part }}_filled,
    s.{{ part }}_asked,
    {%- endfor %}
    s.filled,
    s.asked,
    s.filled = s.asked as is_complete,
    s.valid_from,
    s.valid_to,
    s.start_cause_code,
    s.end_cause_code,
    cast(s.start_changes as integer) as start_changes,
    cast(s.end_changes as integer) as end_changes
from ended as s
left join {{ ref('int_registration__linked') }} as l using (individual_key)
