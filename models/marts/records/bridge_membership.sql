{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='individual_key', on_schema_change='fail'
) }}

select * exclude (batch_number, change_no, is_deleted)
from {{ ref('snap_registration__memberships') }}
{{ only_touched('int_individual__touched', 'individual_key') }}
where not is_deleted
