-- every row says the registration that the links say now: what is counted once would be counted twice by one that does not
{%- for fact in facts_of_persons() %}
{{ linked_otherwise(ref(fact)) }}
union all
-- whoever has no rank is a registration of their own
select individual_key from {{ ref(fact) }} where registration_rank is null and registration_key is distinct from individual_key
{{ 'union all' if not loop.last }}
{%- endfor %}
