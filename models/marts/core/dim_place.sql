-- A place with its ancestors as they were: cut where one of them changed.
{%- set levels = [1, 2, 3, 4] %}
with recursive places as (
    select *
    from {{ ref('snap_registration__places') }}
    where not is_deleted
    qualify source_id = min(source_id) over (partition by place_id)
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
    select distinct a.place_id, unnest([p.valid_from, p.valid_to]) as moment
    from ancestors as a
    inner join places as p on p.place_id = a.ancestor_id
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
        {%- for n in range(0, 5) %}
        p{{ n }}.place_id as p{{ n }}_id, p{{ n }}.level as p{{ n }}_level,
        {%- endfor %}
    from pieces
    left join places as p0
        on p0.place_id = pieces.place_id and p0.valid_from <= pieces.valid_from and p0.valid_to > pieces.valid_from
    {%- for n in range(1, 5) %}
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
        {%- for level in levels %}
        case
            {%- for n in range(0, 5) %}
            when p{{ n }}_level = {{ level }} then p{{ n }}_id
            {%- endfor %}
        end as level_{{ level }}_id,
        {%- endfor %}
        valid_from,
        valid_to
    from chain
),

stretches as (
    {{ merged('described', ['place_id'], ['place_name', 'level', 'country_code', 'level_1_id', 'level_2_id', 'level_3_id',
        'level_4_id']) }}
)

select *, valid_to = {{ open_end() }} as is_current from stretches
