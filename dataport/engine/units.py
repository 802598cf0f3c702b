"""units: which rows a question counts, by the key of their unit: the way from a number to the records behind it."""

from __future__ import annotations

from dataport.access import ScopedQuestion
from dataport.engine.algebra import Filter, Group, Order, Plan, Project
from dataport.engine.keys import Key, SortKey
from dataport.engine.leg import CountedLeaf, Leg, legs_of
from dataport.engine.reading import distinct
from dataport.errors import WrongRequest
from dataport.semantic.condition import ALWAYS, Compare, both
from dataport.semantic.formula import Simple
from dataport.semantic.question import Side

UNIT = "unit"
_OF_ROW = "unit of the row"


class _Units(Leg):
    """One scan that lists what it would have counted."""

    def __init__(
        self, scoped: ScopedQuestion, leaves: tuple[CountedLeaf, ...], side: Side, further: tuple[str, ...]
    ) -> None:
        self._further = further
        super().__init__(scoped, leaves, side, None, False)

    def _columns(self) -> tuple[str, ...]:
        return distinct((*super()._columns(), self._fact.unit, *self._further))

    def listed(self) -> Group:
        formula = self._leaves[0].formula
        where = self._reading.own(formula)
        if formula.attains and self._line.span:
            where = both(where, Compare(self._added.attained(formula.attains), "=", True))
        source = Filter(self._source(), where) if where != ALWAYS else self._source()
        keys = tuple(Key(name, self._added.column(name)) for name in self._roots)
        told = tuple((name, f"{name} of the row") for name in self._further)
        own = (Key(_OF_ROW, self._fact.unit), *(Key(of, name) for name, of in told))
        reached = self._reached(Project(source, (*keys, *own)))
        return Group(self._kept(reached), (Key(UNIT, _OF_ROW), *(Key(name, of) for name, of in told)), ())


def units(scoped: ScopedQuestion, further: tuple[str, ...] = (), *, in_order: bool = True) -> Plan:
    """The keys of the units that the question's one indicator counts.

    Args:
        further: columns of the fact that are told beside the key.
        in_order: whether in the order of the keys: for whoever puts them in another one, that is time lost.

    Raises:
        WrongRequest: it is not one count of rows on one date or over one period.
    """
    if not isinstance(scoped, ScopedQuestion):
        raise TypeError("only a ScopedQuestion can be planned")
    question = scoped.question
    formulas = [one.formula for one in question.indicators]
    counts = [one for one in formulas if isinstance(one, Simple) and one.measure.aggregate == "count"]
    is_one = len(formulas) == len(counts) == 1 and counts[0].kind != "average"
    if not is_one or question.timeline.grain or question.compared or question.by:
        raise WrongRequest(
            "Records are listed of one indicator that counts them, on one date or over one period: ask for one, "
            "without breakdowns, trend and comparison."
        )
    (side,) = question.sides
    (leaves,) = legs_of(scoped, side)
    listed = _Units(scoped, leaves, side, further).listed()
    return Plan(Order(listed, (SortKey(UNIT),)) if in_order else listed, ())


def unit_of(scoped: ScopedQuestion) -> str:
    """The column whose keys `units` lists."""
    (fact,) = scoped.question.facts
    return scoped.question.catalog.facts[fact].unit
