-- Nothing has lapsed unnoticed: a contact told as recent still is so at the last moment before the watermark, and a document
-- told as valid too. Of all of them in every run: what the calendar changes shows in no batch. All that have the same day and are
-- told alike are right or wrong together.
with asked as (
    select watermark - interval 1 microsecond as last_moment from {{ ref('build') }}
),

contacts as (
    select last_contact_date, has_recent_contact, last_moment, count(*) as rows_told_alike
    from {{ ref('fct_population') }}
    cross join asked
    where valid_to = {{ open_end() }} and valid_from <= last_moment
    group by last_contact_date, has_recent_contact, last_moment
),

documents as (
    select expiry_date, document_status_code, is_valid, last_moment, count(*) as rows_told_alike
    from {{ ref('fct_document') }}
    cross join asked
    where valid_to = {{ open_end() }} and valid_from <= last_moment
    group by expiry_date, document_status_code, is_valid, last_moment
)

select rows_told_alike
from contacts
where has_recent_contact <> coalesce({{ contact_end('last_contact_date') }} > last_moment, false)
union all
select rows_told_alike
from documents as d
where is_valid <> ({{ is_valid_document('d', 'last_moment') }})
