{{ config(
    materialized='incremental', incremental_strategy='delete+insert', unique_key='individual_key', on_schema_change='fail',
    meta={'parts': {'by': 'individual_key', 'of': 'fct_quality'}}
) }}

-- how long records were wrong: from the stretch in which a record begins to fail a KPI to the first in which it does not. Without
-- what was there when the record was first read or migrated: nobody knows since when that was wrong. An episode is of one business
-- unit, as all that a row tells is of its own: who moves leaves it open there, and begins one anew where they come to
{%- set kpis = person_kpis() %}
with failing as (
    select
        individual_key, registration_key, registration_rank, {{ scope_attributes() | join(', ') }}, valid_from, valid_to,
        {%- for code in kpis %}
        case when {{ code }} then {{ 2 ** loop.index0 }} else 0 end{{ ' +' if not loop.last }}
        {%- endfor %} as fails
    from {{ ref('fct_quality') }}
    {{ only_touched('int_quality__touched', 'individual_key') }}
    where {{ in_part('individual_key') }}
),

neighbours as (
    select
        *,
        case when lag(valid_to) over history = valid_from then lag(fails) over history else 0 end as fails_before,
        case when lead(valid_from) over history = valid_to then lead(fails) over history end as fails_after
    from failing
    window history as (partition by individual_key, business_unit_id order by valid_from)
),

begun as (
    select *, row_number() over (partition by individual_key, kpi_number order by valid_from) as nth
    from (select *, unnest(range({{ kpis | length }})) as kpi_number from neighbours where (fails & ~fails_before) <> 0)
    where ((fails & ~fails_before) >> kpi_number) & 1 = 1
),

ended as (
    select *, row_number() over (partition by individual_key, kpi_number order by valid_from) as nth
    from (
        select individual_key, valid_from, valid_to, fails, fails_after, unnest(range({{ kpis | length }})) as kpi_number
        from neighbours
        where (fails & ~coalesce(fails_after, 0)) <> 0
    )
    where ((fails & ~coalesce(fails_after, 0)) >> kpi_number) & 1 = 1
)

select
    -- of a person, a KPI and a number: it stays what it is however often history is made
    b.individual_key * 100000 + b.kpi_number * 1000 + b.nth as episode_key,
    b.individual_key,
    b.registration_key,
    b.registration_rank,
    {%- for name in scope_attributes() %}
    b.{{ name }},
    {%- endfor %}
    [{% for code in kpis %}'{{ code | upper }}'{{ ', ' if not loop.last }}{% endfor %}][b.kpi_number + 1] as kpi_code,
    b.valid_from as wrong_at,
    case when e.fails_after is not null then e.valid_to end as corrected_at,
    cast(
        case when e.fails_after is not null then date_diff('day', cast(b.valid_from as date), cast(e.valid_to as date)) end as integer
    ) as days_to_correction
from begun as b
inner join ended as e using (individual_key, kpi_number, nth)
anti join (
    select individual_key, valid_from
    from {{ ref('fct_population') }}
    {{ only_touched('int_quality__touched', 'individual_key') }}
    where start_cause_code = 'onboarded'
) as o on o.individual_key = b.individual_key and o.valid_from = b.valid_from
