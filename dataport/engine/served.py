"""served: whether a rollup has all that a leg needs, exactly, and from which of its columns each number is added up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from dataport.semantic.condition import ALWAYS, Compare, Condition, IsUnknown, Not, both, conjuncts, levels_of
from dataport.semantic.formula import Measure
from dataport.semantic.rollup import Rollup, told_of, total_of, true_of


@dataclass(frozen=True, slots=True)
class Served:
    """A rollup that answers.

    Attributes:
        direct: what its rows are narrowed by; what is counted apart is no column of it, and is left out.
        columns: for each measure its column of steps, and the condition under which it is added up.
    """

    rollup: Rollup
    direct: Condition
    columns: tuple[tuple[str, Condition], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a leg needs of the rows of its fact; all names are those of the fact's columns.

    Attributes:
        columns: those that it is broken down by, or that other levels are reached from.
        direct: the condition on all rows.
        measures: what is counted, each under its own condition beside.
    """

    columns: frozenset[str]
    direct: Condition
    measures: tuple[tuple[Measure, Condition], ...]


def served(rollups: Iterable[Rollup], wanted: Wanted) -> Served | None:
    """The first rollup that has everything; the caller puts the smallest first."""
    return next(filter(None, (_by(rollup, wanted) for rollup in rollups)), None)


def _by(rollup: Rollup, wanted: Wanted) -> Served | None:
    kept = frozenset(rollup.columns)
    if not wanted.columns <= kept:
        return None
    shared, rows = _parted(wanted.direct, rollup)
    found: list[tuple[str, Condition]] = []
    for measure, where in wanted.measures:
        own, rest = _parted(where, rollup)
        column = _column(rollup, measure, dict.fromkeys((*shared, *own)))
        if column is None or not set(levels_of(rest)) <= kept:
            return None
        found.append((column, rest))
    return Served(rollup, rows, tuple(found)) if set(levels_of(rows)) <= kept else None


def _parted(condition: Condition, rollup: Rollup) -> tuple[list[str], Condition]:
    """The columns of a rollup that hold parts of a condition, and the rest of it."""
    parts = conjuncts(condition) if rollup.flags else ()
    held = {part: column for part in parts if (column := _flag(part, rollup))}
    if not held:
        return [], condition
    return list(held.values()), both(ALWAYS, *(part for part in parts if part not in held))


def _flag(part: Condition, rollup: Rollup) -> str | None:
    match part:
        case Compare(name, "=", True) if name in rollup.flags:
            return true_of(name)
        case Not(IsUnknown(name)) if name in rollup.flags:
            return told_of(name)
    return None


def _column(rollup: Rollup, measure: Measure, flags: Collection[str]) -> str | None:
    """The one column that a measure is added up from: rows of which two flags say yes are counted in none."""
    if measure.aggregate == "count" and measure.column is None:
        return next(iter(flags), rollup.count) if len(flags) < 2 else None
    if measure.aggregate == "sum" and measure.column in rollup.sums and not flags:
        assert measure.column
        return total_of(measure.column)
    return None
