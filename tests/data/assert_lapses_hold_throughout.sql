-- Nothing has lapsed unnoticed: a contact told as recent still is so at the last moment before the watermark, and a document
-- told as valid too. Of all of them in every run: what the calendar changes shows in no batch.
with asked as (
    select watermark - interval 1 microsecond as last_moment from {{ ref('build') }}
)

select individual_key
from {{ ref('fct_population') }}
cross join asked
where valid_to = {{ open_end() }} and valid_from <= last_moment
    and has_recent_contact <> coalesce({{ contact_end('last_contact_date') }} > last_moment, false)
union all
select individual_key
from {{ ref('fct_document') }} as d
cross join asked
where valid_to = {{ open_end() }} and valid_from <= last_moment
    and is_valid <> ({{ is_valid_document('d', 'last_moment') }})
