"""The columns of an answer: what is computed from the measures of a cell, and for which periods it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from dataport.engine.columns import Column, Computed, Difference, Measured, Portion, Shown, Value
from dataport.semantic.arithmetic import Arithmetic, Minus, Of, Over, names_of, replaced, with_days
from dataport.semantic.basis import Basis, basis_of
from dataport.semantic.formula import Change, Share, known_of
from dataport.semantic.model import Indicator
from dataport.semantic.movement import DENOMINATOR, NUMERATOR, ByParts
from dataport.semantic.names import BEFORE, CHANGE, hidden
from dataport.semantic.numbers import WHOLE, Number, reckoned
from dataport.semantic.question import EARLIER, Question, Side
from dataport.semantic.timeline import PERIOD, Timeline

# What the names of columns begin with that only the release may see.
HIDDEN = hidden("of", "")


def derived_columns(question: Question, measures: tuple[str, ...]) -> tuple[Column, ...]:
    """The indicators asked for, each with what it is compared with, then the hidden measures behind them."""
    columns: list[Column] = []
    sides = {side.suffix: side for side in question.sides}
    known = measured(question, measures)
    for one in question.indicators:
        now = _column(one, question, sides[""], known)
        columns.append(now)
        if question.compared:
            before = replace(_column(one, question, sides[EARLIER], known), name=one.name + BEFORE)
            columns += [before, Difference(one.name + CHANGE, now, before)]
    averages = {}
    for side in question.sides:
        for leaf in question.counted_on(side):
            if leaf.formula.kind == "average":
                averages[leaf.name + side.suffix] = _column(leaf, question, side, known)
    for name in measures:
        average = averages.get(name)
        columns.append(replace(average, name=HIDDEN + name) if average else _hidden(name, known))
    return tuple(columns)


def measured(question: Question, names: tuple[str, ...]) -> dict[str, Measured]:
    """The measures of a cell by name, each with its type and with the count of known values behind it."""
    numbers = {
        leaf.name + side.suffix: (question.catalog.counted_as(leaf.name), known_of(leaf.name) + side.suffix)
        for side in question.sides
        for leaf in question.counted_on(side)
    }
    found = {}
    for name in names:
        number, support = numbers.get(name, (WHOLE, ""))
        found[name] = Measured(name, number, support if support in names else None)
    return found


def _hidden(name: str, known: dict[str, Measured]) -> Value:
    return Value(HIDDEN + name, replace(known[name], support=None), Shown())


def quotient_columns(question: Question, measures: tuple[str, ...]) -> tuple[Column, ...]:
    """Both sides of the quotient whose change is asked about, on both days; then the hidden measures behind them."""
    assert isinstance(question.decomposed, ByParts)
    parts = ((NUMERATOR, question.decomposed.numerator), (DENOMINATOR, question.decomposed.denominator))
    columns: list[Column] = []
    known = measured(question, measures)
    for name, part in parts:
        for suffix in ("", EARLIER):
            counted = replaced(part, lambda leaf, suffix=suffix: Of(leaf + suffix))  # type: ignore[misc]
            number = reckoned(counted, lambda name: known[name].number)
            columns.append(_computed(name + suffix, counted, number, Shown(), known))
    return (*columns, *(_hidden(name, known) for name in measures))


def _computed(name: str, expression: Arithmetic, number: Number, shown: Shown, known: dict[str, Measured]) -> Computed:
    measures = tuple(known[one] for one in dict.fromkeys(names_of(expression)))
    return Computed(name, expression, measures, number, shown)


def _column(one: Indicator, question: Question, side: Side, known: dict[str, Measured]) -> Value | Computed | Portion:
    """An indicator on one set of dates."""
    catalog, suffix = question.catalog, side.suffix
    shown = _shown(Basis(tuple(catalog.leaves(one)), (side,)), question)
    match one.formula:
        case Share(of, within):
            kept = question.by[:-1] if within == "parent" else ()
            alike = (*(level.name for level in kept), *((PERIOD,) if question.timeline.grain else ()))
            return Portion(one.name + suffix, known[of + suffix], alike, shown)
        case Change(of, since, relative):
            earlier = next(other for other in question.since if other.since == since)
            now = with_days(catalog.expression(of), _days(side.line, question))
            then = replaced(catalog.expression(of), lambda name: Of(name + earlier.suffix))
            then = with_days(then, _days(earlier.line, question))
            difference = Minus(now, then)
            change: Arithmetic = Over(difference, then) if relative else difference
            shown = _shown(basis_of(one, suffix, question), question)
            return _computed(one.name, change, one.number, shown, known)
    expression = replaced(catalog.expression(one.name), lambda name: Of(name + suffix))
    if expression != Of(one.name + suffix):
        expression = with_days(expression, _days(side.line, question))
        return _computed(one.name + suffix, expression, one.number, shown, known)
    return Value(one.name + suffix, known[one.name + suffix], shown)


def _days(line: Timeline, question: Question) -> tuple[tuple[date | None, int], ...]:
    """The number of days of each period; without a trend that of the one span, under None. Unknown ones are left out.

    Each stands under the period that was asked about, also where the days are those of the earlier one beside it.
    """
    if line.grain:
        pairs = zip(line.periods, question.timeline.periods, strict=True)
        return tuple((asked.first, own.days) for own, asked in pairs if own.flows_known)
    return ((None, line.span.days),) if line.span else ()


def _shown(basis: Basis, question: Question) -> Shown:
    """The periods of the question for which a column is known; they follow one another without a gap."""
    known = basis.known(question)
    return Shown(known[0], known[-1]) if known else Shown(never=True)
