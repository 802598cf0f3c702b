{{ named(
    'map_individual', 'individual_id', 'individual_key',
    ['individuals', 'memberships', 'specific_needs', 'events', 'addresses', 'documents', 'assistance'],
) }}
