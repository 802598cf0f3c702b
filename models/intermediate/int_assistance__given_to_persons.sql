-- the versions of what was given to a person, cut where the scope of that person changes
{{ scoped(
    snapshot='snap_registration__assistance',
    key='assistance_key',
    owner='fct_population',
    owner_key='individual_key',
    scope=scope_attributes(),
    columns=assistance_columns(),
    touched='int_assistance__touched',
    touched_key='assistance_key',
    where='individual_key is not null or is_deleted',
) }}
