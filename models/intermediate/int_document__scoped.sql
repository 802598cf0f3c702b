{{ config(meta={'parts': {'by': 'individual_key', 'of': 'snap_registration__documents'}}) }}

-- the versions of a document, cut where the scope of its person changes and where it expires
{{ scoped(
    snapshot='snap_registration__documents',
    key='document_key',
    owner='fct_population',
    owner_key='individual_key',
    scope=scope_attributes(),
    columns={
        'individual_key': 'v.individual_key',
        'document_type_code': known('v.document_type_code'),
        'document_status_code': known('v.document_status_code'),
        'issue_date': 'v.issue_date',
        'expiry_date': 'v.expiry_date',
        'is_valid': is_valid_document('v', 'v.moment'),
    },
    touched='int_individual__touched',
    touched_key='individual_key',
    boundary=document_end('v'),
) }}
