{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='group_key', on_schema_change='fail'
) }}

{{ every_version('snap_registration__groups', 'group_key') }}
