"""card: what a scorecard is made of: a line for each KPI of one part of the world, with its way there and its rank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from dataport.ask import Together
from dataport.semantic.kpi import Kpi
from dataport.semantic.offices import Office
from dataport.semantic.request import Comparison

Number: TypeAlias = int | float


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which scorecard.

    Attributes:
        unit: a business unit by code or name, with all offices below it; None for all that the viewer may count.
        as_of: at the end of which day; None for the newest.
        compare: a year before, or another day, to hold it against; None for the last twelve months.
    """

    unit: str | None = None
    as_of: date | None = None
    compare: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """What a KPI came to at the end of a day; None where there was nothing to judge."""

    as_of: date
    value: float | None


@dataclass(frozen=True, slots=True)
class Rank:
    """The place among siblings, from 1, the best first; those with the same value share one."""

    place: int
    of: int


@dataclass(frozen=True, slots=True)
class Line:
    """One KPI of a scorecard.

    Attributes:
        is_permitted: whether the viewer's role may be told it; otherwise there is no number.
        trend: earlier days first, and the day of the card last.
        is_small: whether fewer records are behind it than may be passed on to others.
        excused: how many of the records that fail are excused on the day; None where that was not asked.
    """

    kpi: Kpi
    is_permitted: bool
    numerator: Number | None = None
    denominator: Number | None = None
    value: float | None = None
    trend: tuple[Point, ...] = ()
    rank: Rank | None = None
    is_small: bool = False
    excused: int | None = None

    @property
    def target(self) -> float:
        return float(self.kpi.target)

    @property
    def meets_target(self) -> bool | None:
        """Whether it is where it should be; None where it has no value."""
        if self.value is None:
            return None
        return self.value <= self.target if self.kpi.better == "lower" else self.value >= self.target

    @property
    def gap(self) -> float:
        """How far it is from its target: 0 where it is there, or has no value."""
        if self.value is None or self.meets_target:
            return 0.0
        return abs(self.value - self.target)

    @property
    def moved(self) -> float | None:
        """How far it is from where its trend begins; None where one of the two is not known."""
        first = next((one.value for one in self.trend if one.value is not None), None)
        return None if self.value is None or first is None or len(self.trend) < 2 else self.value - first

    @property
    def improved(self) -> float:
        """How far it moved the right way; below 0 the wrong way."""
        return (self.moved or 0.0) * (1 if self.kpi.better == "higher" else -1)


@dataclass(frozen=True, slots=True)
class Scorecard:
    """All KPIs of one part of the world on one day.

    Attributes:
        score: all of them as one number; None where the viewer's role may not be told one that it is made of.
        scope: whose records these are, in words.
        unit: the office it was asked for.
        siblings: of how many offices a rank is, where there is one.
        notes: what is to be known of it, in words: first, if nothing was judged, that; then what limits were hit.
        rights: what the viewer had to be permitted for it: which indicators, of which rows.
    """

    lines: tuple[Line, ...]
    score: float | None
    score_trend: tuple[Point, ...]
    score_rank: Rank | None
    as_of: date
    scope: str
    unit: Office | None
    notes: tuple[str, ...]
    meta: Mapping[str, Any] = field(repr=False)
    rights: tuple[Together, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing was judged: no measure that may be told has a record behind it, whatever the reason."""
        return not any(one.denominator for one in self.lines)

    def as_dict(self) -> dict[str, Any]:
        """For programs; a KPI that is not this viewer's to know has null for its numbers."""
        return {
            "kpis": [
                {
                    "name": one.kpi.name,
                    "label": one.kpi.label,
                    "dimension": one.kpi.dimension,
                    "severity": one.kpi.severity,
                    "numerator": one.numerator,
                    "denominator": one.denominator,
                    "value": one.value,
                    "target": one.target,
                    "trend": [{"as_of": point.as_of.isoformat(), "value": point.value} for point in one.trend],
                }
                for one in self.lines
            ],
            "score": self.score,
            "as_of": self.as_of.isoformat(),
            "scope": self.scope,
        }

    @property
    def worst(self) -> tuple[Line, ...]:
        """Those that are furthest from their targets, the worst first: by weight and distance."""
        short = [one for one in self.lines if one.gap > 0]
        return tuple(sorted(short, key=lambda one: (-one.gap * one.kpi.weight, one.kpi.name)))

    @property
    def most_improved(self) -> tuple[Line, ...]:
        """Those that came furthest the right way, the furthest first."""
        better = [one for one in self.lines if one.improved > 0]
        return tuple(sorted(better, key=lambda one: (-one.improved, one.kpi.name)))
