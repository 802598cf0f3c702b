{#- One schema per file: dbt would append a model's own schema to the target's. -#}
{% macro generate_schema_name(custom_schema_name, node) %}{{ target.schema }}{% endmacro %}
