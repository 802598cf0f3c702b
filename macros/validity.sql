{#- The one place that knows how an open interval ends. Intervals are half-open: valid_from <= t < valid_to. -#}
{% macro open_end() %}timestamp '9999-12-31'{% endmacro %}


{#- True for the rows of a history that are new, or that were closed, since the published figures were made. -#}
{% macro changed_since(valid_from='valid_from', valid_to='valid_to') -%}
    (
        {{ valid_from }} >= (select changed_since from {{ source('run', 'run_build') }})
        or (
            {{ valid_to }} >= (select changed_since from {{ source('run', 'run_build') }})
            and {{ valid_to }} < {{ open_end() }}
        )
    )
{%- endmacro %}


{#- Adjacent rows of one key with equal attributes become one. `relation` has valid_from and valid_to. Rows that do not touch stay apart. -#}
{% macro merged(relation, key, attributes) -%}
    {%- set by = key | join(', ') -%}
    {%- set same = attributes | join(', ') %}
    select
        {{ by }},
        {% for name in attributes %}any_value({{ name }}) as {{ name }}, {% endfor %}
        min(valid_from) as valid_from,
        max(valid_to) as valid_to
    from (
        select
            *,
            sum(is_new) over (partition by {{ by }} order by valid_from rows unbounded preceding) as stretch
        from (
            select
                *,
                case
                    when lag(valid_to) over (partition by {{ by }} order by valid_from) = valid_from
                        and lag(row({{ same }})) over (partition by {{ by }} order by valid_from) is not distinct from row({{ same }})
                        then 0
                    else 1
                end as is_new
            from {{ relation }}
        )
    )
    group by {{ by }}, stretch
{%- endmacro %}


{#- Whether this run makes everything again. Then nothing is narrowed to what was touched: the filter would be the whole. Not asked for
    while the project is read, or each change of it would have the whole project read again. -#}
{% macro is_full_run() %}{{ return(execute and env_var('DATAPORT_DBT_FULL', 'false') == 'true') }}{% endmacro %}


{#- Whether what is long is written into a file at once, past its log: not where it is so little that versions share the file. -#}
{% macro writes_ahead() -%}
    {%- if execute -%}
        {%- set is_little = run_query('select is_little from ' ~ target.database ~ '.' ~ target.schema ~ '.run_build').rows[0][0] -%}
        set global enable_optimistic_write = {{ not is_little }}
    {%- endif -%}
{%- endmacro %}


{#- ` semi join` with the keys that this run has to make again, or nothing in a full run. -#}
{% macro only_touched(model, key) -%}
    {%- set touched = ref(model) -%}
    {%- if not is_full_run() %}
    semi join {{ touched }} using ({{ key }})
    {%- endif -%}
{%- endmacro %}
