{#- Our own invariants, as generic tests. They report keys that break a rule; the run's log shows how many, never a row. -#}

{#- One row per combination of `columns`. -#}
{% test grain(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1
{% endtest %}


{#- valid_from < valid_to, no overlap within a key, and so at most one open row. Only keys with more than one row are sorted. -#}
{% test intervals(model, key) %}
    {%- set by = key | join(', ') %}
    with several as (
        select {{ by }} from {{ model }} group by {{ by }} having count(*) > 1
    ),

    ordered as (
        select {{ by }}, valid_to, lead(valid_from) over (partition by {{ by }} order by valid_from) as next_from
        from {{ model }}
        semi join several using ({{ by }})
    )

    select {{ by }} from ordered where next_from < valid_to
    union all
    select {{ by }} from {{ model }} where valid_from is null or valid_to is null or valid_from >= valid_to
{% endtest %}


{#- Every value of a column is known to a model: the source's dirt, so warn. -#}
{% test known_to(model, column_name, other, field) %}
    {{ config(severity='warn') }}
    select distinct {{ column_name }}
    from {{ model }}
    anti join (select {{ field }} as {{ column_name }} from {{ other }}) using ({{ column_name }})
    where {{ column_name }} is not null
{% endtest %}


{#- Every code of a column is in its code list, or the list has no such code: the source's dirt, so warn. -#}
{% test in_code_list(model, column_name, code_list) %}
    {{ config(severity='warn') }}
    select distinct {{ column_name }}
    from {{ model }}
    anti join (select code as {{ column_name }} from {{ ref('dim_code') }} where code_list = '{{ code_list }}')
        using ({{ column_name }})
    where {{ column_name }} is not null
{% endtest %}
