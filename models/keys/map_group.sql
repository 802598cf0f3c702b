{{ first_seen(
    'stg_registration__groups', 'group_id', 'group_key',
    mentions=['stg_registration__memberships', 'stg_registration__events', 'stg_registration__assistance']
) }}
