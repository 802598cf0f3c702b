"""again: what last month printed and may not be told anew is printed again as it was, with its day.

It is in the hands of whoever kept the file, and the rules have taken it for told (`cube/together.py`): to withhold it
would hide nobody, and whoever reads this month alone would miss it.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dataport.cube.earlier import Earlier
from dataport.cube.population import Flags
from dataport.cube.ruled import Ruled
from dataport.cube.statuses import Statuses
from dataport.cube.thinning import thin_out


def printed_again(statuses: Statuses, ruled: Ruled, earlier: Earlier) -> Statuses:
    """What is published with that; which of it is as it was is noted in `earlier`.

    Of a secret, in each country only so much is printed again as may be printed at all.
    """
    again: dict[str, dict[str, Flags]] = {}
    for (attribute, name), past in ruled.past.items():
        told = statuses.splits[attribute] if attribute else statuses.rows
        again.setdefault(attribute, {})[name] = past.printed & ~told[name]
    secrets = {one.name for one in ruled.today.lattice.sensitive if one.is_secret}
    for attribute in secrets & again.keys():
        thin_out(ruled.cells, again[attribute], ruled.today.codings, beside=statuses.splits[attribute])
    for attribute, tables in again.items():
        for name, flags in tables.items():
            earlier.keep(ruled.cells[name].table, attribute, ruled.past[attribute, name].kept | flags)
    splits = {attribute: _with(tables, again.get(attribute, {})) for attribute, tables in statuses.splits.items()}
    return Statuses(_with(statuses.rows, again.get("", {})), splits, statuses.rounds)


def _with(told: Mapping[str, Flags], again: Mapping[str, Flags]) -> dict[str, Flags]:
    return {name: flags | again.get(name, np.zeros_like(flags)) for name, flags in told.items()}
