-- One row per confirmed link, with the keys of its two records: NULL for a record that has never been landed
select
    l.line_number,
    l.kind_code,
    a.individual_key as first_key,
    b.individual_key as second_key
from {{ source('run', 'run_link') }} as l
left join {{ ref('map_individual') }} as a on a.source_id = l.first_source_id and a.individual_id = l.first_id
left join {{ ref('map_individual') }} as b on b.source_id = l.second_source_id and b.individual_id = l.second_id
