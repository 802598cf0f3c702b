{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='individual_key', on_schema_change='fail'
) }}

select
    document_key,
    individual_key,
    document_type_code,
    document_status_code,
    issue_date,
    expiry_date,
    is_valid,
    {%- for name in scope_attributes() %}
    {{ name }},
    {%- endfor %}
    valid_from,
    valid_to
from {{ ref('int_document__scoped') }}
