-- A place with its ancestors, its country and its bureau as they were, with the names they had: cut where one of them
-- changed. Where the tree leaves a level out, that level is unknown (NULL).
{%- set levels = range(1, 7) %}
{%- set attributes = ['place_name', 'level', 'country_code', 'country_name', 'bureau_code', 'bureau_name', 'region_code',
    'region_name'] %}
{%- for level in levels %}
    {%- do attributes.extend(['level_' ~ level ~ '_id', 'level_' ~ level ~ '_name']) %}
{%- endfor %}
with recursive places as (
    select *
    from {{ ref('snap_registration__places') }}
    where not is_deleted
    qualify source_id = min(source_id) over (partition by place_id)
),

countries as (
    select * from {{ ref('dim_country') }}
),

ancestors as (
    select place_id, place_id as ancestor_id, 0 as depth from places
    union
    select a.place_id, p.parent_place_id, a.depth + 1
    from ancestors as a
    inner join places as p on p.place_id = a.ancestor_id
    where p.parent_place_id is not null and a.depth < 6
),

moments as (
    select a.place_id, unnest([p.valid_from, p.valid_to]) as moment
    from ancestors as a
    inner join places as p on p.place_id = a.ancestor_id
    union
    select p.place_id, unnest([c.valid_from, c.valid_to])
    from places as p
    inner join countries as c using (country_code)
),

pieces as (
    select
        p.* exclude (valid_from, valid_to),
        m.moment as valid_from,
        coalesce(lead(m.moment) over (partition by p.place_id, p.valid_from order by m.moment), p.valid_to) as valid_to
    from places as p
    inner join moments as m on m.place_id = p.place_id and m.moment >= p.valid_from and m.moment < p.valid_to
),

chain as (
    select
        pieces.*,
        c.country_name, c.bureau_code, c.bureau_name, c.region_code, c.region_name,
        {%- for n in range(0, 6) %}
        p{{ n }}.place_id as p{{ n }}_id, p{{ n }}.level as p{{ n }}_level, p{{ n }}.place_name as p{{ n }}_name,
        {%- endfor %}
    from pieces
    left join countries as c
        on c.country_code = pieces.country_code and c.valid_from <= pieces.valid_from and c.valid_to > pieces.valid_from
    left join places as p0
        on p0.place_id = pieces.place_id and p0.valid_from <= pieces.valid_from and p0.valid_to > pieces.valid_from
    {%- for n in range(1, 6) %}
    left join places as p{{ n }}
        on p{{ n }}.place_id = p{{ n - 1 }}.parent_place_id
        and p{{ n }}.valid_from <= pieces.valid_from and p{{ n }}.valid_to > pieces.valid_from
    {%- endfor %}
),

described as (
    select
        place_id,
        place_name,
        cast(level as integer) as level,
        {{ known('country_code') }} as country_code,
        country_name,
        bureau_code,
        bureau_name,
        region_code,
        region_name,
        {%- for level in levels %}
        {%- for part in ['id', 'name'] %}
        case
            {%- for n in range(0, 6) %}
            when p{{ n }}_level = {{ level }} then p{{ n }}_{{ part }}
            {%- endfor %}
        end as level_{{ level }}_{{ part }},
        {%- endfor %}
        {%- endfor %}
        valid_from,
        valid_to
    from chain
),

stretches as (
    {{ merged('described', ['place_id'], attributes) }}
)

select
    *,
    valid_to = {{ open_end() }} as is_current,
    case
        when lag(valid_to) over history is null then 'onboarded'
        when lag(valid_to) over history <> valid_from then 'restored'
        when lag((level, country_code, bureau_code, {% for level in levels %}level_{{ level }}_id{{ ', ' if not loop.last }}{% endfor %}))
            over history
            is distinct from
            (level, country_code, bureau_code, {% for level in levels %}level_{{ level }}_id{{ ', ' if not loop.last }}{% endfor %})
            then 'reorganised'
        else 'corrected'
    end as start_cause_code
from stretches
window history as (partition by place_id order by valid_from)
