{{ named('map_group', 'group_id', 'group_key', ['groups', 'memberships', 'events', 'assistance']) }}
