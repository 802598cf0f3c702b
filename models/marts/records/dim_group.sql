{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='group_key', on_schema_change='fail'
) }}

select * exclude (batch_number, change_no, is_deleted)
from {{ ref('snap_registration__groups') }}
{{ only_touched('int_group__touched', 'group_key') }}
where not is_deleted
