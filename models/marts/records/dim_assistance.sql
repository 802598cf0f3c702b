{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='assistance_key', on_schema_change='fail'
) }}

{{ every_version(
    'snap_registration__assistance', 'assistance_key', owners=['individual_id', 'group_id'], order_by='group_key, individual_key'
) }}
