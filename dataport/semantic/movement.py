"""Movements: why a stock is not what it was. Rows begin and end for a cause, which adds to a cell or takes from one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dataport.semantic.arithmetic import Arithmetic

START, END = "start", "end"
NUMERATOR, DENOMINATOR, MIX = "numerator", "denominator", "mix"
# The other side of the boundary is not in the viewer's scope: its cause is not told.
ENTERED, LEFT = "entered_scope", "left_scope"
# Places came under others: nobody moved.
REORGANISED = "reorganised"
# Something else changed, and no cause that may be told says why.
OTHERWISE = "updated"

Edge: TypeAlias = Literal["beginning", "ending"]
EDGES: tuple[Edge, ...] = ("beginning", "ending")


@dataclass(frozen=True, slots=True)
class Movement:
    """What boundaries of one cause are called where they add to a cell, and where they take from one.

    Attributes:
        edge: set where nothing goes before such a boundary (a birth), or nothing follows it (a deletion).
        explains: the columns whose change it can be the cause of; None for any. A boundary has one cause, and more may
            have changed there: what its cause does not explain is `OTHERWISE`.
    """

    cause: str
    adds: str
    takes: str
    edge: Edge | None = None
    explains: tuple[str, ...] | None = None


# For facts whose boundaries have no cause.
WITHOUT_CAUSE = (
    Movement("began", "began", "", "beginning"),
    Movement("changed", "changed_in", "changed_out"),
    Movement("ended", "", "ended", "ending"),
    Movement("reorganised", "reorganised_in", "reorganised_out"),
)
_LIMITED = {"began": "began_or_entered_scope", "ended": "ended_or_left_scope"}
UNEXPLAINED = ("unexplained_in", "unexplained_out")
# What no level and no movement may be called: they are columns of a change already.
RESERVED = frozenset(
    {START, END, NUMERATOR, DENOMINATOR, MIX, ENTERED, LEFT, *UNEXPLAINED, *_LIMITED.values()}
    | {name for one in WITHOUT_CAUSE for name in (one.adds, one.takes) if name}
)


@dataclass(frozen=True, slots=True)
class Boundaries:
    """Why the rows of an interval fact begin and end.

    Attributes:
        starts, ends: the columns of the causes.
        level: the level whose members causes are, on another fact: who may not ask by it is told no causes.
        start_changes, end_changes: columns whose bit n says that the nth of `attributes` differs across the boundary;
            all bits where there is nothing on the other side. Empty where they are not kept.
    """

    starts: str
    ends: str
    level: str | None = None
    start_changes: str = ""
    end_changes: str = ""
    attributes: tuple[str, ...] = ()

    def bits(self, columns: tuple[str, ...]) -> int | None:
        """The bits of the columns; None where some change of one of them is not kept."""
        if not set(columns) <= set(self.attributes):
            return None
        return self.known_bits(columns)

    def known_bits(self, columns: Iterable[str]) -> int:
        """The bits of those columns whose changes are kept."""
        return sum(1 << self.attributes.index(name) for name in set(columns) & set(self.attributes))


@dataclass(frozen=True, slots=True)
class Move:
    """One column of an answer: what boundaries of a cause added, or took away; of no known cause where it is None."""

    name: str
    adds: bool
    cause: str | None


@dataclass(frozen=True, slots=True)
class ByMovements:
    """A stock's change as gross movements between its cells and the world, which add up to it in each of them."""


@dataclass(frozen=True, slots=True)
class ByParts:
    """A quotient's change by how far its two sides changed, each a sum of stocks."""

    numerator: Arithmetic
    denominator: Arithmetic


Decomposition: TypeAlias = ByMovements | ByParts


def moves_of(boundaries: Boundaries | None, movements: tuple[Movement, ...], *, is_limited: bool) -> tuple[Move, ...]:
    """The columns that a stock's change may have, those that add first.

    Args:
        is_limited: whether the viewer's rows are limited, so that what is beyond them is told apart from nothing.
    """
    listed = movements if boundaries else WITHOUT_CAUSE
    adds = [Move(one.adds, True, one.cause) for one in listed if one.edge != "ending"]
    takes = [Move(one.takes, False, one.cause) for one in listed if one.edge != "beginning"]
    if boundaries is None:
        names = _LIMITED if is_limited else {}
        return tuple(Move(names.get(one.name, one.name), one.adds, one.cause) for one in (*adds, *takes))
    if is_limited:
        adds.append(Move(ENTERED, True, ENTERED))
        takes.append(Move(LEFT, False, LEFT))
    return (*adds, Move(UNEXPLAINED[0], True, None), *takes, Move(UNEXPLAINED[1], False, None))
