{#- The versions of what belongs to a person (or to a group), cut where the scope of its owner changes, so that each row can be
    guarded and broken down by itself. What belongs to nobody we know keeps an unknown scope.

    snapshot: the versions. key: their key. owner, owner_key: the fact whose scope they take. scope: its attributes. columns: name to
    expression over `v`, a version with its `moment` (the instant from which a piece holds). touched, touched_key: what this run
    makes again. boundary: an expression over `v` for a moment at which a version changes by the calendar alone, or none.
    where: which versions at all. A model may be made in parts by its owner_key.

    Most things have one version, and one stretch of their owner holds throughout: those cost no window function. -#}
{% macro scoped(snapshot, key, owner, owner_key, scope, columns, touched, touched_key, boundary=none, where='true') -%}
with recorded as (
    select *, source_id as owner_source_id
    from {{ ref(snapshot) }}
    {{ only_touched(touched, touched_key) }}
    where ({{ where }}) and {{ in_part(owner_key) }}
),

several as (
    select {{ key }} from recorded where is_deleted or valid_to < {{ open_end() }}
),

versions as (
    select * from recorded where not is_deleted
),

owners as (
    select {{ owner_key }}, {{ scope | join(', ') }}, valid_from as owner_from, valid_to as owner_to
    from {{ ref(owner) }}
    {%- if not is_full_run() %}
    semi join versions using ({{ owner_key }})
    {%- endif %}
    where {{ in_part(owner_key) }}
),

simple as (
    select v.*, v.valid_from as moment, v.valid_to as next_moment, {% for name in scope %}o.{{ name }} as scope_{{ name }}, {% endfor %}
    from versions as v
    anti join several using ({{ key }})
    inner join owners as o
        on o.{{ owner_key }} = v.{{ owner_key }} and o.owner_from <= v.valid_from and o.owner_to >= v.valid_to
    {%- if boundary %}
    inner join {{ source('run', 'run_source') }} as s on s.source_id = v.owner_source_id
    where coalesce({{ boundary }} <= v.valid_from or {{ boundary }} >= s.watermark, true)
    {%- endif %}
),

others as (
    select * from versions anti join simple using ({{ key }})
),

moments as (
    select {{ key }}, valid_from as version_from, valid_from as moment from others
    union
    select v.{{ key }}, v.valid_from, unnest([o.owner_from, o.owner_to])
    from others as v
    inner join owners as o
        on o.{{ owner_key }} = v.{{ owner_key }} and o.owner_from < v.valid_to and o.owner_to > v.valid_from
    {%- if boundary %}
    union
    select v.{{ key }}, v.valid_from, {{ boundary }}
    from others as v
    inner join {{ source('run', 'run_source') }} as s on s.source_id = v.owner_source_id
    where {{ boundary }} < s.watermark
    {%- endif %}
),

pieces as (
    select
        v.*,
        m.moment,
        coalesce(
            lead(m.moment) over (partition by v.{{ key }}, v.valid_from order by m.moment), v.valid_to
        ) as next_moment
    from others as v
    inner join moments as m
        on m.{{ key }} = v.{{ key }}
        and m.version_from = v.valid_from
        and m.moment >= v.valid_from
        and m.moment < v.valid_to
),

placed as (
    select p.*, {% for name in scope %}o.{{ name }} as scope_{{ name }}, {% endfor %}
    from pieces as p
    left join owners as o
        on o.{{ owner_key }} = p.{{ owner_key }} and o.owner_from <= p.moment and o.owner_to > p.moment
),

{% for relation in ['simple', 'placed'] %}
described_{{ relation }} as (
    select
        v.{{ key }},
        {% for name, expression in columns.items() %}{{ expression }} as {{ name }}, {% endfor %}
        {% for name in scope %}v.scope_{{ name }} as {{ name }}, {% endfor %}
        v.moment as valid_from,
        v.next_moment as valid_to
    from {{ relation }} as v
),
{% endfor %}
rejoined as (
    {{ merged('described_placed', [key], (columns.keys() | list) + scope) }}
)

select * from described_simple
union all by name
select * from rejoined
{%- endmacro %}
