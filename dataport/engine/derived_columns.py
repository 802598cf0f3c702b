"""The columns of an answer: what is computed from the measures of a cell, and for which periods it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal

from dataport.engine.columns import Column, Computed, Difference, Portion, Shown, Value
from dataport.semantic.arithmetic import Arithmetic, Minus, Of, Over, replaced
from dataport.semantic.formula import Change, Share, Simple, known_of
from dataport.semantic.model import Indicator
from dataport.semantic.movement import DENOMINATOR, NUMERATOR, ByParts
from dataport.semantic.names import hidden
from dataport.semantic.question import BEFORE, CHANGE, EARLIER, Question, Side
from dataport.semantic.timeline import PERIOD, Timeline

# Columns of the answer that only the release may see.
HIDDEN = hidden("of", "")


def derived_columns(question: Question, measures: tuple[str, ...]) -> tuple[Column, ...]:
    """The indicators asked for, each with what it is compared with, then the hidden measures behind them."""
    columns: list[Column] = []
    sides = {side.suffix: side for side in question.sides}
    for one in question.indicators:
        now = _column(one, question, sides[""], measures)
        columns.append(now)
        if question.compared:
            before = replace(_column(one, question, sides[EARLIER], measures), name=one.name + BEFORE)
            columns += [before, Difference(one.name + CHANGE, now, before)]
    averages = {}
    for side in question.sides:
        for leaf in question.counted_on(side):
            if isinstance(leaf.formula, Simple) and leaf.formula.kind == "average":
                averages[leaf.name + side.suffix] = _column(leaf, question, side, measures)
    for name in measures:
        average = averages.get(name)
        hidden = replace(average, name=HIDDEN + name) if average else Value(HIDDEN + name, name, "integer", Shown())
        columns.append(hidden)
    return tuple(columns)


def quotient_columns(question: Question, measures: tuple[str, ...]) -> tuple[Column, ...]:
    """Both sides of the quotient whose change is asked about, on both days; then the hidden measures behind them."""
    assert isinstance(question.decomposed, ByParts)
    parts = ((NUMERATOR, question.decomposed.numerator), (DENOMINATOR, question.decomposed.denominator))
    columns: list[Column] = []
    for name, part in parts:
        for suffix in ("", EARLIER):
            counted = replaced(part, lambda leaf, suffix=suffix: Of(leaf + suffix))  # type: ignore[misc]
            columns.append(Computed(name + suffix, counted, "number", Shown()))
    return (*columns, *(Value(HIDDEN + name, name, "integer", Shown()) for name in measures))


def _column(one: Indicator, question: Question, side: Side, measures: tuple[str, ...]) -> Value | Computed | Portion:
    """An indicator on one set of dates."""
    catalog, suffix = question.catalog, side.suffix
    shown = _narrowest([_shown(leaf, question, side) for leaf in catalog.leaves(one)])
    kind: Literal["integer", "number"] = "number" if one.type == "number" else "integer"
    match one.formula:
        case Share(of, within):
            kept = question.by[:-1] if within == "parent" else ()
            alike = (*(level.name for level in kept), *((PERIOD,) if question.timeline.grain else ()))
            return Portion(one.name + suffix, of + suffix, alike, shown)
        case Change(of, since, relative):
            earlier = next(other for other in question.since if other.since == since)
            then_shown = _narrowest([_shown(leaf, question, earlier) for leaf in catalog.leaves(one)])
            now, then = catalog.expression(of), replaced(catalog.expression(of), lambda name: Of(name + earlier.suffix))
            difference = Minus(now, then)
            change: Arithmetic = Over(difference, then) if relative else difference
            return Computed(one.name, change, kind, _narrowest([shown, then_shown]), _days(side.line))
    expression = replaced(catalog.expression(one.name), lambda name: Of(name + suffix))
    if expression != Of(one.name + suffix):
        return Computed(one.name + suffix, expression, kind, shown, _days(side.line))
    support = known_of(one.name) + suffix
    return Value(one.name + suffix, one.name + suffix, kind, shown, support if support in measures else None)


def _days(line: Timeline) -> tuple[tuple[date | None, int], ...]:
    """The number of days of each period, or of the one span without a trend (None); nothing where it is not known."""
    if line.grain:
        return tuple((one.first, (one.last - one.first).days + 1) for one in line.periods if one.flows_known)
    return ((None, line.span.days),) if line.span else ()


def _shown(leaf: Indicator, question: Question, side: Side) -> Shown:
    """The periods of the question for which a leaf is known on some dates."""
    known = question.known_on(leaf, side)
    return Shown(known[0], known[-1]) if known else Shown(never=True)


def _narrowest(several: list[Shown]) -> Shown:
    firsts = [shown.first for shown in several if shown.first]
    lasts = [shown.last for shown in several if shown.last]
    return Shown(max(firsts, default=None), min(lasts, default=None), any(shown.never for shown in several))
