-- the individuals whose facts this run makes again; empty in a full run, which makes all of them
{% if is_full_run() %}
select cast(null as bigint) as individual_key
where false
{% else %}
with
{% for model in ['individuals', 'memberships', 'specific_needs', 'documents', 'events'] %}
touched_by_{{ model }} as (
    select individual_key
    from {{ ref('snap_registration__' ~ model) }}
    where {{ changed_since() }}
),
{% endfor %}
-- a boundary at midnight counts from the moment the watermark has passed it
touched_by_birthday as (
    select individual_key
    from {{ ref('snap_registration__individuals') }}
    semi join (
        select s.source_id, d.day as birth_date
        from ({{ days_of('(select max(age) + 2 from ' ~ ref('int_age__grouped') ~ ') * 12') }}) as d
        cross join {{ source('run', 'run_source') }} as s
        cross join {{ source('run', 'run_build') }} as b
        left join {{ ref('int_age__grouped') }} as before
            on before.age = {{ age_in_years('d.day', 'cast(b.previous_watermark - interval 1 microsecond as date)') }}
        left join {{ ref('int_age__grouped') }} as after
            on after.age = {{ age_in_years('d.day', 'cast(s.watermark - interval 1 microsecond as date)') }}
        where before.age_group_code is distinct from after.age_group_code
    ) using (source_id, birth_date)
    where valid_to = {{ open_end() }}
),

touched_by_lapse as (
    select individual_key
    from {{ ref('snap_registration__individuals') }}
    semi join (
        {{ days_struck('last_contact_date', [contact_end('last_contact_date')], contact_months() ~ ' + 1') }}
    ) using (source_id, last_contact_date)
    where valid_to = {{ open_end() }}
    union all
    select individual_key
    from {{ ref('snap_registration__documents') }}
    semi join ({{ days_struck('expiry_date', [expiry_end('expiry_date')], 1) }}) using (source_id, expiry_date)
    where valid_to = {{ open_end() }}
),

-- not by `ref`: these are the facts as they were before this run, which are made after this model
touched_by_link as (
    {%- for fact in facts_of_persons() %}
    {{ linked_otherwise('figures.main.' ~ fact) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select individual_key from touched_by_individuals
union
select individual_key from touched_by_memberships where individual_key is not null
union
select individual_key from touched_by_specific_needs where individual_key is not null
union
select individual_key from touched_by_documents where individual_key is not null
union
select individual_key from touched_by_events where individual_key is not null
union
select individual_key from touched_by_birthday
union
select individual_key from touched_by_lapse where individual_key is not null
union
select individual_key from touched_by_link where individual_key is not null
{% endif %}
