{{ config(meta={'parts': {'by': 'individual_key', 'of': 'int_quality__pieces'}}) }}

-- What the checks say of the memberships, documents, addresses and needs of a person, one by one, and put together: a person fails with the
-- first of them that does. Beside that, what is counted of them.
with pieces as (
    select individual_key, moment, place_id as person_place, is_focal_point, business_unit_id from {{ ref('int_quality__pieces') }}
    where {{ in_part('individual_key') }}
),

place_states as (
    {{ place_states() }}
),

persons as (
    select individual_key, birth_date, {{ known('sex_code', true) }} as sex_code,
        {{ known('marital_status_code', true) }} as marital_status_code,
        {{ known('country_of_asylum_code') }} as country_of_asylum_code, valid_from, valid_to
    from {{ ref('snap_registration__individuals') }}
    {{ only_touched('int_quality__touched', 'individual_key') }}
    where not is_deleted
),

documents as (
    select
        p.individual_key,
        p.moment,
        {{ known('d.document_type_code') }} as document_type_code,
        {{ known('d.document_status_code') }} as document_status_code,
        {{ known('d.number') }} as number,
        {{ known('d.issued_by') }} as issued_by,
        d.issue_date,
        d.expiry_date,
        {{ is_valid_document('d', 'p.moment') }} as is_valid
    from pieces as p
    inner join {{ ref('snap_registration__documents') }} as d
        on d.individual_key = p.individual_key and d.valid_from <= p.moment and d.valid_to > p.moment
    where not d.is_deleted
),

judged_documents as (
    select
        individual_key, moment, is_valid and coalesce(issued_by = 'UNHCR', false) as is_unhcr,
        is_valid and coalesce(document_type_code in ('BNO', 'BCE', 'PAS', 'NID'), false) as is_identity,
        false as is_open_group, false as is_child_at_risk,
        {{ verdicts('document') }}
    from documents
),

addresses as (
    select
        p.individual_key,
        p.moment,
        {{ known('a.address_type_code') }} as address_type_code,
        {{ known('a.place_id') }} as place_id,
        {{ known('a.country_code') }} as address_country_code,
        case when {{ known('a.place_id') }} is not null then s.place_id is not null end as place_is_listed,
        s.has_gap as place_has_gap,
        s.level as place_level,
        p.person_place as person_place_id,
        i.country_of_asylum_code as person_country_of_asylum_code,
        p.is_focal_point
    from pieces as p
    inner join {{ ref('snap_registration__addresses') }} as a
        on a.individual_key = p.individual_key and a.valid_from <= p.moment and a.valid_to > p.moment
    inner join persons as i on i.individual_key = p.individual_key and i.valid_from <= p.moment and i.valid_to > p.moment
    left join place_states as s on s.place_id = a.place_id and s.valid_from <= p.moment and s.valid_to > p.moment
    where not a.is_deleted and a.is_active
),

judged_addresses as (
    select
        individual_key, moment, false as is_unhcr, false as is_identity, false as is_open_group, false as is_child_at_risk,
        {{ verdicts('address') }}
    from addresses
),

needs as (
    select
        p.individual_key,
        p.moment,
        {{ known('n.need_category_code') }} as need_category_code,
        {{ known('n.need_code') }} as need_code,
        i.birth_date,
        i.sex_code
    from pieces as p
    inner join {{ ref('snap_registration__specific_needs') }} as n
        on n.individual_key = p.individual_key and n.valid_from <= p.moment and n.valid_to > p.moment
    inner join persons as i on i.individual_key = p.individual_key and i.valid_from <= p.moment and i.valid_to > p.moment
    where not n.is_deleted and n.need_status_code = 'A'
),

judged_needs as (
    select
        individual_key, moment, false as is_unhcr, false as is_identity, false as is_open_group,
        coalesce(need_category_code = 'CR', false) as is_child_at_risk,
        {{ verdicts('specific_need') }}
    from needs
),

-- the rule within_a_unit: only groups of the person's own unit, which whoever sees the person sees too
memberships as (
    select
        p.individual_key,
        p.moment,
        {{ known('m.relationship_code', true) }} as relationship_code,
        m.is_focal_point,
        i.birth_date,
        i.sex_code,
        i.marital_status_code
    from pieces as p
    inner join {{ ref('snap_registration__memberships') }} as m
        on m.individual_key = p.individual_key and m.valid_from <= p.moment and m.valid_to > p.moment
    inner join {{ ref('snap_registration__groups') }} as g
        on g.group_key = m.group_key and g.valid_from <= p.moment and g.valid_to > p.moment
    inner join persons as i on i.individual_key = p.individual_key and i.valid_from <= p.moment and i.valid_to > p.moment
    where not m.is_deleted and m.is_active and not g.is_deleted and g.business_unit_id = p.business_unit_id
),

judged_memberships as (
    select
        individual_key, moment, false as is_unhcr, false as is_identity, true as is_open_group, false as is_child_at_risk,
        {{ verdicts('membership') }}
    from memberships
),

owned as (
    select * from judged_documents
    union all
    select * from judged_addresses
    union all
    select * from judged_needs
    union all
    select * from judged_memberships
)

select
    individual_key,
    moment,
    cast(count(*) filter (where is_unhcr) as integer) as unhcr_document_count,
    cast(count(*) filter (where is_identity) as integer) as identity_document_count,
    cast(count(*) filter (where is_open_group) as integer) as open_group_count,
    bool_or(is_child_at_risk) as has_child_at_risk_need,
    {%- for name in verdict_sets() %}
    bit_or({{ name }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from owned
group by individual_key, moment
