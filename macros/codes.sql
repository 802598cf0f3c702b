{#- A code, or NULL (the unknown member) where the source says it does not know.
    `u_is_unknown` for the lists in which U means unknown: in others it is a value (settlement U is urban). -#}
{% macro known(column, u_is_unknown=false) -%}
    {%- if u_is_unknown -%}
        case when {{ column }} not in ('', '-', 'U') then {{ column }} end
    {%- else -%}
        case when {{ column }} not in ('', '-') then {{ column }} end
    {%- endif -%}
{%- endmacro %}


{#- Completed years on a day. Born on 29 February: a year older on 1 March where there is no 29th. -#}
{% macro age_in_years(birth_date, on_date) -%}
    (
        year({{ on_date }}) - year({{ birth_date }})
        - case
            when month({{ on_date }}) * 100 + day({{ on_date }}) < month({{ birth_date }}) * 100 + day({{ birth_date }})
                then 1
            else 0
        end
    )
{%- endmacro %}


{#- The day on which a person born on `birth_date` completes `age` years. -#}
{% macro birthday(birth_date, age) -%}
    case
        when month({{ birth_date }}) = 2 and day({{ birth_date }}) = 29
            then make_date(year({{ birth_date }}) + {{ age }}, 2, 28) + 1
        else make_date(year({{ birth_date }}) + {{ age }}, month({{ birth_date }}), day({{ birth_date }}))
    end
{%- endmacro %}
