{{ config(
    materialized='incremental', incremental_strategy='changed_rows', unique_key='individual_key', on_schema_change='fail'
) }}

select
    s.specific_need_key,
    s.individual_key,
    {{ registration_columns('s', 'l') }},
    s.need_category_code,
    s.need_code,
    s.need_status_code,
    s.identified_date,
    s.resolved_date,
    {%- for name in scope_attributes() %}
    s.{{ name }},
    {%- endfor %}
    s.valid_from,
    s.valid_to
from {{ ref('int_specific_need__scoped') }} as s
left join {{ ref('int_registration__linked') }} as l using (individual_key)
