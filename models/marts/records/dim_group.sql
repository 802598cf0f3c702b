{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='group_key', on_schema_change='fail',
    meta={'parts': {'by': 'group_key', 'of': 'snap_registration__groups'}}
) }}

{{ every_version('snap_registration__groups', 'group_key') }}
