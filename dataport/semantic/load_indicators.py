"""load, for indicators: one of a closed set of kinds, each checked against the facts and levels that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Literal, cast

from dataport.errors import DataportError, did_you_mean
from dataport.semantic.arithmetic import Arithmetic, Of, Over, has_quotient, names_of, parse_arithmetic
from dataport.semantic.condition import ALWAYS, Condition, levels_of
from dataport.semantic.formula import (
    AGGREGATES,
    Attainment,
    Change,
    Composition,
    Derived,
    Formula,
    Function,
    Measure,
    Share,
    Simple,
    Since,
    TimeKind,
)
from dataport.semantic.load_kpis import score_of
from dataport.semantic.load_types import typed_link, typed_measure
from dataport.semantic.model import NUMBER_TYPES, Catalog, Fact, Indicator, Leaf, ValueType
from dataport.semantic.names import hidden
from dataport.semantic.numbers import decimals_of
from dataport.semantic.parse import parse_condition
from dataport.semantic.policy import TIERS
from dataport.semantic.resolve import bind
from dataport.semantic.yaml_entries import Entry, Fields

COUNTED = ("stock", "flow", "cumulative", "period_average")
MADE_OF_OTHERS = ("ratio", "derived", "score", "share", "change")
KINDS = (*COUNTED, *MADE_OF_OTHERS, "conversion")
WITHIN: tuple[Literal["total", "parent"], ...] = ("total", "parent")
SINCE: tuple[Since, ...] = ("previous", "year-ago")
AS: tuple[Literal["difference", "share"], ...] = ("difference", "share")
MAX_DAYS = 3660
MAX_DECIMALS = 6


def indicators_of(name: str, entry: Entry, draft: Catalog) -> Iterator[Indicator]:
    """The indicator of a definition; before it, those that it is made of and that nobody asks for by themselves."""
    known = ("label", "description", "unit", "type", "over", "internal", "tier", "levels", "levels_reason", "entities",
             "tells_of")  # fmt: skip
    fields = Fields(entry, (*known, *KINDS))
    kinds = [kind for kind in KINDS if kind in entry.map()]
    if len(kinds) != 1:
        raise entry.error(f"an indicator is exactly one of {', '.join(KINDS)}.")
    kind, body = kinds[0], fields.need(kinds[0])
    over = fields.get("over", Entry.text, "")
    if kind in ("stock", "period_average") and not over:
        raise entry.error("a stock states `over`: how it behaves along time and place, and when it is stale.")

    def made(formula: Formula, called: str = name, internal: bool = False) -> Indicator:
        natural = _natural_type(formula)
        if isinstance(formula, Simple):
            formula = replace(formula, measure=typed_measure(body, called, formula.measure, draft))
        # pairs that mypy checks one by one, for a class that is chosen by them
        of: Callable[..., Indicator] = Leaf if isinstance(formula, Simple) else Indicator
        return of(
            name=called,
            label=fields.need("label").text(),
            description=fields.need("description").text(),
            unit=fields.need("unit").text(),
            type=natural if internal else fields.get("type", lambda e: e.choice(NUMBER_TYPES), natural),
            formula=formula,
            subject=Path(entry.place.partition(":")[0]).with_suffix("").as_posix(),
            over=over,
            internal=internal or fields.get("internal", Entry.flag, False),
            tier=fields.need("tier").choice(TIERS),
            levels=fields.get("levels", lambda e: _level_names(e, draft), None),
            levels_reason=fields.get("levels_reason", Entry.text, ""),
            entities=fields.get("entities", Entry.texts, ()),
            tells_of=fields.get("tells_of", lambda e: _level_names(e, draft), ()),
        )

    if kind == "conversion":
        begun, reached = _conversion(body, draft)
        among, come = hidden(name, "begun"), hidden(name, "reached")
        yield made(begun, among, internal=True)
        yield made(reached, come, internal=True)
        yield made(Derived(Over(Of(come), Of(among))))
    elif kind in MADE_OF_OTHERS:
        yield made(_made_of(kind, body, draft))
    else:
        yield made(_simple("average" if kind == "period_average" else cast(TimeKind, kind), body, draft))


def _level_names(entry: Entry, draft: Catalog) -> tuple[str, ...]:
    return tuple(known(entry, "level", name, draft.levels) for name in entry.texts())


def _made_of(kind: str, entry: Entry, draft: Catalog) -> Derived | Share | Change:
    match kind:
        case "derived":
            try:
                return Derived(parse_arithmetic(entry.text()))
            except DataportError as problem:
                raise entry.error(str(problem)) from None
        case "score":
            return score_of(entry, draft.kpis)
        case "share":
            fields = Fields(entry, ("of", "within"))
            return Share(fields.need("of").text(), fields.need("within").choice(WITHIN))
        case "change":
            fields = Fields(entry, ("of", "since", "as"))
            how = fields.get("as", lambda e: e.choice(AS), "difference")
            return Change(fields.need("of").text(), fields.need("since").choice(SINCE), how == "share")
    fields = Fields(entry, ("numerator", "denominator"))
    return Derived(Over(Of(fields.need("numerator").text()), Of(fields.need("denominator").text())))


def _natural_type(formula: Formula) -> ValueType:
    """The type of what is counted where no column says it; what is made of others follows from them."""
    if not isinstance(formula, Simple) or formula.kind == "average":
        return "number"
    return "integer" if formula.measure.aggregate in ("count", "count_distinct", "sum") else "number"


def check_made(entry: Entry, indicator: Indicator, catalog: Catalog) -> None:
    """What an indicator is made of exists, and ends somewhere; no quotient is divided again.

    An average of averages is a wrong number with a nice name, and so is a sum of medians.
    """
    indicators, is_whole = catalog.indicators, "type" in entry.map() and indicator.type == "integer"
    match indicator.formula:
        case Share(of, _):
            known(entry, "indicator", of, indicators)
            formula = indicators[of].formula
            if not isinstance(formula, Simple) or formula.measure.aggregate not in ("count", "sum"):
                raise entry.error(f"a share is taken of what can be added up; {of!r} cannot.")
        case Derived(expression):
            _check_expression(entry, expression, indicators, (indicator.name,))
            if is_whole and has_quotient(catalog.expression(indicator.name)):
                raise entry.error("a quotient is no whole number: leave the type out, or say number.")
        case Change(of, _, relative):
            _check_expression(entry, Of(of), indicators, (indicator.name,))
            if is_whole and (relative or has_quotient(catalog.expression(of))):
                raise entry.error("a quotient is no whole number: leave the type out, or say number.")


def _check_expression(
    entry: Entry, expression: Arithmetic, indicators: Mapping[str, Indicator], above: tuple[str, ...]
) -> None:
    for name in names_of(expression):
        known(entry, "indicator", name, indicators)
        if name in above:
            raise entry.error(f"{name!r} is computed from itself.")
        match indicators[name].formula:
            case Share():
                raise entry.error(f"{name!r} is a share, which belongs to one answer: nothing is computed from it.")
            case Change():
                raise entry.error(f"{name!r} is a change, which has dates of its own: nothing is computed from it.")
            case Simple(Measure(aggregate="median" | "quantile" as aggregate)):
                raise entry.error(
                    f"{name!r} is a {aggregate}: nothing can be computed from it that would be one again."
                )
            case Derived(inner):
                if has_quotient(inner) and has_quotient(expression):
                    raise entry.error(f"{name!r} is itself a quotient; a quotient is made of counts and sums.")
                _check_expression(entry, inner, indicators, (*above, name))


def _simple(kind: TimeKind, entry: Entry, draft: Catalog) -> Simple:
    fields = Fields(entry, ("fact", "aggregate", "column", "of", "quantile", "where", "composed_of", "axis"))
    fact = draft.facts[known(fields.need("fact"), "fact", fields.need("fact").text(), draft.facts)]
    if kind in ("stock", "average") and fact.validity is None:
        raise entry.error(f"a stock is counted on a fact with a validity; {fact.name} has none.")
    axis = fields.get("axis", Entry.text, None)
    if kind in ("flow", "cumulative"):
        _check_axis(entry, axis, fact)
    elif axis:
        raise entry.error("a stock has no axis: it is counted at an instant.")
    return Simple(_measure(kind, entry, fields, fact, draft), kind, axis)


def _measure(kind: TimeKind, entry: Entry, fields: Fields, fact: Fact, draft: Catalog) -> Measure:
    aggregate: Function = fields.get("aggregate", lambda e: e.choice(AGGREGATES), "count")
    column, of = fields.get("column", Entry.text, None), fields.get("of", Entry.text, None)
    if aggregate == "count" and (column or of):
        raise entry.error("a count has no column: it counts rows.")
    if aggregate != "count" and (column is None) == (of is None):
        raise entry.error(f"a {aggregate} is of either a `column` or a level (`of`).")
    if of is not None:
        level = draft.levels[known(fields.need("of"), "level", of, draft.levels)]
        if level.type not in ("integer", "number") or fact.name not in level.on:
            raise fields.need("of").error(f"{of!r} is no number on {fact.name!r}.")
        if kind != "stock":
            raise fields.need("of").error("values of a level are those of one day: only a stock has them.")
    if kind == "average" and aggregate != "count":
        raise entry.error("a period average is one of counts.")
    if kind == "cumulative" and aggregate not in ("count", "sum"):
        raise entry.error(f"a number to date adds up; a {aggregate} does not.")
    if (aggregate == "quantile") != ("quantile" in entry.map()):
        raise entry.error("a quantile, and nothing else, says which one: `quantile: 0.9`.")
    return Measure(
        fact=fact.name,
        aggregate=aggregate,
        column=column,
        of=of,
        quantile=fields.get("quantile", _portion, Decimal("0.5")),
        where=fields.get("where", lambda e: condition_on(e, fact.name, draft), ALWAYS),
        composition=fields.get("composed_of", lambda e: composition(e, [fact], draft), None),
    )


def _portion(entry: Entry) -> Decimal:
    try:
        found = Decimal(entry.text())
    except InvalidOperation:
        found = Decimal(-1)
    if not (found.is_finite() and 0 <= found <= 1 and decimals_of(found) <= MAX_DECIMALS):
        raise entry.error(f"expected a number from 0 to 1, with {MAX_DECIMALS} digits after the point at most.")
    return found


def _conversion(entry: Entry, draft: Catalog) -> tuple[Simple, Simple]:
    """Those who begin, and those of them who come to something within some days."""
    fields = Fields(entry, ("of", "to", "link", "within_days"))
    begun = _simple("flow", fields.need("of"), draft)
    if begun.measure.aggregate != "count" or draft.facts[begun.measure.fact].validity:
        raise fields.need("of").error("a conversion begins with a count of events.")
    days = fields.need("within_days").whole()
    if not 1 <= days <= MAX_DAYS:
        raise fields.need("within_days").error(f"expected 1 to {MAX_DAYS} days.")
    to = Fields(fields.need("to"), ("fact", "axis", "where"))
    fact = draft.facts[known(to.need("fact"), "fact", to.need("fact").text(), draft.facts)]
    axis = to.get("axis", Entry.text, None)
    if fact.validity is None or axis:
        _check_axis(fields.need("to"), axis, fact)
    condition = to.get("where", lambda e: condition_on(e, fact.name, draft), ALWAYS)
    link = fields.need("link").text()
    typed_link(entry, link, [draft.facts[begun.measure.fact], fact])
    attained = Attainment(fact.name, link, days, condition, axis)
    return (
        Simple(begun.measure, "flow", begun.axis, days),
        Simple(begun.measure, "flow", begun.axis, days, attained),
    )


def _check_axis(entry: Entry, axis: str | None, fact: Fact) -> None:
    if axis not in fact.axes:
        raise entry.error(f"a flow states its axis; {fact.name} has {', '.join(fact.axes) or 'none'}.")


def known(entry: Entry, kind: str, name: str, names: Mapping[str, Any]) -> str:
    """The name, if it is one of the names; BadDefinition with the nearest otherwise."""
    if name not in names:
        raise entry.error(f"there is no {kind} called {name!r}.{did_you_mean(name, names)}")
    return name


def condition_on(entry: Entry, fact: str, draft: Catalog) -> Condition:
    """A filter inside a definition: on columns of the fact itself, so that it is part of the one scan."""
    try:
        condition = bind(parse_condition(entry.text()), draft)
    except DataportError as problem:
        raise entry.error(str(problem)) from None
    for name in levels_of(condition):
        if fact not in draft.levels[name].on:
            raise entry.error(f"the level {name!r} is not on the fact {fact!r}.")
    return condition


def composition(entry: Entry, owners: Iterable[Fact], draft: Catalog) -> Composition:
    """How a precomputed number of some owners is counted member by member."""
    fields = Fields(entry, ("fact", "link", "where"))
    fact = known(fields.need("fact"), "fact", fields.need("fact").text(), draft.facts)
    link = fields.need("link").text()
    typed_link(entry, link, [*owners, draft.facts[fact]])
    return Composition(fact, link, fields.get("where", lambda e: condition_on(e, fact, draft), ALWAYS))
