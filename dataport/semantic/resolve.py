"""resolve: bind a request to the catalogue and to the dates the warehouse knows, or say why it cannot be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from math import isfinite

from dataport.dictionary import UNLISTED
from dataport.errors import UnknownName, WrongRequest
from dataport.semantic.condition import (
    ALWAYS,
    Atom,
    Between,
    Compare,
    Condition,
    IsUnknown,
    OneOf,
    Value,
    atoms,
    both,
    conjuncts,
    levels_of,
    mapped,
    values_of,
)
from dataport.semantic.earlier import compared, earlier
from dataport.semantic.formula import Change
from dataport.semantic.members import as_read, values_hint, written_members
from dataport.semantic.model import GRAINS, Catalog, Grain, Indicator, Leaf, Level
from dataport.semantic.numbers import DIGITS, DOUBLE, LARGEST, Number
from dataport.semantic.parse import MAX_CONDITIONS, parse_condition
from dataport.semantic.period import DateRange, RelativePeriod, parse_day
from dataport.semantic.question import Question, Side, suffix_of
from dataport.semantic.request import OrderBy, Request
from dataport.semantic.timeline import PERIOD, Horizon, timeline

# A text of so many capitals and digits may be a code; a longer one is a name.
_LONGEST_CODE = 8


def resolve(request: Request, catalog: Catalog, horizon: Horizon) -> Question:
    """The question that a request asks.

    Raises:
        UnknownName: an indicator, breakdown or member that does not exist, with the nearest that does.
        OutsideHistory: a date that cannot be answered, with the range that can.
        WrongRequest: names that do not go together, with the reason.
    """
    indicators = tuple(catalog.indicator(name) for name in dict.fromkeys(request.indicators))
    by, grain = _breakdowns(request, catalog)
    asked, readings = as_read(_filter(request), catalog)
    where, having = _parted(asked, [one.name for one in indicators], catalog)
    period, dated = _dated(request, horizon, grain)
    compare = request.compare
    line = timeline(horizon, request.as_of, period, grain)
    question = Question(
        catalog=catalog,
        indicators=indicators,
        by=by,
        where=where,
        timeline=line,
        geography=request.geography,
        today=horizon.watermark,
        order=request.order,
        top=None if request.other else request.top,
        having=having,
        compared=compared(horizon, request.as_of, period, compare) if compare else None,
        other=request.top if request.other else None,
        subtotals=_subtotals(request, by),
        readings=(*readings, *dated),
        has_links=horizon.has_links,
        across=_across(request, by, grain),
    )
    question = replace(question, since=_since(question, request.as_of, period, horizon))
    _check_levels(question)
    _check_top(question)
    _check_order(question.order, question)
    return question


def _dated(request: Request, horizon: Horizon, grain: Grain | None) -> tuple[DateRange | None, tuple[str, ...]]:
    """The days of the period asked about; of one that was said from the last day known, in words too.

    Nobody stated its first day: as where no date is stated at all, it begins with history, and says so. A trend shows
    the periods before.
    """
    said = request.period
    if not isinstance(said, RelativePeriod):
        return said, ()
    days, begins = said.up_to(horizon.chosen_last_day), horizon.chosen_first_day
    why = ""
    if not grain and days.first < begins <= days.last:
        days, why = DateRange(begins, days.last), ", where history begins"
    return days, (f"{said} is {days}{why}",)


def _since(question: Question, as_of: date | None, period: DateRange | None, horizon: Horizon) -> tuple[Side, ...]:
    """The earlier dates of indicators that are changes."""
    changes = [one.formula for one in question.inputs if isinstance(one.formula, Change)]
    if changes and question.compared:
        raise WrongRequest(
            "An indicator that is a change holds two dates against each other itself: leave out the comparison."
        )
    found = []
    for since in dict.fromkeys(one.since for one in changes):
        line = earlier(horizon, question.timeline, as_of, period, since)
        found.append(Side(suffix_of(since), line, since))
    return tuple(found)


def _subtotals(request: Request, by: tuple[Level, ...]) -> tuple[tuple[str, ...], ...]:
    """The breakdowns that each total keeps, in the order asked, from the coarsest total."""
    names = [level.name for level in by]
    prefixes = [tuple(names[:depth]) for depth in range(len(names))] if request.totals else []
    asked = [tuple(name for name in names if name in kept) for kept in request.subtotals]
    return tuple(sorted(dict.fromkeys([*prefixes, *(one for one in asked if len(one) < len(names))]), key=len))


def _across(request: Request, by: tuple[Level, ...], grain: Grain | None) -> str | None:
    """The breakdown whose members stand beside each other, or the period."""
    name = request.across
    if name is None or name in [level.name for level in by]:
        return name
    if grain and name in (PERIOD, grain):
        return PERIOD
    has = ", ".join([*(level.name for level in by), *([grain] if grain else [])])
    raise WrongRequest(
        f"This question is not broken down by {name}, so it cannot go across. "
        f"{f'It has {has}.' if has else 'It has no breakdowns.'}"
    )


def _check_top(question: Question) -> None:
    if question.takes_members and question.across and not question.going_down:
        raise WrongRequest(
            "With a breakdown across, a top takes lines of the table, and this one has a single line: name another "
            "breakdown too, or leave the top out."
        )
    if question.takes_members and not question.by:
        raise WrongRequest(
            "In a trend, a top takes members and shows all their periods: name a breakdown too, or leave the top out."
        )
    if question.other and question.by[0].type != "text":
        raise WrongRequest(f"{question.by[0].name} has no member that the others could be put into: leave `other` out.")


def _filter(request: Request) -> Condition:
    """All filters as one condition, not yet bound."""
    condition = both(*(parse_condition(text) for text in request.where))
    count = sum(1 for _ in atoms(condition))
    if count > MAX_CONDITIONS:
        raise WrongRequest(
            f"Filters may have {MAX_CONDITIONS} conditions at most; these have {count:,}. "
            "Write members of one breakdown as a list, as in sex in ('F', 'M')."
        )
    return condition


def _parted(condition: Condition, asked: list[str], catalog: Catalog) -> tuple[Condition, Condition]:
    """The filter on rows, bound, and the filter on the indicators of the answer."""
    on_rows, on_numbers = [], []
    for part in conjuncts(condition):
        names = set(levels_of(part))
        numbers = {name for name in names if name in catalog.indicators and not catalog.indicators[name].internal}
        if not numbers:
            on_rows.append(bind(part, catalog))
            continue
        if missing := sorted(numbers - set(asked)):
            raise WrongRequest(f"{missing[0]} is filtered by and not asked for: ask for it too.")
        if rest := sorted(names - numbers):
            raise WrongRequest(
                f"One condition cannot be on {rest[0]}, which chooses rows, and on {min(numbers)}, which is counted "
                "from them. Write them as filters of their own."
            )
        on_numbers.append(_numeric(part, {name: catalog.indicators[name].number for name in numbers}))
    return both(*on_rows), both(*on_numbers)


def _numeric(condition: Condition, numbers: Mapping[str, Number]) -> Condition:
    """A filter on indicators, whose values are all numbers, with each of the type that it is compared with."""
    for atom in atoms(condition):
        if any(isinstance(value, bool) or not isinstance(value, int | Decimal) for value in values_of(atom)):
            raise WrongRequest(f"{atom.level} is compared with numbers, such as 5 or 0.5.")
    return mapped(condition, lambda atom: _each(atom, lambda value: literal(value, atom.level, numbers[atom.level])))


def _breakdowns(request: Request, catalog: Catalog) -> tuple[tuple[Level, ...], Grain | None]:
    """The breakdowns without the period, and the grain: ``--by month`` and ``--grain month`` say the same."""
    grains = {name for name in request.by if name in GRAINS} | ({request.grain} if request.grain else set())
    if len(grains) > 1:
        raise WrongRequest(f"One trend has one grain; asked for {' and '.join(sorted(grains))}. Choose one.")
    grain: Grain | None = grains.pop() if grains else None  # type: ignore[assignment]
    if grain and request.as_of:
        raise WrongRequest(f"A trend by {grain} needs a period FROM..TO, not one date.")
    names = dict.fromkeys(name for name in request.by if name not in GRAINS)
    known = (*catalog.levels, *GRAINS)
    for name in names:
        if name not in catalog.levels:
            raise UnknownName("breakdown", name, known, "`dataport catalog breakdowns` lists them.")
    return tuple(catalog.levels[name] for name in names), grain


def _check_levels(question: Question) -> None:
    """Every level must be reachable from every fact that is counted, and allowed for every indicator."""
    asked = dict.fromkeys([level.name for level in question.by] + list(levels_of(question.where)))
    for indicator in question.indicators:
        for name in asked:
            level = question.catalog.levels[name]
            _check_level(question.catalog, indicator, level, level in question.by)


def _check_level(catalog: Catalog, indicator: Indicator, level: Level, is_breakdown: bool) -> None:
    if is_breakdown and _only_filters(catalog, indicator, level):
        raise WrongRequest(
            f"{indicator.name} cannot be broken down by {level.name}, of which a row may have many or none: it would "
            f"count more than once. Filter by it, as in --where \"{level.name} = '…'\"."
        )
    if goes_with(catalog, indicator, level):
        return
    allowed = [name for name, other in catalog.levels.items() if goes_with(catalog, indicator, other)]
    reason = indicator.levels_reason or _missing(catalog, indicator, level)
    raise WrongRequest(
        f"{indicator.name} cannot be broken down or filtered by {level.name}: {reason}. "
        f"It goes with {', '.join(allowed)}."
    )


def _missing(catalog: Catalog, indicator: Indicator, level: Level) -> str:
    """Why the rows behind an indicator do not have a level."""
    if all(catalog.column(level, fact) is not None for fact in catalog.facts_of(indicator)):
        return "it holds on a day, and this is counted over many"
    return "its rows do not have it"


def goes_with(catalog: Catalog, indicator: Indicator, level: Level) -> bool:
    """Whether an indicator can be broken down and filtered by a level: on all of its facts, and allowed by it."""
    if indicator.levels is not None and level.name not in indicator.levels:
        return False
    return all(
        catalog.column(level, leaf.measure.fact) is not None
        and not (leaf.formula.kind != "stock" and _is_of_a_day(catalog, level, leaf.measure.fact))
        for leaf in catalog.leaves(indicator)
    )


def _is_of_a_day(catalog: Catalog, level: Level, fact: str) -> bool:
    """Whether a level says what holds on one day only, so that nothing counted over days has it."""
    worked_out = any(one.computed or one.composed_of for one in catalog.path(level))
    return worked_out or catalog.is_through(level, fact)


def breaks_down(catalog: Catalog, indicator: Indicator, level: Level) -> bool:
    """Whether an indicator can be broken down by a level too, and not only filtered."""
    return goes_with(catalog, indicator, level) and not _only_filters(catalog, indicator, level)


def listings(level_name: str, catalog: Catalog) -> list[Request]:
    """The requests of which each answer lists the members of a level, the widest first.

    Raises:
        WrongRequest: no indicator can be broken down by the level.
    """
    level = catalog.level(level_name)
    found: list[tuple[bool, bool, int, str]] = []
    for name in catalog.public_indicators():
        indicator = catalog.indicator(name)
        if isinstance(indicator, Leaf) and breaks_down(catalog, indicator, level):
            # everything there is rather than a part of it, and rather now than lately
            narrows = indicator.measure.where != ALWAYS
            found.append((indicator.formula.kind != "stock", narrows, len(found), name))
    if not found:
        raise WrongRequest(f"No indicator can be broken down by {level_name}, so its members cannot be listed.")
    return [Request((name,), (level_name,)) for *_, name in sorted(found)]


def _only_filters(catalog: Catalog, indicator: Indicator, level: Level) -> bool:
    """Whether some rows behind an indicator may have many members of a level, or none."""
    return any(catalog.is_through(level, fact) for fact in catalog.facts_of(indicator))


def _check_order(order: tuple[OrderBy, ...], question: Question) -> None:
    names = [*question.columns, *(level.name for level in question.by)]
    names += [PERIOD] if question.timeline.grain else []
    for term in order:
        if term.name not in names:
            raise UnknownName("column of this answer", term.name, names, f"It has {', '.join(names)}.")


def bind(condition: Condition, catalog: Catalog) -> Condition:
    """The same condition with every level checked and every value of its level's type."""
    return mapped(condition, lambda atom: _bound(atom, catalog))


