{{ config(meta={'parts': {'by': 'individual_key', 'of': 'int_quality__pieces', 'as_written': true}}) }}

-- what the checks say of each piece of a person's time: the sets of those that fail and of those that are known, and how
-- complete the record is
with pieces as (
    select * from {{ ref('int_quality__pieces') }} where {{ in_part('individual_key') }}
),

place_states as (
    {{ place_states() }}
),

-- the rule focal_points, within the person's unit
focal as (
    select
        p.individual_key,
        p.moment,
        arg_min_null(f.birth_date, (case when f.process_status_code = 'A' then 0 else 1 end, f.individual_key)) as birth_date
    from {{ ref('fct_population') }} as f
    inner join pieces as p
        on
            f.group_key = p.group_key
            and f.business_unit_id = p.business_unit_id
            and f.is_focal_point
            and f.individual_key <> p.individual_key
            and f.valid_from <= p.moment
            and f.valid_to > p.moment
    group by p.individual_key, p.moment
),

units as (
    select u.business_unit_id, o.country_code
    from {{ ref('dim_unit_source') }} as u
    inner join {{ ref('dim_operation') }} as o on o.operation_code = u.operation_code and o.is_current
),

described as (
    select
        p.* exclude (country_of_origin_code, country_of_asylum_code, process_status_code, sex_code),
        {%- for name in ['family_name', 'given_name', 'fathers_name', 'birth_city', 'country_of_asylum_code', 'legal_basis_code',
            'registration_reason_code', 'phone', 'process_status_code'] %}
        {{ known('i.' ~ name) }} as {{ name }},
        {%- endfor %}
        nullif({{ known('i.birth_country_code') }}, 'UKN') as birth_country_code,
        nullif({{ known('i.nationality_code') }}, 'UKN') as nationality_code,
        nullif({{ known('i.country_of_origin_code') }}, 'UKN') as country_of_origin_code,
        {%- for name in ['sex_code', 'marital_status_code', 'education_level_code', 'occupation_code', 'legal_status_code',
            'ethnicity_code', 'religion_code'] %}
        {{ known('i.' ~ name, true) }} as {{ name }},
        {%- endfor %}
        {%- for name in ['birth_date', 'registration_date', 'arrival_date', 'fled_date', 'deceased_date', 'last_contact_date',
            'has_photo', 'has_biometrics'] %}
        i.{{ name }},
        {%- endfor %}
        {{ is_valid_phone('i.phone', 'i.country_of_asylum_code') }} as phone_is_valid,
        p.group_key is not null as has_group,
        coalesce(o.open_group_count, 0) as open_group_count,
        g.registration_date as group_registration_date,
        f.birth_date as focal_point_birth_date,
        u.country_code as unit_country_code,
        case when p.place_id is not null then s.place_id is not null end as place_is_listed,
        s.has_gap as place_has_gap,
        s.level as place_level,
        coalesce(o.unhcr_document_count, 0) as unhcr_document_count,
        coalesce(o.identity_document_count, 0) as identity_document_count,
        coalesce(o.has_child_at_risk_need, false) as has_child_at_risk_need,
        {%- for name in verdict_sets() %}
        coalesce(o.{{ name }}, 0) as owned_{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('snap_registration__individuals') }} as i
    inner join pieces as p
        on i.individual_key = p.individual_key and i.valid_from <= p.moment and i.valid_to > p.moment
    left join {{ ref('int_quality__owned') }} as o on o.individual_key = p.individual_key and o.moment = p.moment
    left join {{ ref('snap_registration__groups') }} as g
        on
            p.is_focal_point
            and g.group_key = p.group_key
            and g.business_unit_id = p.business_unit_id
            and g.valid_from <= p.moment
            and g.valid_to > p.moment
            and not g.is_deleted
    left join focal as f on f.individual_key = p.individual_key and f.moment = p.moment
    left join units as u on u.business_unit_id = p.business_unit_id
    left join place_states as s on s.place_id = p.place_id and s.valid_from <= p.moment and s.valid_to > p.moment
),

judged as (
    select *, {{ verdicts('individual') }}, {{ completeness_columns() }}
    from described
)

select
    individual_key,
    {{ scope_attributes() | join(', ') }},
    {%- for name in verdict_sets() %}
    {{ name }} | owned_{{ name }} as {{ name }},
    {%- endfor %}
    {%- for part in completeness_parts() %}
    {{ part }}_filled,
    {{ part }}_asked,
    {%- endfor %}
    is_by_clock,
    moment as valid_from,
    valid_to
from judged
