{{ config(
    materialized='incremental', incremental_strategy='changed_rows', unique_key='individual_key', on_schema_change='fail'
) }}

select
    s.document_key,
    s.individual_key,
    {{ registration_columns('s', 'l') }},
    s.document_type_code,
    s.document_status_code,
    s.issue_date,
    s.expiry_date,
    s.is_valid,
    {%- for name in scope_attributes() %}
    s.{{ name }},
    {%- endfor %}
    s.valid_from,
    s.valid_to
from {{ ref('int_document__scoped') }} as s
left join {{ ref('int_registration__linked') }} as l using (individual_key)
