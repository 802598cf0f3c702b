{{ first_seen('stg_registration__documents', 'document_id', 'document_key') }}
