{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='individual_key', on_schema_change='fail'
) }}

{{ every_version('snap_registration__memberships', 'individual_key') }}
