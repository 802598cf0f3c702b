{{ config(
    materialized='incremental', incremental_strategy='new_versions', unique_key=['specific_need_key'],
    on_schema_change='fail',
    meta={'history': 'snap_registration__specific_needs', 'parts': {'by': 'individual_key', 'of': 'snap_registration__specific_needs'}}
) }}

{{ every_version('snap_registration__specific_needs', 'individual_key', owners=['individual_id']) }}
