-- history starts with the earliest version that was recorded, and is known up to the source's clock at the last window's end
with starts as (
    {%- for model in ['countries', 'operations', 'groups', 'individuals'] %}
    select source_id, min(valid_from) as history_start from {{ ref('snap_registration__' ~ model) }} group by source_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select s.source_id, min(starts.history_start) as history_start, s.watermark
from {{ source('run', 'run_source') }} as s
left join starts using (source_id)
group by s.source_id, s.watermark
