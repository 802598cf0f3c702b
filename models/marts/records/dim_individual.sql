{{ config(
    materialized='incremental', incremental_strategy='new_versions', unique_key=['individual_key'],
    on_schema_change='fail',
    meta={'history': 'snap_registration__individuals', 'parts': {'by': 'individual_key', 'of': 'snap_registration__individuals'}}
) }}

{{ every_version('snap_registration__individuals', 'individual_key') }}
