{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

{%- set named = [
    ('dim_individual', 'individual_key', ['individual_id', 'individual_no', 'former_no']),
    ('dim_group', 'group_key', ['group_id', 'group_no', 'former_no']),
] %}

-- an id that a version bore leads to its case for ever, and so a refresh only adds: the rows stay in the order of the ids
with
borne as {{ 'materialized' if is_incremental() }} (
    {%- for model, key, fields in named %}
    {%- set outer = loop %}
    {%- for field in fields %}
    {{ 'union by name' if not (outer.first and loop.first) }}
    select {{ field }} as case_id, '{{ field }}' as field, source_id, {{ key }}
    from {{ ref(model) }}
    where {{ field }} <> ''
        {%- if is_incremental() %} and valid_from >= (select changed_since from {{ source('run', 'run_build') }}){% endif %}
    {%- endfor %}
    {%- endfor %}
)

{%- if is_incremental() %},

-- few, and known before anything else is read: the engine then reads the rows of these keys alone
{%- for model, key, _ in named %}
bearers_{{ model }} as materialized (
    select distinct {{ key }} from borne where {{ key }} is not null
),
{%- endfor %}

known as (
    {%- for model, key, _ in named %}
    {{ 'union all' if not loop.first }}
    select case_id, field, source_id, individual_key, group_key
    from {{ this }}
    semi join bearers_{{ model }} using ({{ key }})
    {%- endfor %}
)
{%- endif %}

select case_id, field, source_id, individual_key, group_key
from borne
{%- if is_incremental() %}
except
select case_id, field, source_id, individual_key, group_key from known
{%- endif %}
order by case_id
