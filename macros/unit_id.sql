{#- A business unit's id, which is the key of access: that of any source but the first carries the source's name, so that units
    of two stores that happen to be called alike never share their rows. Grants are published by the same rule. -#}
{% macro unit_id(column) -%}
    case
        when source_id = (select arg_min(source_id, first_batch) from {{ source('run', 'run_source') }}) or {{ column }} is null
            then cast({{ column }} as varchar)
        else source_id || '/' || cast({{ column }} as varchar)
    end
{%- endmacro %}
