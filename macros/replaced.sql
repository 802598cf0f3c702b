{#- What is made again whole is replaced in one transaction. dbt's own way makes it under another name, renames what is there, renames
    what is new and drops the first after that: five statements and two transactions for each of some forty models, in every run, for
    readers that there are not, as nobody reads these files while they are worked on. A run that fails leaves what was there. -#}
{% materialization table, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {{ replaced(target_relation, create_table_as(False, target_relation, compiled_code)) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% materialization view, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='view') -%}
    {{ replaced(target_relation, create_view_as(target_relation, compiled_code)) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% macro replaced(target_relation, statements) %}
    {%- set was = load_cached_relation(target_relation) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') %}
        {% if was is not none %}drop {{ was.type }} if exists {{ was }};{% endif %}
        {{ statements }}
    {% endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
{% endmacro %}
