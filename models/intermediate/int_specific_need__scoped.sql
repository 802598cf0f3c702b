{{ config(meta={'parts': {'by': 'individual_key', 'of': 'snap_registration__specific_needs'}}) }}

-- the versions of a need, cut where the scope of its person changes
{{ scoped(
    snapshot='snap_registration__specific_needs',
    key='specific_need_key',
    owner='fct_population',
    owner_key='individual_key',
    scope=scope_attributes(),
    columns={
        'individual_key': 'v.individual_key',
        'need_category_code': known('v.need_category_code'),
        'need_code': known('v.need_code'),
        'need_status_code': known('v.need_status_code'),
        'identified_date': 'v.identified_date',
        'resolved_date': 'v.resolved_date',
    },
    touched='int_individual__touched',
    touched_key='individual_key',
) }}
