{{ config(severity='warn') }}
-- dirt in the source: persons in several groups at once; the facts take the membership that took effect last
select individual_key
from {{ ref('snap_registration__memberships') }}
{{- only_checked(ref('snap_registration__memberships'), ['individual_key'], 'int_individual__touched') }}
where valid_to = {{ open_end() }} and not is_deleted and is_active
group by individual_key
having count(*) > 1
