{{ config(severity='warn') }}
-- dirt in the source: active persons who belong to no registration group
select individual_key
from {{ ref('fct_population') }}
{{- only_checked(ref('fct_population'), ['individual_key'], 'int_individual__touched') }}
where valid_to = {{ open_end() }} and process_status_code = 'A' and group_key is null
