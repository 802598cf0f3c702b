{{ config(
    materialized='incremental', incremental_strategy='changed_rows', unique_key='group_key', on_schema_change='fail'
) }}

with judged as (
    select * from {{ ref('int_quality__grouped') }}
),

stretches as (
    {{ merged('judged', ['group_key'], group_scope_attributes() + verdict_sets()) }}
),

neighbours as (
    select *, lag(m) over history as before, lead(m.valid_from) over history as next_from
    from stretches as m
    window history as (partition by group_key order by valid_from)
),

caused as (
    select
        n.* exclude (before),
        case
            when n.before.valid_to is distinct from n.valid_from then 'record_came'
            when {{ row_of(verdict_sets(), 'n.') }} is distinct from {{ row_of(verdict_sets(), 'n.before.') }}
                then case when d.is_by_clock then 'grown_old' else 'record_edited' end
            when {{ row_of(quality_place(), 'n.') }} is distinct from {{ row_of(quality_place(), 'n.before.') }} then 'moved'
            else 'status_changed'
        end as start_cause_code
    from neighbours as n
    inner join judged as d on d.group_key = n.group_key and d.valid_from = n.valid_from
)

select
    group_key,
    {%- for name in group_scope_attributes() %}
    {{ name }},
    {%- endfor %}
    {%- for name in verdict_sets() %}
    {{ name }},
    {%- endfor %}
    {{- kpi_columns(group_kpis(), '') }}
    cast(bit_count(failed_1) + bit_count(failed_2) as integer) as issue_count,
    valid_from,
    valid_to,
    start_cause_code,
    case
        when next_from is not distinct from valid_to
            then lead(start_cause_code) over (partition by group_key order by valid_from)
        when valid_to < {{ open_end() }} then 'record_left'
    end as end_cause_code
from caused
