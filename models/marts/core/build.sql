-- what these figures are, in one row: the range of dates that every source can answer
select
    b.build_number,
    b.built_at,
    max(s.history_start) as history_start,
    min(s.watermark) as watermark
from {{ source('run', 'run_build') }} as b
left join {{ ref('source_watermark') }} as s on true
group by b.build_number, b.built_at
