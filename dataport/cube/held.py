"""held: a new snapshot held against the exact rules before it is served, by counting that the build has no part in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa

from dataport.attackers.exact import violations
from dataport.attackers.outside import few_outside
from dataport.attackers.register import Register
from dataport.cube.downloading import Months, downloaded, known_of
from dataport.cube.earlier import Earlier
from dataport.cube.reading import Read
from dataport.disclosure.protected.lattice import Lattice
from dataport.errors import BuildFailed


def require_rules(
    read: Read, earlier: Earlier, tables: Mapping[str, pa.Table], shape: Lattice, day: date, processes: int = 1
) -> None:
    """Hold what would be served against the people of every month that a value of it is of.

    Raises:
        BuildFailed: it breaks a rule; nothing is served then. No number of it is said, and no place.
    """
    bases = sorted(read.before)
    days = [*bases, day]
    served = {one: earlier.tables(one) for one in bases} | {day: tables}
    seen = downloaded([(one, served[one]) for one in days], read.codings, shape)
    known = known_of(Months(read.population, [read.before[one] for one in bases]), read.scopes, read.units)
    register = Register(seen, known)
    found = (
        *violations(register, newest_alone=True, processes=processes),
        *few_outside(register, processes=processes),
    )
    broken = sorted({one.rule for one in found})
    if broken:
        raise BuildFailed(
            f"The protected statistics of {day:%Y-%m} break the rules ({', '.join(broken)}) when they are counted "
            "anew, so they are not served, and those before stay. This is a defect of Dataport: tell whoever maintains "
            "it. Nobody was shown anything."
        )
