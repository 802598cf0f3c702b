{{ first_seen('stg_registration__specific_needs', 'specific_need_id', 'specific_need_key') }}
