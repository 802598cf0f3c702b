{{ config(
    materialized='incremental', incremental_strategy='new_versions', unique_key=['source_id', 'address_id'],
    on_schema_change='fail',
    meta={'history': 'snap_registration__addresses', 'found_by': 'individual_key', 'parts': {'by': 'individual_key', 'of': 'snap_registration__addresses'}}
) }}

{{ every_version('snap_registration__addresses', 'individual_key', owners=['individual_id']) }}
