{{ config(
    materialized='incremental', incremental_strategy='append', on_schema_change='fail',
    pre_hook="{% if is_incremental() %}delete from {{ this }} where step_date >= {{ months_since() }}{% endif %}"
) }}

{{ rollup_months('quality_steps', ref('rollup_quality_steps')) }}
