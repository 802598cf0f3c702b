{{ config(meta={'parts': {'by': 'individual_key', 'of': 'int_population__bounded'}}) }}

-- the stretches of those individuals that have more than one, with their attributes, neighbours merged when equal
with pieces as (
    select * from {{ ref('int_population__bounded') }} where {{ in_part('individual_key') }}
),

-- the rule open_memberships: several at once are dirt in the source; the one that took effect last, then the least id
membership as (
    select
        pieces.individual_key,
        pieces.valid_from as piece_from,
        m.group_key,
        m.relationship_code,
        m.is_focal_point
    from pieces
    inner join {{ ref('snap_registration__memberships') }} as m
        on m.individual_key = pieces.individual_key
        and m.valid_from <= pieces.valid_from
        and m.valid_to > pieces.valid_from
    where not m.is_deleted and m.is_active
    qualify row_number() over (
        partition by pieces.individual_key, pieces.valid_from
        order by m.effective_date desc nulls last, m.membership_id
    ) = 1
),

needy as (
    select distinct pieces.individual_key, pieces.valid_from as piece_from
    from pieces
    inner join {{ ref('snap_registration__specific_needs') }} as n
        on n.individual_key = pieces.individual_key
        and n.valid_from <= pieces.valid_from
        and n.valid_to > pieces.valid_from
    where not n.is_deleted and n.need_status_code = 'A'
),

documented as (
    select distinct pieces.individual_key, pieces.valid_from as piece_from
    from pieces
    inner join {{ ref('snap_registration__documents') }} as d
        on d.individual_key = pieces.individual_key
        and d.valid_from <= pieces.valid_from
        and d.valid_to > pieces.valid_from
    where not d.is_deleted and {{ is_valid_document('d', 'pieces.valid_from') }}
),

described as (
    select
        p.individual_key,
        {{ population_columns(
            'needy.individual_key is not null', 'documented.individual_key is not null', 'p.valid_from'
        ) }},
        p.valid_from,
        p.valid_to
    from pieces as p
    inner join {{ ref('snap_registration__individuals') }} as i
        on i.individual_key = p.individual_key and i.valid_from = p.version_from
    left join membership as m on m.individual_key = p.individual_key and m.piece_from = p.valid_from
    left join needy on needy.individual_key = p.individual_key and needy.piece_from = p.valid_from
    left join documented on documented.individual_key = p.individual_key and documented.piece_from = p.valid_from
    left join {{ ref('population_type_of_legal_status') }} as t on t.legal_status_code = i.legal_status_code
    left join {{ ref('int_age__grouped') }} as a
        on a.age = {{ age_in_years('i.birth_date', 'cast(p.valid_from as date)') }}
)

{{ merged('described', ['individual_key'], population_attributes()) }}
