"""How indicators are computed: measures over time, and what is made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias

from dataport.semantic.arithmetic import Arithmetic, names_of
from dataport.semantic.condition import ALWAYS, Condition
from dataport.semantic.names import hidden
from dataport.semantic.numbers import DOUBLE, WHOLE, Number, quantile_of, sum_of
from dataport.semantic.schema import ColumnType

TimeKind: TypeAlias = Literal["stock", "flow", "cumulative", "average"]
Function: TypeAlias = Literal["count", "count_distinct", "sum", "average", "median", "quantile"]
Since: TypeAlias = Literal["previous", "year-ago"]

AGGREGATES: tuple[Function, ...] = ("count", "count_distinct", "sum", "average", "median", "quantile")


def support_of(name: str) -> str:
    """The measure that counts the rows behind a sum."""
    return hidden(name, "rows")


def known_of(name: str) -> str:
    """The measure that counts the known values behind a sum: a sum of none of them is no number."""
    return hidden(name, "known")


@dataclass(frozen=True, slots=True)
class Composition:
    """How a precomputed sum is counted member by member, for viewers whose rows are limited.

    A group's ``active_member_count`` was computed over all its members. Who may see only some rows gets the count of
    the members in scope instead: rows of `fact` with `where`, joined to the group by `link` while both hold.
    """

    fact: str
    link: str
    where: Condition


@dataclass(frozen=True, slots=True)
class Measure:
    """One number per set of rows, over the rows where the condition holds.

    Attributes:
        column: whose values are counted, added up or put in order; None for a count of rows.
        of: the level whose values are, instead of a column.
        quantile: which one, from 0 to 1; a median is the quantile 0.5.
        composition: how a precomputed sum is counted for viewers whose rows are limited.
        reads: the type of the column, where the file was read before its definitions.
    """

    fact: str
    aggregate: Function = "count"
    column: str | None = None
    of: str | None = None
    quantile: Decimal = Decimal("0.5")
    where: Condition = ALWAYS
    composition: Composition | None = None
    reads: ColumnType | None = None

    @property
    def number(self) -> Number | None:
        """The type of what is counted (of an average, of its sum); None where the file is not known."""
        if self.reads is None:
            return None
        match self.aggregate:
            case "sum" | "average":
                return sum_of(self.reads)
            case "median" | "quantile":
                return quantile_of(self.reads, self.quantile)
        return WHOLE

    @property
    def is_additive(self) -> bool:
        """Whether the numbers of parts add up to the number of the whole (an average's sum and count do).

        Sums of binary fractions are rounded: what was put into parts, carried over periods and taken away again would
        not be what a question about the whole is answered with.
        """
        return self.aggregate in ("count", "sum", "average") and self.number != DOUBLE


@dataclass(frozen=True, slots=True)
class Attainment:
    """What rows of a flow must come to within some days of their date: a row of another fact by the same key.

    Attributes:
        axis: the date of that row; None for a fact with a validity, whose row must hold on one of the days.
    """

    fact: str
    link: str
    days: int
    where: Condition = ALWAYS
    axis: str | None = None


@dataclass(frozen=True, slots=True)
class Simple:
    """A measure over time.

    A stock is counted at an instant; a flow over days, along one of its fact's date axes; a cumulative flow from the
    first day that there is to the day asked; an average is that of the stocks at the ends of the days of a period.

    Attributes:
        matures: days that must have passed since the date of a row for it to be counted at all.
        attains: what must have happened within them.
    """

    measure: Measure
    kind: TimeKind
    axis: str | None = None
    matures: int = 0
    attains: Attainment | None = None

    @property
    def is_over_days(self) -> bool:
        """Whether it is counted over a span of days and not at an instant."""
        return self.kind in ("flow", "average")


@dataclass(frozen=True, slots=True)
class Derived:
    """Arithmetic of other indicators, each counted by itself at the grain of the answer.

    Attributes:
        names: of these indicators, each once: looked up often, and an index is made of hundreds of terms.
    """

    expression: Arithmetic
    names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(dict.fromkeys(names_of(self.expression))))


@dataclass(frozen=True, slots=True)
class Share:
    """An additive indicator as a share of the whole answer, or of its parent: cells alike in all but the last level."""

    of: str
    within: Literal["total", "parent"]


@dataclass(frozen=True, slots=True)
class Change:
    """How far an indicator of counts is from what it was in the period before, or a year before.

    ``relative``: as a share of what it was.
    """

    of: str
    since: Since
    relative: bool


Formula: TypeAlias = Simple | Derived | Share | Change
