{#- The rollups. Each counts a fact apart by some of its columns, as dated steps, in a table of days and one of months. Of `flags`,
    columns that say yes or no, it counts the rows that say yes and those that say anything; `sums`, numbers that are never unknown,
    it adds up. The definitions state the same (`rollups` in `model.yml`), and `dataport check` holds the two together. A further one
    is an entry here and there, and two models of one line with their contracts.

    What is in them was counted among what people ask. With few columns a rollup has few cells: the planner takes the smallest. -#}
{% macro rollups() -%}
    {{ return({
        'population_steps': {
            'fact': 'fct_population',
            'columns': [
                'business_unit_id', 'operation_code', 'country_of_asylum_code', 'country_of_origin_code', 'population_type_code',
                'process_status_code', 'sex_code', 'age_group_code',
            ],
        },
        'population_place_steps': {
            'fact': 'fct_population',
            'columns': [
                'business_unit_id', 'operation_code', 'country_of_asylum_code', 'place_id', 'legal_status_code',
                'process_status_code', 'sex_code', 'age_group_code', 'accommodation_code', 'settlement_code',
            ],
        },
        'population_state_steps': {
            'fact': 'fct_population',
            'columns': [
                'business_unit_id', 'operation_code', 'country_of_asylum_code', 'population_type_code', 'process_status_code',
                'sex_code', 'age_group_code',
            ],
            'flags': ['has_specific_need', 'has_valid_document', 'has_recent_contact'],
        },
        'quality_steps': {
            'fact': 'fct_quality',
            'columns': [
                'business_unit_id', 'operation_code', 'country_of_asylum_code', 'population_type_code', 'process_status_code',
            ],
            'flags': person_kpis() + ['is_complete'],
            'sums': [
                'global_filled', 'global_asked', 'own_filled', 'own_asked', 'socio_economic_filled', 'socio_economic_asked',
                'filled', 'asked', 'issue_count',
            ],
        },
        'group_quality_steps': {
            'fact': 'fct_group_quality',
            'columns': [
                'business_unit_id', 'operation_code', 'country_of_asylum_code', 'population_type_code', 'process_status_code',
            ],
            'flags': group_kpis(),
        },
    }) }}
{%- endmacro %}


{#- The columns of steps of a rollup, each with what a row of its fact adds to it. -#}
{% macro rollup_steps_of(name) -%}
    {%- set one = rollups()[name] -%}
    {%- set found = {'step_count': '1'} -%}
    {%- for flag in one.get('flags', []) -%}
        {%- do found.update({flag ~ '_true': 'case when ' ~ flag ~ ' then 1 else 0 end'}) -%}
        {%- do found.update({flag ~ '_known': 'case when ' ~ flag ~ ' is not null then 1 else 0 end'}) -%}
    {%- endfor -%}
    {%- for number in one.get('sums', []) -%}
        {%- do found.update({number ~ '_sum': number}) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}


{#- All steps of a fact, by day: the model of a table of days. A day closes at its end: who begins and ends within one day was
    never there, and leaves no step. -#}
{% macro rollup_days(name) -%}
    {%- set one, steps = rollups()[name], rollup_steps_of(name) -%}
    with steps as (
        {{ rollup_boundaries(name, is_incremental()) }}
    ),

    counted as (
        select
            {{ one.columns | join(', ') }},
            step_date
            {%- for step in steps %},
            cast(sum({{ step }}) as bigint) as {{ step }}
            {%- endfor %}
        from steps
        group by all
    )

    select * from counted
    where {% for step in steps %}{{ step }} <> 0{{ ' or ' if not loop.last }}{% endfor %}
    order by step_date
{%- endmacro %}


{#- What each row of a fact adds on the day on which it begins, and takes away on that on which it ends. -#}
{% macro rollup_boundaries(name, is_since) -%}
    {%- set one, steps = rollups()[name], rollup_steps_of(name) %}
        select {{ one.columns | join(', ') }}, {{ step_date('valid_from') }} as step_date
            {%- for step, of in steps.items() %}, {{ of }} as {{ step }}{% endfor %}
        from {{ ref(one.fact) }}
        {%- if is_since %}
        where valid_from >= {{ steps_since() }}
        {%- endif %}
        union all
        select {{ one.columns | join(', ') }}, {{ step_date('valid_to') }}
            {%- for step, of in steps.items() %}, -({{ of }}){% endfor %}
        from {{ ref(one.fact) }}
        where valid_to < {{ open_end() }}
            {%- if is_since %}
            and valid_to >= {{ steps_since() }}
            {%- endif %}
{%- endmacro %}


{#- The same steps with those of a month put together under its first day, of the months in which a step may have changed: earlier
    ones are as they were. -#}
{% macro rollup_months(name, days) -%}
    {%- set one, steps = rollups()[name], rollup_steps_of(name) -%}
    with counted as (
        select
            {{ one.columns | join(', ') }},
            cast(date_trunc('month', step_date) as date) as step_date
            {%- for step in steps %},
            cast(sum({{ step }}) as bigint) as {{ step }}
            {%- endfor %}
        from {{ days }}
        {%- if is_incremental() %}
        where step_date >= {{ months_since() }}
        {%- endif %}
        group by all
    )

    select * from counted
    where {% for step in steps %}{{ step }} <> 0{{ ' or ' if not loop.last }}{% endfor %}
    order by step_date
{%- endmacro %}


{#- The days on which a rollup does not count what its fact counts: of those that this run may have changed, in all, and as of the
    last day, which closes at the highest watermark of the sources. -#}
{% macro rollup_differs(name, days) -%}
    {%- set one, steps = rollups()[name], rollup_steps_of(name) -%}
    with latest as (
        select max(watermark) as watermark from {{ source('run', 'run_source') }}
    ),

    counted as (
        select step_date{% for step in steps %}, {{ step }}{% endfor %}
        from {{ days }}
        {% if not is_full_run() %}where step_date >= {{ steps_since() }}{% endif %}
        union all
        select null{% for step in steps %}, sum({{ step }}){% endfor %} from {{ days }}
        union all
        select date '9999-12-31'{% for step in steps %}, sum({{ step }}){% endfor %}
        from {{ days }}
        where step_date <= (select cast(watermark - interval 1 microsecond as date) from latest)
    ),

    -- all rows of the fact are read once for both
    standing as (
        select
            valid_to = {{ open_end() }} as is_open,
            valid_from < (select watermark from latest) and valid_to >= (select watermark from latest) as is_there
            {%- for step, of in steps.items() %},
            sum({{ of }}) as {{ step }}
            {%- endfor %}
        from {{ ref(one.fact) }}
        where valid_to >= (select watermark from latest)
        group by all
    ),

    expected as (
        select step_date{% for step in steps %}, {{ step }}{% endfor %}
        from ({{ rollup_boundaries(name, not is_full_run()) }})
        union all
        select null{% for step in steps %}, sum({{ step }}) filter (where is_open){% endfor %} from standing
        union all
        select date '9999-12-31'{% for step in steps %}, sum({{ step }}) filter (where is_there){% endfor %} from standing
    ),

    -- taken away from each other: what is left anywhere is a difference, and an unknown number is one too
    both_of_them as (
        select step_date{% for step in steps %}, {{ step }}{% endfor %} from counted
        union all
        select step_date{% for step in steps %}, -{{ step }}{% endfor %} from expected
    )

    select '{{ name }}' as rollup, step_date
    from both_of_them
    group by step_date
    having {% for step in steps %}coalesce(sum({{ step }}), 0) <> 0{{ ' or ' if not loop.last }}{% endfor %}
    {%- for number in one.get('sums', []) %}
    union all
    select '{{ name }}', null from {{ ref(one.fact) }} where {{ number }} is null
    {%- endfor %}
{%- endmacro %}


{#- The months that are not the days put together. -#}
{% macro rollup_months_differ(name, days, months) -%}
    {%- set steps = rollup_steps_of(name) -%}
    select '{{ name }}' as rollup, step_date
    from (
        select step_date{% for step in steps %}, {{ step }}{% endfor %} from {{ months }}
        union all
        select cast(date_trunc('month', step_date) as date){% for step in steps %}, -{{ step }}{% endfor %} from {{ days }}
    )
    group by step_date
    having {% for step in steps %}sum({{ step }}) <> 0{{ ' or ' if not loop.last }}{% endfor %}
{%- endmacro %}


{#- The first day on which this run may have changed a step: all stretches before it are as they were. -#}
{% macro steps_since() -%}
    (select cast(least(changed_since, previous_watermark) as date) from {{ source('run', 'run_build') }})
{%- endmacro %}


{#- The first day of the month of that day. -#}
{% macro months_since() -%}
    date_trunc('month', {{ steps_since() }})
{%- endmacro %}


{#- The first day at whose end a boundary counts: the day on which it was recorded. What a store recorded lies before its own
    watermark, so the last day that it reaches holds all of it. -#}
{% macro step_date(moment) -%}
    cast({{ moment }} as date)
{%- endmacro %}
