"""What each column of an answer is counted from, and where that is outside history. It is worked out here alone.

A cell is outside history for one of two reasons. Nobody knows its period: it lies before history begins, or after the
data end. Or a store whose rows it can hold does not reach its dates, although others do. In both the number that could
be counted is smaller than what there was, and none is shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from dataport.semantic.formula import Change
from dataport.semantic.horizons import Sources
from dataport.semantic.model import Indicator, Leaf
from dataport.semantic.movement import END, START
from dataport.semantic.names import BEFORE, CHANGE
from dataport.semantic.question import EARLIER, Question, Side, suffix_of
from dataport.semantic.timeline import Period, Timeline


@dataclass(frozen=True, slots=True)
class Basis:
    """Leaves that are counted, each on all of some dates."""

    leaves: tuple[Leaf, ...]
    sides: tuple[Side, ...]

    def known(self, question: Question) -> tuple[date | None, ...]:
        """Of the periods asked about, by their first days, those in which all of it is known; without periods, None."""
        asked: tuple[date | None, ...] = tuple(one.first for one in question.timeline.periods) or (None,)
        found = [frozenset(self._known(leaf, side, question)) for leaf in self.leaves for side in self.sides]
        return tuple(one for one in asked if all(one in known for known in found))

    def unreached(self, question: Question, period: date | None) -> Sources:
        """The stores that do not reach what is counted in a period, or without any."""
        horizons, found = question.horizons, Sources()
        if horizons is None:
            return found
        for leaf in self.leaves:
            for side in self.sides:
                line = question.line_of(leaf.formula, side.line)
                own = next((mine for mine, asked in _pairs(line, question) if asked == period), None)
                found |= horizons.unreached(line, own, leaf.formula)
        return found

    @staticmethod
    def _known(leaf: Leaf, side: Side, question: Question) -> Iterator[date | None]:
        line, over_days = question.line_of(leaf.formula, side.line), leaf.formula.is_over_days
        if not line.grain:
            yield from () if over_days and line.span is None else (None,)
        for own, asked in _pairs(line, question):
            if own.flows_known if over_days else own.closes_at:
                yield asked


def basis_of(indicator: Indicator, suffix: str, question: Question) -> Basis:
    """Of a column: an indicator, or with a suffix its number before, or the change."""
    sides = {side.suffix: side for side in question.sides}
    if isinstance(indicator.formula, Change):
        behind: tuple[str, ...] = "", suffix_of(indicator.formula.since)
    else:
        behind = {"": ("",), BEFORE: (EARLIER,), CHANGE: ("", EARLIER)}[suffix]
    return Basis(tuple(question.catalog.leaves(indicator)), tuple(sides[one] for one in behind))


def basis_of_change(column: str, question: Question) -> Basis:
    """Of a column of a change that is taken apart: one of both numbers, or what led from the one to the other."""
    now, before = (next(side for side in question.sides if side.suffix == suffix) for suffix in ("", EARLIER))
    return Basis(question.leaves, {START: (before,), END: (now,)}.get(column, (before, now)))


def _pairs(line: Timeline, question: Question) -> Iterator[tuple[Period, date]]:
    """Each period of some dates, with the first day of the one asked about that it belongs to."""
    pairs = zip(line.periods, question.timeline.periods, strict=True) if line.grain else ()
    return ((own, asked.first) for own, asked in pairs)
