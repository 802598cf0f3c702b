{{ first_seen(
    'stg_registration__individuals', 'individual_id', 'individual_key',
    mentions=[
        'stg_registration__memberships', 'stg_registration__specific_needs', 'stg_registration__events',
        'stg_registration__addresses', 'stg_registration__documents', 'stg_registration__assistance',
    ]
) }}
