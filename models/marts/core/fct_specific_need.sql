{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='individual_key', on_schema_change='fail'
) }}

select
    specific_need_key,
    individual_key,
    need_category_code,
    need_code,
    need_status_code,
    identified_date,
    resolved_date,
    {%- for name in scope_attributes() %}
    {{ name }},
    {%- endfor %}
    valid_from,
    valid_to
from {{ ref('int_specific_need__scoped') }}
