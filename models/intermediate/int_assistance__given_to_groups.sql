-- the versions of what was given to a whole group, cut where the scope of that group changes
{{ scoped(
    snapshot='snap_registration__assistance',
    key='assistance_key',
    owner='fct_group',
    owner_key='group_key',
    scope=group_scope_attributes(),
    columns=assistance_columns(),
    touched='int_assistance__touched',
    touched_key='assistance_key',
    where='individual_key is null',
) }}
