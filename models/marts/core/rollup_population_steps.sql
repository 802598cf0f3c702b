{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where step_date >= {{ steps_since() }}{% endif %}"
) }}

{{ rollup_days('population_steps') }}
