{{ config(severity='warn') }}
-- Dirt in the source: events that say that a person's state changed, though nothing reported about the person did. A second
-- need, or the last but one that is gone, is none: the person had one before and after.
select event_key
from {{ ref('fct_registration_event') }}
{{- only_checked(ref('fct_registration_event'), ['individual_key'], 'int_individual__touched') }}
where boundary_at is null and event_type_code not in ('verification', 'need_change')
