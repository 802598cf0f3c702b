"""verdicts: for how long records have failed, and what of: the way from the records behind a number to their faults.

Only rows in the viewer's scope are read, also those of earlier days: since when something is wrong is told as far as it
was in sight.
"""

from __future__ import annotations

from collections.abc import Sequence

from dataport.access import ScopedQuestion
from dataport.engine.algebra import Filter, Order, Plan, Project
from dataport.engine.keys import Key, SortKey
from dataport.engine.scan import Scan
from dataport.engine.units import UNIT, unit_of
from dataport.errors import WrongRequest
from dataport.semantic.condition import Compare

SINCE, UNTIL = "since", "until"


def verdicts(scoped: ScopedQuestion, fails: str, sets: Sequence[str], keys: Sequence[int]) -> Plan:
    """The stretches in which some units fail, oldest first within each: unit, since, until, and the sets of faults.

    Args:
        fails: the column that is true in them.
        sets: the columns that hold the sets.
    """
    if not isinstance(scoped, ScopedQuestion):
        raise TypeError("only a ScopedQuestion can be planned")
    (name,) = scoped.question.facts
    fact = scoped.question.catalog.facts[name]
    if fact.validity is None:
        raise WrongRequest("What is wrong with a record is told of stocks alone: of what holds for a while.")
    unit = unit_of(scoped)
    rows = Scan.of(fact, scoped, (unit, fact.validity.start, fact.validity.end, fails, *sets))
    failing = Filter(rows, Compare(fails, "=", True), among=(unit, tuple(keys)))
    told = (Key(UNIT, unit), Key(SINCE, fact.validity.start), Key(UNTIL, fact.validity.end))
    named = Project(failing, (*told, *(Key(one, one) for one in sets)))
    return Plan(Order(named, (SortKey(UNIT), SortKey(SINCE))), ())
