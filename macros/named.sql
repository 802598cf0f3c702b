{#- The keys of the ids that the rows of this run name: each is a text, looked for among those of all records, and many tables name one.
    So a refresh looks once, and what it reads joins the few that were found. Empty in a full run, which joins the map. -#}
{% macro named(map, id, key, tables) -%}
select source_id, {{ id }}, {{ key }}
from {{ ref(map) }}
{%- if is_full_run() %}
where false
{%- else %}
semi join (
    {%- for table in tables %}
    select source_id, {{ id }} from {{ ref('stg_registration__' ~ table) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
) using (source_id, {{ id }})
{%- endif %}
{%- endmacro %}


{#- Where what this run reads finds the keys of its ids. -#}
{% macro keys_of(map, named) -%}
    {%- set all_of_them, few = ref(map), ref(named) -%}
    {{ all_of_them if is_full_run() else few }}
{%- endmacro %}
