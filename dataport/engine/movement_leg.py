"""The leg of a stock's movements between two days. Its cost grows with the boundaries between them, not the stock."""

from __future__ import annotations

from datetime import datetime

from dataport.access import Everything, RowPredicate, ScopedQuestion
from dataport.access.predicate import columns_of
from dataport.engine.algebra import (
    BEFORE_IT,
    Crossed,
    Crossing,
    Moved,
    Node,
    Side,
    StayedWhilePlacesMoved,
    UnionAll,
)
from dataport.engine.keys import Key
from dataport.engine.leg import Leg
from dataport.engine.reading import Reading, distinct
from dataport.engine.registrations import rows_of
from dataport.errors import WrongRequest
from dataport.semantic.movement import REORGANISED


def is_limited(scope: RowPredicate) -> bool:
    """Whether a scope may keep a row from the viewer."""
    return not isinstance(scope, Everything)


class MovementLeg:
    """What moved the one stock of a question from its earlier day to its later one."""

    def __init__(self, scoped: ScopedQuestion, later: Leg) -> None:
        """`later` is the leg that counts the stock on the later day."""
        question = scoped.question
        (leaf,) = question.leaves
        assert question.compared
        self._scoped, self._question, self._later = scoped, question, later
        self._fact = question.catalog.facts[leaf.measure.fact]
        self._scope = scoped.scopes[self._fact.name]
        self._now, self._before = question.timeline, question.compared
        self._reading = Reading(scoped, self._fact, [leaf.formula], self._now)
        if self._reading.added.is_any:
            raise WrongRequest(
                "This change cannot be taken apart: a number of members is counted within your rows on a day, and "
                "changes without a boundary in the history of the group."
            )
        # the columns that decide in which cell a row counts and whether it is in scope, and the bits of their changes
        assert self._fact.scope
        self._held = distinct([*self._reading.columns(), self._fact.scope, *columns_of(self._scope)])
        self._bits = self._fact.boundaries.bits(self._held) if self._fact.boundaries else None
        self._movements = question.catalog.movements
        self._edges = tuple(one.cause for one in self._movements if one.edge)

    def node(self) -> Node:
        """One row per cell that somebody came to or left, direction and cause."""
        then, now = self._question.places_at(self._before), self._question.places_at(self._now)
        crossed = self._placed(self._crossed(), then, then)
        if then != now and self._reading.has_changing_places:
            # boundaries are counted by the places of the earlier day; then the places move, with everybody in them
            counted = StayedWhilePlacesMoved(
                self._later.grouped(), self._reading.roots, self._later.measures[0], REORGANISED
            )
            standing = self._placed(counted, now, then)
            crossed = UnionAll((crossed, standing), "who crossed a boundary; who stood where a place came elsewhere")
        keys = tuple(level.name for level in self._question.by)
        return Moved(crossed, keys, self._reading.residual)

    def _placed(self, node: Node, after: datetime, before: datetime) -> Node:
        return self._reading.reached(self._reading.reached(node, after), before, BEFORE_IT)

    def _crossed(self) -> Node:
        fact, reading = self._fact, self._reading
        assert fact.validity
        why = fact.boundaries
        counted = reading.added.bound(reading.direct)
        began = self._side(fact.validity.start, why.starts if why else None, why.start_changes if why else "")
        ended = self._side(fact.validity.end, why.ends if why else None, why.end_changes if why else "")
        return Crossed(
            began, ended, fact.unit, self._keys(), counted, self._edges, is_limited(self._scope), self._explains()
        )

    def _side(self, at: str, cause: str | None, changes: str) -> Side:
        changes = changes if self._bits is not None else ""
        holding = self._fact.validity if self._fact.held else None
        ends = [holding.start, holding.end] if holding else [at]
        columns = distinct([*self._held, self._fact.unit, *ends, *(name for name in (cause, changes) if name)])
        scan = rows_of(self._scoped, self._fact, columns, is_crossed=True)
        since, until = self._before.closes_at, self._now.closes_at
        return Side(Crossing(scan, at, since, until, changes, self._bits or 0, holding), cause)

    def _explains(self) -> tuple[tuple[str, int, int], ...]:
        """For each cause, the bits of the question's columns that it can have changed, and those of its breakdowns.

        A cause that can have changed all of them is left out. The scope is not among these columns: who crossed its
        edge is told apart, and nobody else came to another cell by it.
        """
        why = self._fact.boundaries
        if why is None or self._bits is None:
            return ()
        by = [self._question.catalog.path(level)[0].name for level in self._question.by]
        columns = self._reading.columns(), [self._reading.added.column(name) for name in by]
        asked, keys = (why.known_bits(names) for names in columns)
        explained = (
            (one.cause, why.known_bits(one.explains) & asked, why.known_bits(one.explains) & keys)
            for one in self._movements
            if one.explains is not None
        )
        return tuple((cause, all_, own) for cause, all_, own in explained if (all_, own) != (asked, keys))

    def _keys(self) -> tuple[Key, ...]:
        return tuple(map(self._reading.added.key, self._reading.roots))
