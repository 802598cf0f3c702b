-- today's number of active members of each group is the number of active persons in it
with counted as (
    select group_key, count(*) as active_member_count
    from {{ ref('fct_population') }}
    {{- only_checked(ref('fct_population'), ['group_key'], 'int_group__touched') }}
    where valid_to = {{ open_end() }} and process_status_code = 'A' and group_key is not null
    group by group_key
)

select g.group_key
from {{ ref('fct_group') }} as g
{{- only_checked(ref('fct_group'), ['group_key'], 'int_group__touched') }}
left join counted using (group_key)
where g.valid_to = {{ open_end() }} and g.active_member_count <> coalesce(counted.active_member_count, 0)
