{{ config(materialized='incremental', incremental_strategy='append', on_schema_change='fail') }}

with days as (
    select unnest(generate_series(
        {%- if is_incremental() %}
        (select max(date_day) + interval 1 day from {{ this }}),
        {%- else %}
        timestamp '1990-01-01',
        {%- endif %}
        date_trunc('day', b.watermark) + interval 366 days, interval 1 day
    )) as moment
    from {{ ref('build') }} as b
)

select
    cast(moment as date) as date_day,
    cast(isoyear(moment) as integer) as iso_year_number,
    cast(week(moment) as integer) as iso_week_number,
    cast(isodow(moment) as integer) as iso_weekday_number,
    cast(date_trunc('week', moment) as date) as week_start_date,
    cast(year(moment) as integer) as year_number,
    cast(quarter(moment) as integer) as quarter_number,
    cast(month(moment) as integer) as month_number,
    cast(date_trunc('month', moment) as date) as month_start_date,
    cast(date_trunc('quarter', moment) as date) as quarter_start_date,
    cast(date_trunc('year', moment) as date) as year_start_date
from days
