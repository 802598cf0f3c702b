"""Change over time: a number that moves although few people did tells of these few."""

from __future__ import annotations

import numpy as np

from dataport.attackers.counting import rows_at, said_at
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured


def changes(register: Register) -> Measured:
    """How many numbers moved from one month to the next while only a few persons came or went."""
    seen = register.seen
    found = tried = 0
    for month in range(1, len(seen.months)):
        for table in seen.months[month]:
            before = next((one for one in seen.months[month - 1] if one.name == table.name), None)
            if before is None:
                continue
            places, said = rows_at(before, table.keys), said_at(before, table.keys)
            rows = np.flatnonzero(~np.isnan(said) & table.is_published & (said != table.persons))
            both = table.is_published & ~np.isnan(said)
            persons, groups = register.moved(register.parts([table]), table.keys[rows], month - 1, month)
            few = (persons < seen.fewest_persons) | (groups < seen.fewest_groups)
            tried += int(both.sum())
            # a number that was held back until enough had moved is of two months that lie further apart
            is_next = (table.since[rows] == month) & (before.since[places[rows]] == month - 1)
            found += int(np.count_nonzero(few & is_next))
    return Measured(found, None, tried, "numbers that moved from one month to the next with a few persons or groups")
