{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='individual_key', on_schema_change='fail',
    meta={'parts': {'by': 'individual_key', 'of': 'snap_registration__addresses'}}
) }}

{{ every_version('snap_registration__addresses', 'individual_key', owners=['individual_id']) }}
