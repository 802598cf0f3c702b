{{ first_seen('stg_registration__events', 'event_id', 'event_key') }}
