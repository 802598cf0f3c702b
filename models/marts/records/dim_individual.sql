{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='individual_key', on_schema_change='fail'
) }}

-- every version of a person as it was recorded; the version that a deletion left behind is no version of the person
select * exclude (batch_number, change_no, is_deleted)
from {{ ref('snap_registration__individuals') }}
{{ only_touched('int_individual__touched', 'individual_key') }}
where not is_deleted
