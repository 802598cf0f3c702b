-- the watermark is above every recorded time of its source: a question as of the watermark sees all of it
with moments as (
    {%- for model in ['individuals', 'groups', 'memberships', 'specific_needs', 'events'] %}
    select source_id, max(valid_from) as latest from {{ ref('snap_registration__' ~ model) }} group by source_id
    union all
    {%- endfor %}
    select s.source_id, max(p.valid_from)
    from {{ ref('fct_population') }} as p
    cross join (select min(source_id) as source_id from {{ source('run', 'run_source') }} having count(*) = 1) as s
    group by s.source_id
)

select moments.source_id
from moments
inner join {{ source('run', 'run_source') }} as s using (source_id)
where moments.latest >= s.watermark
