{{ config(
    materialized='incremental', incremental_strategy='new_versions', unique_key=['group_key'],
    on_schema_change='fail',
    meta={'history': 'snap_registration__groups', 'parts': {'by': 'group_key', 'of': 'snap_registration__groups'}}
) }}

{{ every_version('snap_registration__groups', 'group_key') }}
