{#- A strategy for models of which a refresh makes much again that is as it was: of those whom it touches most have the same documents
    and the same verdicts. As delete+insert, all rows of the keys that it made are those that it made; but only what is not as it was
    is written. A row that is written again for nothing goes into the log of the version (see dataport/warehouse/bases.py), and into
    the log of each that follows. It costs a look at every column, so a model of which most rows are new does without. -#}
{% macro get_incremental_changed_rows_sql(arg_dict) -%}
    {%- set target, source, unique_key = arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'] -%}
    {%- if unique_key is not string or arg_dict['incremental_predicates'] -%}
        {{ exceptions.raise_compiler_error('changed_rows takes one column as its key, and no predicates: ' ~ target) }}
    {%- endif -%}
    {%- set names = arg_dict['dest_columns'] | map(attribute='quoted') | list -%}
    create or replace temp table row_there as
    select rowid as place, {{ names | join(', ') }} from {{ target }}
    semi join (select {{ unique_key }} from {{ source }}) using ({{ unique_key }});

    -- one row of those that are alike in each: what is twice in `source` is twice in the end, where a test finds it
    create or replace temp table row_as_it_was as
    select min(place) as place, new_place
    from (
        select was.place, min(new.rowid) as new_place
        from row_there as was
        inner join {{ source }} as new
            on was.{{ unique_key }} = new.{{ unique_key }}
            {%- for name in names if name != adapter.quote(unique_key) %}
            and was.{{ name }} is not distinct from new.{{ name }}
            {%- endfor %}
        group by was.place
    )
    group by new_place;

    delete from {{ target }} where rowid in (select place from row_there anti join row_as_it_was using (place));

    insert into {{ target }} ({{ names | join(', ') }})
    select {{ names | join(', ') }} from {{ source }}
    where rowid not in (select new_place from row_as_it_was);

    drop table row_there;
    drop table row_as_it_was
{%- endmacro %}
