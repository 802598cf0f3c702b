{{ config(meta={'parts': {'by': 'individual_key', 'of': 'snap_registration__individuals'}}) }}

-- the moments at which something about a person may have changed, within each version of the person
with versions as (
    select individual_key, source_id, birth_date, last_contact_date, valid_from, valid_to
    from {{ ref('snap_registration__individuals') }}
    semi join {{ ref('int_population__split') }} using (individual_key)
    where not is_deleted and {{ in_part('individual_key') }}
),

parts as (
    select individual_key, valid_from, valid_to from {{ ref('snap_registration__memberships') }} where not is_deleted
    union all
    select individual_key, valid_from, valid_to from {{ ref('snap_registration__specific_needs') }} where not is_deleted
    union all
    select individual_key, valid_from, valid_to from {{ ref('snap_registration__documents') }} where not is_deleted
),

part_moments as (
    select individual_key, unnest([valid_from, valid_to]) as moment
    from parts
    semi join {{ ref('int_population__split') }} using (individual_key)
    where {{ in_part('individual_key') }}
),

-- birthdays into another age group, only those that the watermark has passed
birthdays as (
    select
        versions.individual_key,
        cast({{ birthday('versions.birth_date', 'ages.from_age') }} as timestamp) as moment
    from versions
    inner join {{ source('run', 'run_source') }} as s using (source_id)
    cross join {{ ref('age_group') }} as ages
    where ages.scheme = 'detailed'
        and versions.birth_date is not null
        and cast({{ birthday('versions.birth_date', 'ages.from_age') }} as timestamp) < s.watermark
),

-- a document expires, a contact is no longer recent
lapses as (
    select d.individual_key, {{ document_end('d') }} as moment
    from {{ ref('snap_registration__documents') }} as d
    semi join {{ ref('int_population__split') }} using (individual_key)
    inner join {{ source('run', 'run_source') }} as s using (source_id)
    where not d.is_deleted and {{ document_end('d') }} < s.watermark
    union all
    select versions.individual_key, {{ contact_end('versions.last_contact_date') }}
    from versions
    inner join {{ source('run', 'run_source') }} as s using (source_id)
    where {{ contact_end('versions.last_contact_date') }} < s.watermark
),

moments as (
    select individual_key, valid_from as moment from versions
    union
    select individual_key, moment from part_moments
    union
    select individual_key, moment from birthdays
    union
    select individual_key, moment from lapses
)

select
    versions.individual_key,
    versions.valid_from as version_from,
    moments.moment as valid_from,
    coalesce(
        lead(moments.moment) over (
            partition by versions.individual_key, versions.valid_from order by moments.moment
        ),
        versions.valid_to
    ) as valid_to
from versions
inner join moments
    on moments.individual_key = versions.individual_key
    and moments.moment >= versions.valid_from
    and moments.moment < versions.valid_to
