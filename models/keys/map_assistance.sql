{{ first_seen('stg_registration__assistance', 'assistance_id', 'assistance_key') }}
