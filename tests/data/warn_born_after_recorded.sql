{{ config(severity='warn') }}
-- dirt in the source: a birth date after the day on which it was recorded; the age group is unknown until then
select individual_key
from {{ ref('fct_population') }}
{{- only_checked(ref('fct_population'), ['individual_key'], 'int_individual__touched') }}
where valid_to = {{ open_end() }} and birth_date > cast(valid_from as date)
