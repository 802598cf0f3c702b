"""emptiness: why an answer holds nothing, asked of the viewer's own scope and only where it holds nothing.

"0" may be a finding, a misspelt filter or a date before anybody came, and the reader must not have to guess which. The
question is asked again with parts left out, over the same rows in scope, so that nothing is told of what its viewer may
not see.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from dataport.access import ScopedQuestion
from dataport.semantic.condition import ALWAYS, Condition, both, conjuncts, in_words, levels_of
from dataport.semantic.formula import Measure, Simple
from dataport.semantic.members import as_written
from dataport.semantic.model import Leaf
from dataport.semantic.numbers import DOUBLE, WHOLE
from dataport.semantic.period import DateRange
from dataport.semantic.resolve import goes_with
from dataport.semantic.timeline import PERIOD, Horizon, Timeline
from dataport.tables import RawTable

Run: TypeAlias = Callable[[ScopedQuestion], RawTable]
# What is counted, by which filters, on which days.
_Probe: TypeAlias = tuple[Simple, Condition, Timeline]


def holds_nothing(rows: RawTable, scoped: ScopedQuestion) -> bool:
    """Whether every number of an answer, shown or hidden behind one, is 0 or null."""
    keys = {*scoped.question.keys, PERIOD}
    columns = (rows.data.column(name) for name in rows.data.column_names if name not in keys)
    # a flag (such as that of the others together) says which row it is, and is no number
    numbers = (column for column in columns if not pa.types.is_boolean(column.type))
    return not any(map(_holds, numbers))


def _holds(column: pa.ChunkedArray) -> bool:
    """Whether a column has a number other than 0."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        return bool(pc.any(pc.not_equal(column, 0)).as_py())
    return any(value.as_py() for value in column)


def why_empty(rows: RawTable, scoped: ScopedQuestion, horizon: Horizon, run: Run) -> tuple[str, ...]:
    """Why an answer holds nothing, in words; nothing for one that holds something.

    Args:
        horizon: all days that are known.
        run: answers a question that has passed the guard.
    """
    if not holds_nothing(rows, scoped):
        return ()
    question = scoped.question
    if question.having != ALWAYS and not holds_nothing(run(scoped.with_all_rows()), scoped):
        return (f"nothing is shown: no row meets {in_words(question.having)}",)
    notes: dict[str, None] = {}
    known: dict[_Probe, bool] = {}
    for leaf in question.leaves:
        notes |= dict.fromkeys(_Probes(scoped, leaf, horizon, run, known).reasons())
    return tuple(notes)


class _Probes:
    """Questions for the rows that one simple indicator would count, with parts of its conditions left out."""

    def __init__(
        self, scoped: ScopedQuestion, leaf: Leaf, horizon: Horizon, run: Run, known: dict[_Probe, bool]
    ) -> None:
        self._scoped, self._leaf, self._horizon, self._run, self._known = scoped, leaf, horizon, run, known
        self._question, self._formula = scoped.question, replace(leaf.formula, attains=None)
        self._fact = self._question.catalog.facts[self._formula.measure.fact]
        self._line = self._question.line_of(self._formula, self._question.timeline)

    def reasons(self) -> list[str]:
        """Why nothing is left: the first reason in this order, or one for each filter that finds nothing by itself."""
        own, filters = self._formula.measure.where, conjuncts(self._question.where)
        when = self._when()
        if when is None:
            return [f"{self._leaf.label.lower()}: no day asked about is known in full"]
        if not self._finds(ALWAYS, ALWAYS):
            return [f"nothing is in scope {when}: {self._fact.label.lower()}"]
        if alone := [part for part in filters if not self._finds(part, ALWAYS)]:
            return [f"nothing in scope meets {self._said(part)} {when}{self._ever(part)}" for part in alone]
        if not self._finds(self._question.where, ALWAYS):
            return [f"each filter finds something {when}, and nothing in scope passes all of them"]
        if not self._finds(ALWAYS, own):
            return [f"{self._leaf.label.lower()}: nothing in scope meets {self._said(own)} {when}"]
        if not self._finds(self._question.where, own):
            return [f"{self._leaf.label.lower()}: of what passes the filters, nothing meets {self._said(own)} {when}"]
        return [f"{self._leaf.label.lower()}: rows are counted, and what is summed is 0 or not known"]

    def _said(self, condition: Condition) -> str:
        return in_words(as_written(condition, self._question.catalog))

    def _when(self) -> str | None:
        """The days on which rows are looked for; None where none of them is known."""
        if self._line.grain:
            known = [one for one in self._line.periods if (one.flows_known if self._over_days else one.closes_at)]
            return f"in the {self._line.grain}s asked about" if known else None
        if not self._over_days:
            return f"{'up to' if self._formula.kind == 'cumulative' else 'on'} {self._line.as_of}"
        return f"from {self._line.span.first} to {self._line.span.last}" if self._line.span else None

    @property
    def _over_days(self) -> bool:
        return self._formula.is_over_days

    def _ever(self, part: Condition) -> str:
        """The end of a sentence: whether a filter finds something on other days; empty where that is not counted."""
        horizon, formula = self._horizon, self._formula
        if formula.kind == "cumulative":
            return ""
        over_days = replace(formula, kind="flow" if formula.kind == "flow" else "average", matures=0)
        leaf, catalog = replace(self._leaf, formula=over_days, levels=None), self._question.catalog
        if any(not goes_with(catalog, leaf, catalog.levels[name]) for name in levels_of(part)):
            return ""
        span = DateRange(min(horizon.first_whole_day, horizon.last_day), horizon.last_day)
        line = Timeline(horizon.last_day, horizon.watermark, span)
        found = self._counted(over_days, part, ALWAYS, line)
        return "; on other days there is" if found else ", nor on any other day"

    def _finds(self, where: Condition, own: Condition) -> bool:
        return self._counted(self._formula, where, own, self._question.timeline)

    def _counted(self, formula: Simple, where: Condition, own: Condition, line: Timeline) -> bool:
        counted = replace(formula, measure=Measure(formula.measure.fact, where=own))
        asked = (counted, both(where), line)
        if asked not in self._known:
            # an average over many days may be near 0, and must not be rounded to it
            number = DOUBLE if formula.kind == "average" else WHOLE
            probe = self._scoped.counting(replace(self._leaf, formula=counted, number=number), *asked[1:])
            self._known[asked] = not holds_nothing(self._run(probe), probe)
        return self._known[asked]
