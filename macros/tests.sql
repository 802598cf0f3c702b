{#- Our own invariants, as generic tests. They report keys that break a rule; the run's log shows how many, never a row. -#}

{#- What a test looks at. Everything in a full run; in a refresh only what it made again: the keys of `touched` (a model that
    names them), or, in a history, the keys with a row that is new or was closed. -#}
{% macro only_checked(model, key, touched=none) -%}
    {%- set by = key | join(', ') -%}
    {%- if touched -%}
        {{ only_touched(touched, by) }}
    {%- elif not is_full_run() %}
    semi join (select {{ by }} from {{ model }} where {{ changed_since() }}) using ({{ by }})
    {%- endif -%}
{%- endmacro %}


{#- One row per combination of `columns`, and no row that leaves one of `filled` empty. `instead` is what a refresh asks: a model that
    holds all rows of the model that it may have touched. -#}
{% test grain(model, columns, filled=[], touched=none, by=none, instead=none) %}
    {%- set few = ref(instead) if instead else none -%}
    {%- set checked -%}
        {{ few if few and not is_full_run() else model }}{% if by %} {{ only_checked(model, by, touched) }}{% endif %}
    {%- endset %}
    select {{ columns | join(', ') }} from {{ checked }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
    {%- if filled %}
    union all
    select {{ columns | join(', ') }} from {{ checked }}
    where {{ is_left_empty(filled) }}
    {%- endif %}
{% endtest %}


{#- valid_from < valid_to, no overlap within a key, and so one row of a key at most at any instant, and at most one open. No row leaves
    its key, or one of `filled`, empty. Only keys with more than one row are sorted.

    With `snapshot`, the rows of all keys together cover exactly the time in which its records existed: cheap, and so asked of everything
    in every run. `covers` asks it key by key. -#}
{% test intervals(model, key, filled=[], snapshot=none, touched=none, by=none) %}
    {%- set same = key | join(', ') %}
    with checked as (
        select {{ same }}, valid_from, valid_to
        from {{ model }}
        {{- only_checked(model, by or key, touched) }}
    ),

    several as (
        select {{ same }} from checked group by {{ same }} having count(*) > 1
    ),

    ordered as (
        select {{ same }}, valid_to, lead(valid_from) over (partition by {{ same }} order by valid_from) as next_from
        from checked
        semi join several using ({{ same }})
    )

    select {{ same }} from ordered where next_from < valid_to
    union all
    select {{ same }} from {{ model }}
    where valid_from is null or valid_to is null or valid_from >= valid_to or {{ is_left_empty(key) }}
    {%- if filled %}
    union all
    select {{ same }} from {{ model }}
    {{- only_checked(model, by or key, touched) }}
    where {{ is_left_empty(filled) }}
    {%- endif %}
    {%- if snapshot %}
    union all
    select {{ (['null'] * (key | length)) | join(', ') }}
    from (select {{ time_covered() }} as covered from {{ ref(snapshot) }} where not is_deleted) as recorded
    cross join (select {{ time_covered() }} as covered from {{ model }}) as cut
    where recorded.covered is distinct from cut.covered
    {%- endif %}
{% endtest %}


{% macro is_left_empty(columns) %}{{ columns | join(' is null or ') }} is null{% endmacro %}


{#- In microseconds. -#}
{% macro time_covered() %}sum(epoch_us(valid_to) - epoch_us(valid_from)){% endmacro %}


{#- The rows of a key cover exactly the time in which its record existed: nothing is lost or counted twice, at any moment. -#}
{% test covers(model, snapshot, key, touched, by) %}
    with recorded as (
        select {{ key }}, {{ time_covered() }} as covered
        from {{ ref(snapshot) }}
        {{- only_checked(ref(snapshot), by, touched) }}
        where not is_deleted
        group by {{ key }}
    ),

    cut as (
        select {{ key }}, {{ time_covered() }} as covered
        from {{ model }}
        {{- only_checked(model, by, touched) }}
        group by {{ key }}
    )

    select {{ key }}
    from recorded
    full join cut using ({{ key }})
    where recorded.covered is distinct from cut.covered
{% endtest %}


{#- Keys are numbered without a gap from 1: none was given twice, none is lost. Cheap, and so asked of all in every run. -#}
{% test dense(model, key) %}
    select max({{ key }}) as greatest
    from {{ model }}
    having count(*) <> coalesce(max({{ key }}), 0) or coalesce(min({{ key }}), 1) <> 1
{% endtest %}


{#- Every value of a column is known to a model: the source's dirt, so warn. -#}
{% test known_to(model, column_name, other, field, touched=none, by=none) %}
    {{ config(severity='warn') }}
    select distinct {{ column_name }}
    from {{ model }}
    {%- if by %}{{ only_checked(model, by, touched) }}{% endif %}
    anti join (select {{ field }} as {{ column_name }} from {{ other }}) using ({{ column_name }})
    where {{ column_name }} is not null
{% endtest %}


{#- Every code of a column is in its code list, or the list has no such code: the source's dirt, so warn. -#}
{% test in_code_list(model, column_name, code_list, touched=none, by=none) %}
    {{ config(severity='warn') }}
    select distinct {{ column_name }}
    from {{ model }}
    {%- if by %}{{ only_checked(model, by, touched) }}{% endif %}
    anti join (select code as {{ column_name }} from {{ ref('dim_code') }} where code_list = '{{ code_list }}')
        using ({{ column_name }})
    where {{ column_name }} is not null
{% endtest %}
