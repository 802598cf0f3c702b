{#- Every version that a history recorded, for the people who may open records: a copy of the history without the versions that
    deletions left behind, which are no versions of the record. A refresh makes all rows of a key again if one of them is new or
    was closed. `owners`: ids of whom it belongs to, which are left out: their keys lead to their own records.

    In the order of the key by which a case is looked up: the rows of a case then lie in one place, and all others are passed by
    without being read. What refreshes add lies behind it, in order within each of them, until everything is made again. -#}
{% macro every_version(snapshot, key, owners=[], order_by=none) -%}
select * exclude ({{ (['batch_number', 'change_no', 'is_deleted'] + owners) | join(', ') }})
from {{ ref(snapshot) }}
{%- if not is_full_run() %}
semi join (select {{ key }} from {{ ref(snapshot) }} where {{ changed_since() }}) using ({{ key }})
{%- endif %}
where not is_deleted
order by {{ order_by or key }}, valid_from
{%- endmacro %}
