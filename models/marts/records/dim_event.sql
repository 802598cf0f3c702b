{{ config(
    materialized='incremental', incremental_strategy='new_versions', unique_key=['event_key'],
    on_schema_change='fail',
    meta={'history': 'snap_registration__events', 'parts': {'by': 'individual_key', 'of': 'snap_registration__events'}}
) }}

{{ every_version('snap_registration__events', 'individual_key', owners=['individual_id', 'group_id']) }}
