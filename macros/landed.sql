{#- The landed rows of one table, of the batches that this run has to apply (or of the last
    one, if there is none: harmless, as every model behind it knows which batches it has applied). -#}
{% macro landed(table) -%}
    {%- set lineage = source('landing', table) -%}
    {%- set paths = [] -%}
    {%- set shared = [] -%}
    {%- set tied = [] -%}
    {%- if execute -%}
        {%- set wanted -%}
            select path, any_value(key_name), bool_or(has_ties) from {{ source('run', 'run_table') }}
            where is_pending and table_name = '{{ table }}'
            group by path order by min(batch_number)
        {%- endset -%}
        {%- for row in run_query(wanted) -%}
            {%- if row[2] -%}{%- do tied.append(row[1]) -%}{%- endif -%}
            {%- do paths.append("'" ~ (row[0] | replace("'", "''")) ~ "'") -%}
        {%- endfor -%}
        {#- small batches may be together in one file: of those that are to be applied, and of others -#}
        {%- set mixed -%}
            select distinct batch_number from {{ source('run', 'run_table') }}
            where is_pending and table_name = '{{ table }}' and path in (
                select path from {{ source('run', 'run_table') }} where not is_pending and table_name = '{{ table }}'
            )
            order by batch_number
        {%- endset -%}
        {%- if run_query(mixed).rows -%}
            {%- for row in run_query('select batch_number from ' ~ source('run', 'run_batch') ~ ' where is_pending order by 1') -%}
                {%- do shared.append(row[0]) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
    {#- files that landed before anything was said of damage lack the column -#}
    (
        select null::varchar as damaged where false
        union all by name
        {% if tied %}{{ untied(tied[0]) }}{% endif %}
        from read_parquet([{{ paths | join(', ') }}], union_by_name = true, file_row_number = true)
        {%- if shared %}
        where batch_number in ({{ shared | join(', ') }})
        {%- endif %}
        {% if tied %}){% endif %}
    )
{%- endmacro %}


{#- Versions of one record that a batch holds with one stamp, or with less than a microsecond between them once they are put apart:
    the last keeps its stamp, and each one before it lies a microsecond earlier at least. Nothing is left out. The order is that of
    the stamps; of equal ones a deletion comes first, for it made room for the record that lives, then the lesser number. -#}
{% macro untied(key) -%}
        select * exclude (place) replace (
            min(stamped_at - to_microseconds(place)) over (
                partition by source_id, {{ key }}, batch_number order by place rows between current row and unbounded following
            ) + to_microseconds(place) as stamped_at
        )
        from (
            select *, row_number() over (
                partition by source_id, {{ key }}, batch_number order by stamped_at, not is_deleted, change_no, file_row_number
            ) as place
{%- endmacro %}


{#- The columns of a landed row whose values could not be kept, by their names here; null where all could. `renamed`: store's to ours. -#}
{% macro damaged_columns(renamed={}) -%}
    {%- set ns = namespace(names="concat(',', damaged, ',')") -%}
    {%- for old, new in renamed.items() -%}
        {%- set ns.names = "replace(" ~ ns.names ~ ", '," ~ old ~ ",', '," ~ new ~ ",')" -%}
    {%- endfor -%}
    case when damaged is not null then trim({{ ns.names }}, ',') end
{%- endmacro %}
