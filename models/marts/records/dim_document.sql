{{ config(
    materialized='incremental', incremental_strategy='new_versions', unique_key=['document_key'],
    on_schema_change='fail',
    meta={'history': 'snap_registration__documents', 'parts': {'by': 'individual_key', 'of': 'snap_registration__documents'}}
) }}

{{ every_version('snap_registration__documents', 'individual_key', owners=['individual_id']) }}
