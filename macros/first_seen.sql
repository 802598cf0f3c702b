{#- Whether a row of a relation is of its first batch, with that batch's earliest stamp: as nearly all rows of a first load are. Such
    rows belong to different records, because stamps increase strictly within a record; a later batch may hold them again, as they
    were, where a store was restored. -#}
{% macro is_of_first_load(relation) -%}
    {%- set first_batch = '(select min(batch_number) from ' ~ relation ~ ')' -%}
    (
        batch_number = {{ first_batch }}
        and stamped_at = (select min(stamped_at) from {{ relation }} where batch_number = {{ first_batch }})
    )
{%- endmacro %}


{#- Integer keys for ids, in order of first appearance, appended to a map that a replay reads and nobody rewrites.

    Where an id first appears: its first version (batch, stamp, row of the file), or, if only other tables name it, its least
    mention, after all owners of the batch. A first load groups nothing (`is_of_first_load`). `mentions` are the tables that point
    at the id. -#}
{% macro first_seen(owner, id, key, mentions=[]) -%}
with owners as (
    select source_id, {{ id }}, batch_number, stamped_at, landed_row
    from {{ ref(owner) }}
    where not is_deleted
),

earliest as (
    select * from owners where {{ is_of_first_load('owners') }}
),

later as (
    select source_id, {{ id }}, min((batch_number, stamped_at, landed_row)) as place
    from owners
    anti join earliest using (source_id, {{ id }})
    group by source_id, {{ id }}
),

owned as (
    select source_id, {{ id }}, batch_number, stamped_at, landed_row from earliest
    union all
    select source_id, {{ id }}, place[1], place[2], place[3] from later
),
{% if mentions %}
mentioned as (
    select source_id, {{ id }}, min(batch_number) as batch_number
    from (
        {%- for table in mentions %}
        select source_id, {{ id }}, batch_number from {{ ref(table) }} where {{ id }} is not null
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    )
    anti join owners using (source_id, {{ id }}, batch_number)
    group by source_id, {{ id }}
),

seen as (
    select owned.*, 0 as mention
    from owned
    left join mentioned using (source_id, {{ id }})
    where mentioned.batch_number is null or mentioned.batch_number >= owned.batch_number
    union all
    select mentioned.source_id, mentioned.{{ id }}, mentioned.batch_number, null, null, 1
    from mentioned
    left join owned using (source_id, {{ id }})
    where owned.batch_number is null or mentioned.batch_number < owned.batch_number
)
{% else %}
seen as (
    select *, 0 as mention from owned
)
{% endif %}
select
    source_id,
    {{ id }},
    cast(
        row_number() over (order by batch_number, mention, stamped_at, landed_row, source_id, {{ id }})
        {% if is_incremental() %}+ (select coalesce(max({{ key }}), 0) from {{ this }}){% endif %}
        as bigint
    ) as {{ key }}
from seen
{%- if is_incremental() %}
anti join {{ this }} using (source_id, {{ id }})
{%- endif %}
{%- endmacro %}
