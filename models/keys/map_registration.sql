{{ config(materialized='view', database='core') }}

-- Which registration each record of a person is one of. A record without a confirmed link is the only one of its registration,
-- which then has the key of the record. Nothing is kept here: keys are given once, by `map_individual`, and links are data.
select
    i.source_id,
    i.individual_id,
    i.individual_key,
    coalesce(l.registration_key, i.individual_key) as registration_key,
    l.registration_rank
from {{ ref('map_individual') }} as i
left join {{ ref('int_registration__linked') }} as l using (individual_key)
