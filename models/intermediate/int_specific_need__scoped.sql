-- the versions of a need, cut where the scope of its person changes; a need of nobody we know keeps an unknown scope
{%- set attributes = ['individual_key', 'need_category_code', 'need_code', 'need_status_code', 'identified_date',
    'resolved_date'] + scope_attributes() %}
with versions as (
    select *
    from {{ ref('snap_registration__specific_needs') }}
    {{ only_touched('int_individual__touched', 'individual_key') }}
    where not is_deleted
),

persons as (
    select individual_key, {{ scope_attributes() | join(', ') }}, valid_from, valid_to
    from {{ ref('fct_population') }}
    semi join versions using (individual_key)
),

moments as (
    select specific_need_key, valid_from as version_from, valid_from as moment from versions
    union
    select v.specific_need_key, v.valid_from, unnest([p.valid_from, p.valid_to])
    from versions as v
    inner join persons as p
        on p.individual_key = v.individual_key and p.valid_from < v.valid_to and p.valid_to > v.valid_from
),

pieces as (
    select
        v.*,
        m.moment,
        coalesce(
            lead(m.moment) over (partition by v.specific_need_key, v.valid_from order by m.moment), v.valid_to
        ) as next_moment
    from versions as v
    inner join moments as m
        on m.specific_need_key = v.specific_need_key
        and m.version_from = v.valid_from
        and m.moment >= v.valid_from
        and m.moment < v.valid_to
),

described as (
    select
        pieces.specific_need_key,
        pieces.individual_key,
        {{ known('pieces.need_category_code') }} as need_category_code,
        {{ known('pieces.need_code') }} as need_code,
        {{ known('pieces.need_status_code') }} as need_status_code,
        pieces.identified_date,
        pieces.resolved_date,
        {% for name in scope_attributes() %}p.{{ name }}, {% endfor %}
        pieces.moment as valid_from,
        pieces.next_moment as valid_to
    from pieces
    left join persons as p
        on p.individual_key = pieces.individual_key and p.valid_from <= pieces.moment and p.valid_to > pieces.moment
)

{{ merged('described', ['specific_need_key'], attributes) }}
