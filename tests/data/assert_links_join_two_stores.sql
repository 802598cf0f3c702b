-- a registration has two records, of different stores: two of one store are the store's own to merge
select registration_key
from {{ ref('int_registration__linked') }} as l
inner join {{ ref('map_individual') }} as i using (individual_key)
group by registration_key
having count(*) <> 2 or count(distinct i.source_id) <> 2
