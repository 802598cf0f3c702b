{#- Every version that a history recorded, for the people who may open records: a copy of the history without the versions that
    deletions left behind, which are no versions of the record. `owners`: ids of whom it belongs to, which are left out: their keys
    lead to their own records. The model says by `meta={'history': snapshot}` which one, and by `unique_key` how a record is told.

    In the order of the key by which a case is looked up: the rows of a case then lie in one place, and all others are passed by
    without being read. What refreshes add lies behind it, in order within each of them, until everything is made again. -#}
{% macro every_version(snapshot, key, owners=[], order_by=none) -%}
select * exclude ({{ (['batch_number', 'change_no', 'is_deleted', 'state_digest'] + owners) | join(', ') }})
from {{ ref(snapshot) }}
where not is_deleted
{%- if not is_full_run() %}
    and valid_from >= (select changed_since from {{ source('run', 'run_build') }})
{%- endif %}
order by {{ order_by or key }}, valid_from
{%- endmacro %}


{#- How a refresh adds to it: the versions that are new, and of those that are not, their ends. A version is of a record from a moment on,
    and never changes but for its end; so all others stay as they are, in the table and in the log of the version. Rows are looked for
    by the key, or by a whole number that goes with it (`found_by`), and fetched by their place. What is looked for is a table before
    it is looked for: only then does the engine know it while it reads. -#}
{% macro get_incremental_new_versions_sql(arg_dict) -%}
    {%- set target, new, key = arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'] | join(', ') -%}
    {%- set names = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- set meta = config.get('meta') -%}
    {%- set found_by = meta.get('found_by', key) -%}
    {%- set since = "(select changed_since from " ~ source('run', 'run_build') ~ ")" -%}
    create or replace temp table version_again as
    select t.rowid as place from {{ target }} as t semi join {{ new }} using ({{ key }}, valid_from) where t.valid_from >= {{ since }};

    create or replace temp table version_ended as
    select {{ ([found_by] + arg_dict['unique_key']) | unique | join(', ') }}, valid_from, valid_to
    from {{ ref(meta['history']) }}
    where not is_deleted and valid_to >= {{ since }} and valid_to < {{ open_end() }};

    create or replace temp table version_place as
    select rowid as place from {{ target }} semi join version_ended using ({{ found_by }}) where valid_to = {{ open_end() }};

    create or replace temp table version_end as
    select there.place, ended.valid_to
    from (select rowid as place, {{ key }}, valid_from from {{ target }} where rowid in (select place from version_place)) as there
    inner join version_ended as ended using ({{ key }}, valid_from);

    update {{ target }} as version set valid_to = ended.valid_to from version_end as ended where version.rowid = ended.place;

    -- there already if a store's batch was made with that of another, which reached further
    delete from {{ target }} where rowid in (select place from version_again);

    insert into {{ target }} ({{ names }}) select {{ names }} from {{ new }};

    drop table version_end;
    drop table version_place;
    drop table version_ended;
    drop table version_again
{%- endmacro %}
