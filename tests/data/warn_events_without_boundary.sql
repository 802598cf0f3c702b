{{ config(severity='warn') }}
-- dirt in the source: events that say that a person's state changed, though nothing reported about the person did
select event_key
from {{ ref('fct_registration_event') }}
{{- only_checked(ref('fct_registration_event'), ['individual_key'], 'int_individual__touched') }}
where boundary_at is null and event_type_code <> 'verification'
