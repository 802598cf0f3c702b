{#- Columns of codes in the published figures may be enums (see dataport/warehouse/narrow.py). Models neither know nor say so: their
    contracts promise text, an enum meets a text as text, and what a run adds is cast to the column that is there. -#}


{#- Before rows are added: a column whose type does not hold one of their codes becomes text again, in the order and with the
    values that it had. The comment tells the job, which makes it narrow again with the next base. -#}
{% macro wide_enough(source, target) %}
    {%- set narrow = run_query(
        "select column_name, data_type from duckdb_columns() where database_name = '" ~ target.database ~ "' and schema_name = '"
        ~ target.schema ~ "' and table_name = '" ~ target.identifier ~ "' and data_type like 'ENUM(%'"
    ).rows -%}
    {%- if narrow | length -%}
        {%- set tests = [] -%}
        {%- for name, type in narrow -%}
            {%- do tests.append("coalesce(bool_or(" ~ name ~ " is not null and try_cast(cast(" ~ name ~ " as varchar) as " ~ type ~ ") is null), false)") -%}
        {%- endfor -%}
        {%- set is_wider = run_query("select " ~ tests | join(", ") ~ " from " ~ source).rows[0] -%}
        {%- for name, type in narrow -%}
            {%- if is_wider[loop.index0] -%}
                {%- do run_query("alter table " ~ target ~ " alter column " ~ name ~ " set data type varchar") -%}
                {%- do run_query("comment on column " ~ target ~ "." ~ name ~ " is 'widened'") -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}


{#- dbt calls this between making the rows that a run adds and adding them. -#}
{% macro duckdb__process_schema_changes(on_schema_change, source_relation, target_relation) %}
    {%- do wide_enough(source_relation, target_relation) -%}
    {{ return(default__process_schema_changes(on_schema_change, source_relation, target_relation)) }}
{% endmacro %}


{#- An enum is how a text is kept, so it is no other type than the contract's. -#}
{% macro as_promised(column) -%}
    {{ return('VARCHAR' if column.dtype.startswith('ENUM(') else column.dtype) }}
{%- endmacro %}


{% macro duckdb__format_column(column) -%}
    {%- set data_type = as_promised(column) -%}
    {{ return({'name': column.name, 'data_type': data_type, 'formatted': column.column.lower() ~ ' ' ~ data_type}) }}
{%- endmacro %}


{% macro duckdb__diff_column_data_types(source_columns, target_columns) %}
    {%- set differing = [] -%}
    {%- for one in default__diff_column_data_types(source_columns, target_columns) -%}
        {%- set was = target_columns | selectattr('name', 'equalto', one['column_name']) | first -%}
        {%- set new = source_columns | selectattr('name', 'equalto', one['column_name']) | first -%}
        {%- if as_promised(was) != as_promised(new) -%}{%- do differing.append(one) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(differing) }}
{% endmacro %}
