{#- Models that are made a part of their keys at a time, so that what is put in order lies in memory and not beside the warehouse: with
    years of history, one statement over all 21 million people sets aside several times what it makes.

    A model says by `meta={'parts': {'by': key, 'of': relation}}` which of its columns that is, a whole number, and of which relation
    that it refers to a part has so many rows. Each part is the model's own statement with its rows limited to a range of the key.
    Where the engine does not carry that down to what is read, because it is read by several, `in_part` says so there. That decides
    the time alone: rows of other keys are left out at the end as well. What a refresh makes is one statement.

    The engine takes each range that is stated for a fifth of the rows: where several are joined it expects hardly any, and may put the
    widest side into memory. With `as_written: true` joins are made in the order of the statement, each with its right side in memory. -#}


{#- How many rows at once: of those that are as wide as people's records, some 5 GB. Tests take few. -#}
{% macro rows_at_once() %}{{ return(env_var('DATAPORT_DBT_ROWS_AT_ONCE', '8000000') | int) }}{% endmacro %}


{#- dbt calls this to make a table of a statement. -#}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- set parts = (config.get('meta') or {}).get('parts') -%}
    {%- set bounds = bounds_of_parts(parts) if parts and not temporary and is_full_run() else [] -%}
    {%- if bounds -%}
        {{ create_in_parts(relation, compiled_code, parts, bounds) }}
    {%- else -%}
        {{ dbt.duckdb__create_table_as(temporary, relation, compiled_code, language, partitioned_by, sorted_by) }}
    {%- endif -%}
{%- endmacro %}


{#- The keys at which another part begins; none where one part holds all. -#}
{% macro bounds_of_parts(parts) -%}
    {%- set wanted -%}
        select distinct {{ parts['by'] }} from (
            select {{ parts['by'] }}, row_number() over (order by {{ parts['by'] }}) as place
            from {{ ref(parts['of']) }} where {{ parts['by'] }} is not null
        ) where place % {{ rows_at_once() }} = 0 order by 1
    {%- endset -%}
    {{ return(run_query(wanted).columns[0].values() | list) }}
{%- endmacro %}


{#- A condition for the rows that a part is made of, in a statement by `key`: no row of another key may be needed for it. -#}
{% macro in_part(key) %}{{ return('/* part by ' ~ key ~ ' */ true') }}{% endmacro %}


{#- What has no key is a part of its own. -#}
{% macro create_in_parts(relation, compiled_code, parts, bounds) -%}
    {%- set key = parts['by'] -%}
    {%- set has_contract = config.get('contract').enforced -%}
    {%- if has_contract %}{{ get_assert_columns_equivalent(compiled_code) }}{% endif %}
    create table {{ relation }}
    {%- if has_contract %} {{ get_table_columns_and_constraints() }}{% else %} as select * from ({{ compiled_code }}) where false{% endif %};
    {%- set ranges = [key ~ ' < ' ~ bounds[0]] -%}
    {%- for bound in bounds[1:] %}{% do ranges.append(key ~ ' >= ' ~ bounds[loop.index0] ~ ' and ' ~ key ~ ' < ' ~ bound) %}{% endfor -%}
    {%- do ranges.extend([key ~ ' >= ' ~ bounds[-1], key ~ ' is null']) -%}
    {%- if parts.get('as_written') %}
    set disabled_optimizers = 'join_order,build_side_probe_side';
    {%- endif %}
    {%- for range in ranges %}
    {%- set part = compiled_code | replace(in_part(key), range) %}
    insert into {{ relation }} {% if has_contract %}{{ get_column_names() }}{% endif %}
    select * from ({{ get_select_subquery(part) if has_contract else part }}) where {{ range }};
    {%- endfor %}
    {%- if parts.get('as_written') %}
    reset disabled_optimizers;
    {%- endif %}
{%- endmacro %}
