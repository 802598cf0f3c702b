-- every person and every group with a version is found by its id and by its number
{% for model, key, touched, fields in [
    ('dim_individual', 'individual_key', 'int_individual__touched', ['individual_id', 'individual_no']),
    ('dim_group', 'group_key', 'int_group__touched', ['group_id', 'group_no']),
] %}
{%- for field in fields %}
select distinct {{ key }} as lost_key
from {{ ref(model) }}
{{ only_touched(touched, key) }}
anti join (
    select {{ key }} from {{ ref('bridge_case_id') }} {{ only_touched(touched, key) }} where field = '{{ field }}'
) using ({{ key }})
where {{ field }} <> ''
{{ 'union all' if not loop.last }}
{%- endfor %}
{{ 'union all' if not loop.last }}
{%- endfor %}
