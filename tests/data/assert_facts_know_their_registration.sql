-- every row says the registration that the links say now: what is counted once would be counted twice by one that does not
{%- for fact in facts_of_persons() %}
{{ linked_otherwise(ref(fact)) }}
{{ 'union all' if not loop.last }}
{%- endfor %}
