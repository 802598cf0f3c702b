select
    c.country_code,
    c.iso3_code,
    c.country_name,
    {{ known('c.bureau_code') }} as bureau_code,
    b.bureau_name,
    b.region_code,
    b.region_name,
    c.valid_from,
    c.valid_to,
    c.valid_to = {{ open_end() }} as is_current
from {{ ref('snap_registration__countries') }} as c
left join {{ ref('bureau') }} as b using (bureau_code)
where not c.is_deleted
qualify c.source_id = min(c.source_id) over (partition by c.country_code)
