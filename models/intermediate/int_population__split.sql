-- The individuals with more to them than one version, one group, needs and documents that all began together, and whom the
-- calendar alone has not changed: their stretches are cut.
-- The others (nearly all, after a first load) have exactly one stretch, which costs no window function.
with individuals as (
    select individual_key, source_id, birth_date, last_contact_date, valid_from, valid_to, is_deleted
    from {{ ref('snap_registration__individuals') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
),

memberships as (
    select individual_key, valid_from, valid_to
    from {{ ref('snap_registration__memberships') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
    where not is_deleted
),

needs as (
    select individual_key, valid_from, valid_to
    from {{ ref('snap_registration__specific_needs') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
    where not is_deleted
),

documents as (
    select individual_key, source_id, document_status_code, expiry_date, valid_from, valid_to
    from {{ ref('snap_registration__documents') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
    where not is_deleted
),

parts as (
    select individual_key, valid_from, valid_to from memberships
    union all
    select individual_key, valid_from, valid_to from needs
    union all
    select individual_key, valid_from, valid_to from documents
)

select individual_key from individuals where is_deleted or valid_to < {{ open_end() }}
union
select individual_key from parts where valid_to < {{ open_end() }}
union
select parts.individual_key
from parts
inner join individuals using (individual_key)
where parts.valid_from <> individuals.valid_from
union
select individual_key from memberships group by individual_key having count(*) > 1
union
select i.individual_key
from individuals as i
inner join {{ source('run', 'run_source') }} as s using (source_id)
left join {{ ref('int_age__grouped') }} as first_age
    on first_age.age = {{ age_in_years('i.birth_date', 'cast(i.valid_from as date)') }}
left join {{ ref('int_age__grouped') }} as last_age
    on last_age.age = {{ age_in_years('i.birth_date', 'cast(s.watermark - interval 1 microsecond as date)') }}
where first_age.age_group_code is distinct from last_age.age_group_code
union
select i.individual_key
from individuals as i
inner join {{ source('run', 'run_source') }} as s using (source_id)
where {{ contact_end('i.last_contact_date') }} > i.valid_from and {{ contact_end('i.last_contact_date') }} < s.watermark
union
select d.individual_key
from documents as d
inner join {{ source('run', 'run_source') }} as s using (source_id)
where d.document_status_code = 'V' and {{ document_end('d') }} > d.valid_from and {{ document_end('d') }} < s.watermark
