{{ config(
    materialized='incremental', incremental_strategy='new_versions', unique_key=['source_id', 'membership_id'],
    on_schema_change='fail',
    meta={'history': 'snap_registration__memberships', 'found_by': 'individual_key', 'parts': {'by': 'individual_key', 'of': 'snap_registration__memberships'}}
) }}

{{ every_version('snap_registration__memberships', 'individual_key') }}
