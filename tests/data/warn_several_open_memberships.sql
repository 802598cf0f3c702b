{{ config(severity='warn') }}
-- dirt in the source: persons in several groups at once; the facts take the membership that took effect last
select individual_key
from {{ ref('snap_registration__memberships') }}
where valid_to = {{ open_end() }} and not is_deleted and is_active
group by individual_key
having count(*) > 1
