{{ config(
    materialized='incremental', incremental_strategy='new_versions', unique_key=['assistance_key'],
    on_schema_change='fail',
    meta={'history': 'snap_registration__assistance'}
) }}

{{ every_version(
    'snap_registration__assistance', 'assistance_key', owners=['individual_id', 'group_id'], order_by='group_key, individual_key'
) }}