def _bound(condition: Atom, catalog: Catalog) -> Condition:
    match condition:
        case IsUnknown(name):
            catalog.level(name)
            return condition
        case Between(name):
            level = _comparable(catalog.level(name), "between")
        case Compare(name, "=" | "!="):
            level = catalog.level(name)
        case Compare(name, operator):
            level = _comparable(catalog.level(name), operator)
        case _:
            level = catalog.level(condition.level)
    return _each(condition, lambda value: typed(level, value, catalog))


def _each(condition: Atom, made: Callable[[Value], Value]) -> Atom:
    """The same comparison with something else in the place of each value."""
    match condition:
        case OneOf(_, values):
            return replace(condition, values=tuple(dict.fromkeys(map(made, values))))
        case Between(_, low, high):
            return replace(condition, low=made(low), high=made(high))
        case Compare(_, _, value):
            return replace(condition, value=made(value))
    return condition


def _comparable(level: Level, operator: str) -> Level:
    """Codes and names have no order that a person would mean by ``<``."""
    if level.type in ("text", "boolean"):
        raise WrongRequest(f"{level.name} has members, not sizes: use = , != or in, not {operator}.")
    return level


def literal(value: Value, name: str, number: Number | None) -> Value:
    """A number as it is compared: with what is exact as it is written, with binary fractions as the nearest of them."""
    if isinstance(value, Decimal) and (number is None or not number.is_exact):
        return _nearest_fraction(value, name)
    if isinstance(value, int) and number == DOUBLE and abs(value) > LARGEST:
        return float(Decimal(value))
    if isinstance(value, Decimal) and max(-_exponent(value), 0) > DIGITS:
        raise WrongRequest(f"A number in this filter is too fine: {name} may have {DIGITS} digits at most.")
    if isinstance(value, int | Decimal):
        whole = abs(value) if isinstance(value, int) else int(abs(value))
        held = 10 ** (DIGITS - number.scale) - 1 if number and number.kind == "decimal" else LARGEST
        if whole > held + (value < 0):
            raise WrongRequest(f"A number in this filter is too large: {name} may be {held:,} at most.")
    return value


