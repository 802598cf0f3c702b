{{ config(severity='warn') }}
-- dirt in the source: groups with several active focal points; the facts take the person with the least key
select group_key
from {{ ref('fct_population') }}
{{- only_checked(ref('fct_population'), ['group_key'], 'int_group__touched') }}
where valid_to = {{ open_end() }} and is_focal_point and process_status_code = 'A' and group_key is not null
group by group_key
having count(*) > 1
