{#- Histories in recorded time. dbt's own strategies are not used: on a delta they lose late records, keep two open rows for a
    key with two versions in one batch, or compare the whole table.

    The snapshot's SELECT yields every version of the batches being run: the unique key, source_id, batch_number, low_clock,
    stamped_at, change_no, is_deleted, and the columns to be tracked. The table gets valid_from and valid_to besides.

    valid_from is the version's stamp; a stamp below the window's low clock (a record that was committed late) is raised to the
    low clock + its rank within the key, in microseconds. So the past as published stays as it was.

    A batch is applied to a table exactly once: its number is written to `applied_batch` in the same transaction as its rows. -#}
{% materialization snapshot, adapter='duckdb' %}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set is_first = load_cached_relation(this) is none -%}
    {%- set unique_key = config.require('unique_key') -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('versions') %}
        create table if not exists {{ applied_batch() }} (node varchar not null, batch_number bigint not null);
        {{ recorded_versions(target_relation, is_first, unique_key, compiled_code) }}
    {% endcall %}
    {%- for part in range(run_query('select coalesce(max(part) + 1, 0) from recorded_key').rows[0][0]) -%}
        {% call statement('sequence') %}
            {{ recorded_sequence(target_relation, unique_key, part) }}
        {% endcall %}
    {%- endfor -%}
    {% call statement('main') %}
        insert into {{ applied_batch() }}
        select '{{ this.identifier }}', batch_number from {{ source('run', 'run_batch') }}
        where is_pending and batch_number not in {{ applied_here() }};
    {% endcall %}
    {% do persist_docs(target_relation, model) %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {#- what is written of rows that are there lies in memory until then: of a first load, much. Core is no version's base, whose log
        must not be folded in -#}
    {%- if is_full_run() -%}
        {% call statement('fold', auto_begin=False) %}checkpoint {{ target_relation.database }}{% endcall %}
    {%- endif -%}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{% macro applied_batch() %}{{ this.database }}.{{ this.schema }}.applied_batch{% endmacro %}


{% macro applied_here() %}(select batch_number from {{ applied_batch() }} where node = '{{ this.identifier }}'){% endmacro %}


{#- Rows of batches that are being applied. Said by what they are, and not by what they are not: of a table's old rows none is read. -#}
{% macro is_applied_now() -%}
    batch_number in (
        select batch_number from {{ source('run', 'run_batch') }} where is_pending and batch_number not in {{ applied_here() }}
    )
{%- endmacro %}


{#- Step 1: append the new versions as they are, open, and remember the keys that need a closer look: where there was something
    before, all that came; of a first load those of several versions, or of a deletion. Without the years before nearly all have one,
    which is seen without counting (`is_of_first_load`). This step streams. -#}
{% macro recorded_versions(target_relation, is_first, unique_key, sql) %}
    {%- set key = unique_key | join(', ') %}
    {#- a first load streams from its files; what a refresh brings is little, and asked for twice -#}
    create or replace temp {{ 'view' if is_full_run() else 'table' }} recorded_incoming as
    select *, cast(hash({{ recorded_state(unique_key, ['low_clock']) }}) >> 48 as usmallint) as state_digest
    from ({{ sql }})
    where batch_number not in {{ applied_here() }};

    create or replace temp table recorded_late as
    select
        {{ key }}, batch_number, stamped_at, change_no,
        row_number() over (partition by {{ key }}, batch_number order by stamped_at, change_no) as late_rank
    from recorded_incoming
    where stamped_at < low_clock + interval 1 second;

    {% if is_first %}create table {{ target_relation }} as{% else %}insert into {{ target_relation }} by name{% endif %}
    select
        incoming.* exclude (low_clock),
        greatest(incoming.stamped_at, incoming.low_clock + to_microseconds(coalesce(late.late_rank, 0))) as valid_from,
        {{ open_end() }} as valid_to
    from recorded_incoming as incoming
    left join recorded_late as late using ({{ key }}, batch_number, stamped_at, change_no);

    create or replace temp table recorded_key as
    select {{ key }}, cast(sum(count(*)) over (order by {{ key }}) as bigint) // {{ rows_at_once() }} as part
    {%- if is_first %}
    from {{ target_relation }}
    semi join (
        select {{ key }} from {{ target_relation }} where not {{ is_of_first_load(target_relation) }} or is_deleted
    ) using ({{ key }})
    group by {{ key }}
    having count(*) > 1 or bool_or(is_deleted);
    {%- else %}
    from {{ target_relation ~ ' where ' ~ is_applied_now() if is_full_run() else 'recorded_incoming' }}
    group by {{ key }};
    {%- endif %}
{% endmacro %}


{#- Step 2: put the open rows of a part of those keys (what was open before, and what came) in order. A version equal to the one before
    it is no version; a tombstone of a key never seen says nothing.

    Rows stay where they are, and of a row that is no longer open its end alone is written: they lie anywhere in the table, and to fetch
    all columns of a few is to read nearly all of it. Which may be equal is told by two bytes of each; those few are compared whole. -#}
{% macro recorded_sequence(target_relation, unique_key, part) %}
    {%- set key = unique_key | join(', ') -%}
    {%- set is_new_tombstone = 'is_deleted and batch_number not in ' ~ applied_here() %}
    -- keys may be texts, and are looked for once
    create or replace temp table recorded_place as
    select rowid as place from {{ target_relation }}
    semi join (select {{ key }} from recorded_key where part = {{ part }}) using ({{ key }})
    where valid_to = {{ open_end() }};

    create or replace temp table recorded_open as
    select rowid as place, {{ key }}, valid_from, state_digest, {{ is_new_tombstone }} as is_new_tombstone
    from {{ target_relation }}
    where rowid in (select place from recorded_place);

    create or replace temp table recorded_doubt as
    select distinct {{ key }}
    from (
        select
            {{ key }},
            state_digest = lag(state_digest) over same_key as may_be_equal,
            is_new_tombstone and row_number() over same_key = 1 as is_of_nobody
        from recorded_open
        window same_key as (partition by {{ key }} order by valid_from)
    )
    where may_be_equal or is_of_nobody;

    create or replace temp table recorded_none as
    select place
    from (
        select
            o.place, o.is_new_tombstone, d.state,
            lag(d.state) over same_key as state_before,
            row_number() over same_key = 1 as is_earliest
        from recorded_open as o
        inner join (
            select rowid as place, row({{ recorded_state(unique_key) }}) as state from {{ target_relation }}
            where rowid in (select place from recorded_open semi join recorded_doubt using ({{ key }}))
        ) as d using (place)
        window same_key as (partition by {{ key }} order by o.valid_from)
    )
    where state is not distinct from state_before or (is_earliest and is_new_tombstone);

    create or replace temp table recorded_end as
    select place, lead(valid_from) over (partition by {{ key }} order by valid_from) as valid_to
    from recorded_open
    anti join recorded_none using (place);

    delete from {{ target_relation }} where rowid in (select place from recorded_none);

    update {{ target_relation }} as history set valid_to = ended.valid_to
    from recorded_end as ended
    where history.rowid = ended.place and ended.valid_to is not null;

    drop table recorded_end;
    drop table recorded_none;
    drop table recorded_doubt;
    drop table recorded_open;
    drop table recorded_place;
{% endmacro %}


{#- What a version says: all columns but the key, and what tells of its landing. -#}
{% macro recorded_state(unique_key, further=['valid_from', 'valid_to', 'state_digest']) -%}
    {%- set untracked = (['source_id', 'batch_number', 'created_on', 'created_by', 'modified_on', 'modified_by', 'entry_channel_code',
        'change_no', 'stamped_at'] + further + unique_key) | unique | list -%}
    *columns(* exclude ({{ untracked | join(', ') }}))
{%- endmacro %}
