{#- The boundaries that the calendar alone makes. The seed `clock_boundary` says how many months; birthdays are in `birthday`. -#}

{#- The moment from which a document has expired: midnight after its last day, on which it is still valid. NULL if it never does. -#}
{% macro document_end(document) -%}
    cast({{ document }}.expiry_date + 1 as timestamp)
{%- endmacro %}


{#- Whether a document is valid at a moment, as far as is recorded then. -#}
{% macro is_valid_document(document, moment) -%}
    coalesce({{ document }}.document_status_code = 'V', false) and coalesce({{ document }}.expiry_date >= cast({{ moment }} as date), true)
{%- endmacro %}


{#- The moment from which a contact is no longer recent. NULL if there was none. -#}
{% macro contact_end(last_contact_date) -%}
    cast(
        {{ last_contact_date }}
        + to_months((select cast(months as integer) from {{ ref('clock_boundary') }} where boundary_code = 'contact'))
        as timestamp
    )
{%- endmacro %}