def _nearest_fraction(value: Decimal, name: str) -> float:
    nearest = float(value)
    if isfinite(nearest):
        return nearest
    raise WrongRequest(f"A number in this filter is too large: {name} holds binary fractions, up to some 1.8e308.")


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def typed(level: Level, value: Value, catalog: Catalog) -> Value:
    """A literal as the level's type; a member's code where the level has a list of members."""
    match level.type, value:
        case "text", str():
            return _member(level, value, catalog)
        case "boolean", bool():
            return value
        case "integer" | "number", int() if not isinstance(value, bool):
            return literal(value, level.name, level.number)
        case "number", Decimal():
            return literal(value, level.name, level.number)
        case "date", str():
            return parse_day(value)
        case "date", date():
            return value
    example = {"text": "'KEN'", "boolean": "true", "integer": "5", "number": "5", "date": "'2021-12-31'"}[level.type]
    raise WrongRequest(f"{level.name} is compared with {level.type} values, such as {example}.")


def _member(level: Level, text: str, catalog: Catalog) -> str:
    if level.bands:
        if text in level.bands.labels:
            return text
        raise UnknownName(
            f"value of {level.name}", text, level.bands.labels, f"It has {', '.join(level.bands.labels)}."
        )
    codes = catalog.code_lists.get(level.code_list or "")
    if codes is None:
        return text
    if text in codes.missing:
        raise WrongRequest(f"{text!r} means unknown in {level.name}: write `{level.name} is unknown`.")
    if text in codes.labels:
        return text
    if text.startswith(UNLISTED):
        return text.removeprefix(UNLISTED)
    known = (*written_members(codes), *codes.labels.values())
    hint = values_hint(level)
    if text.isalnum() and text == text.upper() and len(text) <= _LONGEST_CODE:
        hint += f" A code that rows have and the list has not is written '{UNLISTED}{text}'."
    raise UnknownName(f"value of {level.name}", text, known, hint)
