"""The columns of an answer: what is computed from the measures of a cell, and for which periods it is known."""

from __future__ import annotations

from typing import Literal

from dataport.engine.algebra import Column, Computed, Difference, Portion, Shown, Value
from dataport.semantic.arithmetic import Of, replaced
from dataport.semantic.model import Derived, Indicator, Share, Simple
from dataport.semantic.question import BEFORE, CHANGE, Question
from dataport.semantic.timeline import PERIOD, Timeline

# Columns of the answer that only the release may see.
HIDDEN = "_of_"


def support_of(name: str) -> str:
    """The measure that counts the rows behind a sum."""
    return f"{name}_rows"


def known_of(name: str) -> str:
    """The measure that counts the known values behind a sum: a sum of none of them is no number."""
    return f"{name}_known"


def derived_columns(question: Question, measures: tuple[str, ...]) -> tuple[Column, ...]:
    """The indicators asked for, each with what it is compared with, then the hidden measures behind them."""
    columns: list[Column] = []
    for one in question.indicators:
        now = _column(one, question, question.timeline, measures, "")
        columns.append(now)
        if question.compared:
            before = _column(one, question, question.compared, measures, BEFORE)
            columns += [before, Difference(one.name + CHANGE, now, before)]
    columns += [Value(HIDDEN + name, name, "integer", Shown()) for name in measures]
    return tuple(columns)


def _column(
    one: Indicator, question: Question, line: Timeline, measures: tuple[str, ...], suffix: str
) -> Value | Computed | Portion:
    catalog = question.catalog
    shown = _narrowest([_shown(leaf, line) for leaf in catalog.leaves(one)])
    kind: Literal["integer", "number"] = "number" if one.type == "number" else "integer"
    match one.formula:
        case Derived():
            expression = replaced(catalog.expression(one.name), lambda name: Of(name + suffix))
            return Computed(one.name + suffix, expression, kind, shown)
        case Share(of, within):
            kept = question.by[:-1] if within == "parent" else ()
            alike = (*(level.name for level in kept), *((PERIOD,) if line.grain else ()))
            return Portion(one.name + suffix, of + suffix, alike, shown)
    support = known_of(one.name) + suffix
    return Value(one.name + suffix, one.name + suffix, kind, shown, support if support in measures else None)


def _shown(leaf: Indicator, line: Timeline) -> Shown:
    """The periods for which a leaf is known."""
    assert isinstance(leaf.formula, Simple)
    if leaf.formula.kind == "flow":
        if line.grain:
            known = [period.first for period in line.periods if period.flows_known]
            return Shown(known[0], known[-1]) if known else Shown(never=True)
        return Shown(never=line.span is None)
    return Shown(line.known[0].first, line.known[-1].first) if line.grain else Shown()


def _narrowest(several: list[Shown]) -> Shown:
    firsts = [shown.first for shown in several if shown.first]
    lasts = [shown.last for shown in several if shown.last]
    return Shown(max(firsts, default=None), min(lasts, default=None), any(shown.never for shown in several))
