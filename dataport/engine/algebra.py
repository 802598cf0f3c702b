"""The plan of a question: a small relational algebra in which every node knows its key.

A join that multiplies what is counted cannot be written: a `Lookup` leads from a key to the one row that a dimension
has for it, no other added column finds more than one row either, and after a `Link` from groups to their members it is
the members that are counted. What can be added up is counted on its own fact before a level is looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from dataport.engine.aggregate import Aggregate
from dataport.engine.columns import Column
from dataport.engine.keys import Key, PeriodKey, SortKey
from dataport.engine.scan import OneRecord, RecordSpans, Scan
from dataport.engine.times import Time
from dataport.semantic.condition import Condition
from dataport.semantic.model import Bands, Dimension, Grain, Validity
from dataport.semantic.names import hidden

# What follows the name of a key where its value is the one before a boundary.
BEFORE_IT = hidden("", "before")
# The columns that movements have besides their keys.
ADDED, CAUSE, MANY = (hidden("moved", what) for what in ("added", "cause", "many"))


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows of the source for which the time and the condition hold; the condition names columns of the source.

    Attributes:
        among: the column of a key, and the keys that it may have. They are looked for as one list however few they
            are: few rows of many are found by it in a quarter of the time.
    """

    source: Node
    condition: Condition
    time: Time | None = None
    among: tuple[str, tuple[int, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Members joined to the group they are in, for as long as both hold: one row per member and stretch of time.

    The owner's key is unique at any instant, so at any instant a member finds one owner at most.
    """

    owners: Node
    members: Node
    key: str
    validity: Validity
    members_validity: Validity
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Whether a row has at least one of the members, by a key that both have. Keeps the rows of the source.

    With ``is_required`` it keeps only the rows that have one, so that the filter is already applied.
    """

    source: Node
    name: str
    key: str
    members: Node
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of the members a row has, by a key that both have. Keeps the rows of the source."""

    source: Node
    name: str
    key: str
    members: Node


@dataclass(frozen=True, slots=True)
class Attained:
    """Whether a row comes to one of the members within some days of its date. Keeps the rows of the source.

    ``unit`` tells one row of the source from another. A member counts where its interval from ``begins`` to ``ends``
    touches those days; without ``ends``, where its date ``begins`` lies on one of them.
    """

    source: Node
    name: str
    unit: str
    key: str
    at: str
    days: int
    members: Node
    begins: str
    ends: str | None


@dataclass(frozen=True, slots=True)
class Aged:
    """Completed years from a date to the day asked; unknown where the date is unknown or still to come."""

    source: Node
    name: str
    column: str
    day: date


@dataclass(frozen=True, slots=True)
class Overlap:
    """On how many of ``days`` days from ``first`` a row was valid as the day ended; the last ends at ``last``."""

    source: Node
    name: str
    validity: Validity
    first: date
    days: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Banded:
    """Whole numbers put into bands. Keeps the rows and key of the source; what is below the first band is unknown."""

    source: Node
    name: str
    base: str
    bands: Bands


@dataclass(frozen=True, slots=True)
class TopAndOthers:
    """A key whose ranked members stay, and whose others are put together as one. Keeps the rows of the source.

    ``flag`` is true for the others, because a member of the data may have the very name that they get together.
    """

    source: Node
    name: str
    flag: str
    key: str
    ranked: Node


@dataclass(frozen=True, slots=True)
class Project:
    """Columns of the source under other names, and no others."""

    source: Node
    columns: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """One row per combination of the keys. Key: the names of the keys (and ``period``)."""

    source: Node
    keys: tuple[Key, ...]
    aggregates: tuple[Aggregate, ...]
    period: PeriodKey | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """Counts as changes: +1 in the first period that sees a row, -1 in the first that no longer does.

    A stock at the end of any period is the sum of the steps up to it, so that a trend over many periods costs one scan.
    """

    source: Node
    keys: tuple[Key, ...]
    aggregates: tuple[Aggregate, ...]
    validity: Validity
    grain: Grain
    first_period: date
    last_instant: datetime


@dataclass(frozen=True, slots=True)
class UnionAll:
    """All rows of all parts, which have the same columns; `said` is which parts, for people."""

    parts: tuple[Node, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Dated:
    """The same count made at each of several dates, for what cannot be counted as `Steps`. Adds ``period``."""

    parts: tuple[tuple[date, Node], ...]


@dataclass(frozen=True, slots=True)
class Shifted:
    """Rows of earlier periods, each under the later period that it is compared with."""

    source: Node
    count: int
    unit: Literal["month", "day"]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A level of the one row that a dimension has for a key; unknown without one. Keeps rows and key of the source."""

    source: Node
    name: str
    base: str
    dimension: Dimension
    column: str
    instant: datetime


@dataclass(frozen=True, slots=True)
class Align:
    """Legs on several facts side by side, by equal keys, where unknown equals unknown.

    With `periods`, every combination of keys has a row for each of them.
    """

    legs: tuple[Node, ...]
    keys: tuple[str, ...]
    measures: tuple[str, ...]
    periods: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Running sums over the periods, for the measures that are steps."""

    source: Node
    keys: tuple[str, ...]
    running: tuple[str, ...]
    plain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """Rows of the source whose boundary lies at an instant ``since <= t < until``, on one side of it.

    ``changes`` is the column that says which attributes differ across the boundary, empty where the fact has none: a
    boundary at which none of ``bits`` differs is left out, on both sides alike. ``holding`` is set where a row may end
    at the instant at which it begins: such a row has held at no instant, and has no boundary.
    """

    source: Node
    at: str
    since: datetime
    until: datetime
    changes: str
    bits: int
    holding: Validity | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """The rows on one side of boundaries, and the column of the cause (None where there is none)."""

    rows: Crossing
    cause: str | None


@dataclass(frozen=True, slots=True)
class Crossed:
    """How many crossed a boundary between which cells, and why: its two sides are joined by unit and instant.

    A row has the keys after the boundary, those before it (with `BEFORE_IT`), whether each side is counted, the cause
    and the number. ``explains`` has, for a cause, the bits of the question's columns that it can have changed, and
    those of the keys alone, which decide where both sides are counted. Where none of these bits changed, the cause is
    not told. ``edges`` are the causes that have nothing on the other side, such as a birth. Where a limited viewer has
    no row on the other side and the cause is another one, that side is out of their scope: this is told instead of the
    cause.
    """

    began: Side
    ended: Side
    unit: str
    keys: tuple[Key, ...]
    counted: Condition
    edges: tuple[str, ...]
    is_limited: bool
    explains: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True)
class StayedWhilePlacesMoved:
    """What is counted on the later day, as crossings with the same keys on both sides.

    The places of the keys are then looked up as of each day, which tells who moved because a place came under another.
    """

    source: Node
    keys: tuple[str, ...]
    measure: str
    why: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What boundaries of each cause added to a cell or took from it; who stays counted in the same cell did not move.

    One row per cell, direction (`ADDED`) and cause (`CAUSE`), with the number (`MANY`), below 0 for what was taken.
    """

    source: Node
    keys: tuple[str, ...]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Stacked:
    """A number on two days and what moved it, one below the other: rows as `Moved` has them.

    The number itself has ``start`` or ``end`` for its cause.
    """

    before: Node
    now: Node
    measures: tuple[str, str]
    moved: Node
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Derive:
    """The columns of the answer: keys, indicators, and hidden support for the release."""

    source: Node
    keys: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class SemiJoin:
    """Rows whose keys are those of a ranked row, where unknown equals unknown. Keeps the key of the source.

    Attributes:
        place: the name of a column with the place of the row's keys in the ranked order; if empty there is none.
    """

    source: Node
    keys: tuple[str, ...]
    ranked: Order
    place: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of the rows, and the first so many of them."""

    source: Node
    by: tuple[SortKey, ...]
    limit: int | None = None


Movements: TypeAlias = Crossing | Crossed | StayedWhilePlacesMoved | Moved | Stacked
AddedColumn: TypeAlias = Mark | Tally | Attained | Aged | Overlap | Banded | TopAndOthers | Lookup
Node: TypeAlias = (
    Scan
    | RecordSpans
    | OneRecord
    | Filter
    | Link
    | AddedColumn
    | Project
    | Group
    | Steps
    | UnionAll
    | Dated
    | Shifted
    | Align
    | Window
    | Movements
    | Derive
    | SemiJoin
    | Order
)


@dataclass(frozen=True, slots=True)
class Total:
    """The plan of a total, computed at its own grain, and the levels it still spans."""

    levels: tuple[str, ...]
    plan: Node


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question is asked: the rows, and each total by itself."""

    rows: Node
    totals: tuple[Total, ...]
