"""The plan of a question: a small relational algebra in which every node knows its key.

Rows are counted on their own fact before anything is joined to them, and a `Reach` leads along a to-one edge by
construction: from a key to a dimension's one row for it, or from a group to its members as a relation that is itself
counted. A join that multiplies what is counted cannot be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeAlias

from dataport.access import RowPredicate
from dataport.semantic.arithmetic import Arithmetic
from dataport.semantic.condition import Condition
from dataport.semantic.model import Bands, Dimension, Fact, Grain, Validity


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of one fact that the viewer may count; nothing reads a fact in any other way.

    ``stands_for`` is set for a rollup: the table whose rows it has counted already.
    """

    fact: Fact
    scope: RowPredicate
    columns: tuple[str, ...]
    stands_for: str = ""


@dataclass(frozen=True, slots=True)
class AtInstant:
    """Rows valid at one instant: ``start < w <= end``."""

    validity: Validity
    instant: datetime


@dataclass(frozen=True, slots=True)
class Touching:
    """Rows valid at some instant from the first to the last."""

    validity: Validity
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class During:
    """Rows whose axis lies on one of the days, both ends included; from the first there is, if `first` is None."""

    axis: str
    first: date | None
    last: date


Time: TypeAlias = AtInstant | Touching | During


@dataclass(frozen=True, slots=True)
class Keep:
    """Rows of the source for which the time and the condition hold; the condition names columns of the source."""

    source: Node
    condition: Condition
    time: Time | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Members joined to the group they are in, for as long as both hold: one row per member and stretch of time.

    The owner's key is unique at any instant, so every member row finds one owner at most.
    """

    owners: Node
    members: Node
    key: str
    validity: Validity
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """Whether a row has at least one of the members, by a key that both have. Keeps the rows of the source.

    With ``is_required`` it keeps only those that have one: the filter is done with it.
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

    ``unit`` tells one row of the source from another; ``begins`` and ``ends`` are the interval of a member, which must
    touch those days, or ``begins`` alone its date.
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
    """Completed years from a date to the day asked; unknown where it is unknown or still to come."""

    source: Node
    name: str
    column: str
    day: date


@dataclass(frozen=True, slots=True)
class Overlap:
    """On how many of some days, one after another, a row was valid at the end of the day."""

    source: Node
    name: str
    validity: Validity
    first: date
    days: int


@dataclass(frozen=True, slots=True)
class Banded:
    """Whole numbers put into bands. Keeps the rows and key of the source; below the first band is unknown."""

    source: Node
    name: str
    base: str
    bands: Bands


@dataclass(frozen=True, slots=True)
class Topped:
    """The members of a key that are among those ranked; all others together. Keeps the rows of the source."""

    source: Node
    name: str
    key: str
    ranked: Node


@dataclass(frozen=True, slots=True)
class Named:
    """Columns of the source under other names, and no others."""

    source: Node
    columns: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Key:
    """A column of the source under the name it has in the answer."""

    name: str
    column: str


@dataclass(frozen=True, slots=True)
class PeriodKey:
    """The period in which a date or instant lies; what lies before `first`, if given, is counted into that one."""

    column: str
    grain: Grain
    first: date | None = None


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One number per group of rows where the condition holds.

    ``count`` is of rows or of known values of a column; the others are of the known values.
    """

    name: str
    function: Literal["count", "count_distinct", "sum", "quantile"]
    column: str | None
    where: Condition
    quantile: float = 0.5


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
class Together:
    """All rows of all parts, which have the same columns."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Dated:
    """The same count made at several dates, each by itself, for what steps cannot carry. Adds ``period``."""

    parts: tuple[tuple[date, Node], ...]


@dataclass(frozen=True, slots=True)
class Shifted:
    """Rows of earlier periods under the later period that each is held against."""

    source: Node
    count: int
    unit: Literal["month", "day"]


@dataclass(frozen=True, slots=True)
class Reach:
    """A level of the dimension's one row for a key. Keeps the rows and key of the source; no match means unknown."""

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
class Shown:
    """Periods for which a measure is known; both None when it is known whatever the period."""

    first: date | None = None
    last: date | None = None
    never: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """A measure as it is: a count of nothing is 0, a sum of nothing (no row in `support`) is null."""

    name: str
    measure: str
    type: Literal["integer", "number"]
    shown: Shown
    support: str | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """Arithmetic of measures, where what is not there counts 0; null over nothing. ``days``: of each period."""

    name: str
    expression: Arithmetic
    type: Literal["integer", "number"]
    shown: Shown
    days: tuple[tuple[date | None, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Portion:
    """A measure over its sum in all rows that are alike in some keys; null over nothing.

    The measure is additive and the rows hold every cell, the unknown ones too, so that the sum is the total itself.
    """

    name: str
    measure: str
    alike: tuple[str, ...]
    shown: Shown


@dataclass(frozen=True, slots=True)
class Difference:
    """One column less another; null where either is."""

    name: str
    now: Value | Computed | Portion
    before: Value | Computed | Portion


Column: TypeAlias = Value | Computed | Portion | Difference


@dataclass(frozen=True, slots=True)
class Derive:
    """The columns of the answer: keys, indicators, and hidden support for the release."""

    source: Node
    keys: tuple[str, ...]
    columns: tuple[Column, ...]


@dataclass(frozen=True, slots=True)
class SortKey:
    """One term of the order; unknown members come last, `ranking` is the order of a list of members.

    ``last`` is a member that comes after all others; such a term says nothing else.
    """

    name: str
    descending: bool = False
    ranking: tuple[str, ...] = ()
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A total order of the rows, and the first so many of them."""

    source: Node
    by: tuple[SortKey, ...]
    limit: int | None = None


Beside: TypeAlias = Mark | Tally | Attained | Aged | Overlap | Banded | Topped | Reach
Node: TypeAlias = (
    Scan | Keep | Link | Beside | Named | Group | Steps | Together | Dated | Shifted | Align | Window | Derive | Order
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
