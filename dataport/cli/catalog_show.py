"""catalog show: one indicator or breakdown in full, so that its number can be counted again by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

from dataport.semantic import Catalog, breaks_down, goes_with
from dataport.semantic.arithmetic import has_quotient, in_words
from dataport.semantic.condition import ALWAYS, Condition, levels_of
from dataport.semantic.condition import in_words as condition_in_words
from dataport.semantic.formula import Attainment, Change, Composition, Derived, Measure, Share, Simple
from dataport.semantic.members import as_written
from dataport.semantic.model import GRAINS, Indicator, Leaf, Level
from dataport.semantic.rule import Rule
from dataport.semantic.units import measured_in

Told: TypeAlias = dict[str, Any]


def indicator_told(one: Indicator, loaded: Catalog) -> Told:
    """Everything that decides the number of an indicator, for programs; what it is made of, down to what is counted."""
    kind, computed = _formula(one)
    levels = [level for level in loaded.levels.values() if goes_with(loaded, one, level)]
    breakdowns = [level.name for level in levels if breaks_down(loaded, one, level)]
    return {
        "name": one.name,
        "label": one.label,
        "description": one.description,
        "unit": measured_in(one, loaded)[0],
        "kind": kind,
        "internal": one.internal,
        "computed": computed,
        **_counted(one, loaded),
        "over": one.over,
        "tier": one.tier,
        "entities": _entities(one, loaded),
        "made_of": [_part(loaded.indicators[name], loaded) for name in loaded.made_of(one)],
        "breakdowns": [*breakdowns, *GRAINS],
        "filters_only": [level.name for level in levels if level.name not in breakdowns],
        "other breakdowns": one.levels_reason,
        "rules": [_rule(rule) for rule in loaded.rules if rule.concerns(_facts(one, loaded), _mentioned(one, loaded))],
    }


def level_told(one: Level, loaded: Catalog) -> Told:
    """Everything that decides to which member of a level a row counts, for programs."""
    facts = [name for name in loaded.facts if loaded.column(one, name) is not None]
    return {
        "name": one.name,
        "label": one.label,
        "description": one.description,
        "type": one.type,
        "tier": one.tier,
        "entity": one.entity,
        "on": dict(one.on),
        "reached": _reached(one),
        "computed": f"{one.computed}, completed years on the day asked" if one.computed else "",
        "composed_of": _composed(one.composed_of, loaded) if one.composed_of else "",
        "filters": _through(one, loaded),
        "members": list(one.bands.labels) if one.bands else one.code_list or "",
        "rules": [_rule(rule) for rule in loaded.rules if rule.concerns((), (one.name,))] if facts else [],
    }


def as_rows(told: Told) -> Iterator[tuple[str, str]]:
    """What is told, as lines for people; what is empty is left out."""
    for key, value in told.items():
        said = _said(key, value)
        if said:
            yield key.replace("_", " "), said


def _said(key: str, value: Any) -> str:
    if not value:
        return ""
    match value:
        case True:
            return "yes: an input of other indicators, not asked for by itself" if key == "internal" else "yes"
        case {"name": name, "label": label}:
            return f"{name}: {label}"
        case dict():
            return "\n".join(f"{name}: {said}" for name, said in value.items())
        case [{"text": _}, *_]:
            return "\n".join(
                f"{rule['label']}. {rule['text']} Because {rule['reason']}. ({rule['name']})" for rule in value
            )
        case [{"computed": _}, *_]:
            return "\n".join(line for part in value for line in _part_lines(part))
        case [*several]:
            return ", ".join(map(str, several))
    return str(value)


def _part_lines(part: Told, depth: int = 0) -> Iterator[str]:
    """An input of an indicator, and below it its own."""
    inner = " (internal)" if part["internal"] else ""
    yield f"{'  ' * depth}- {part['name']}{inner}: {part['in_words']}"
    for below in part["made_of"]:
        yield from _part_lines(below, depth + 1)


def _part(one: Indicator, loaded: Catalog) -> Told:
    kind, computed = _formula(one)
    counted = _counted(one, loaded)
    return {
        "name": one.name,
        "label": one.label,
        "kind": kind,
        "internal": one.internal,
        "computed": computed,
        **counted,
        "in_words": _sentence(one, loaded) if counted else f"{kind}, {computed}",
        "made_of": [_part(loaded.indicators[name], loaded) for name in loaded.made_of(one)],
    }


def _counted(one: Indicator, loaded: Catalog) -> Told:
    """What of which rows a simple indicator counts; nothing for others."""
    if not isinstance(one, Leaf):
        return {}
    formula, measure = one.formula, one.measure
    fact = loaded.facts[measure.fact]
    return {
        "counted": _what(measure, fact.unit),
        "fact": {"name": fact.name, "label": fact.label},
        "condition": _condition(measure.where, loaded),
        "axis": formula.axis,
        "matures": _matured(formula),
        "attains": _attained(formula.attains, loaded) if formula.attains else "",
        "composed_of": _composed(measure.composition, loaded) if measure.composition else "",
    }


def _sentence(one: Indicator, loaded: Catalog) -> str:
    """A simple indicator in one line."""
    assert isinstance(one, Leaf)
    told, formula = _counted(one, loaded), one.formula
    what = "rows" if formula.measure.aggregate == "count" else told["counted"]
    words = f"{formula.kind}, {what} of {told['fact']['name']}"
    words += f" by {formula.axis}" if formula.axis else ""
    words += f" where {told['condition']}" if told["condition"] else ""
    return "; ".join([words, *(told[name] for name in ("matures", "attains", "composed_of") if told[name])])


def _what(measure: Measure, unit: str) -> str:
    match measure.aggregate:
        case "count":
            return f"rows, of which there is one for each {unit} at an instant"
        case "count_distinct":
            return f"different values of {measure.column or measure.of}"
        case "quantile":
            return f"the quantile {measure.quantile:g} of {measure.column or measure.of}"
    return f"the {measure.aggregate} of {measure.column or measure.of}"


def _condition(condition: Condition, loaded: Catalog) -> str:
    """A condition as it is typed in a filter; empty where every row counts."""
    return "" if condition == ALWAYS else condition_in_words(as_written(condition, loaded))


def _matured(formula: Simple) -> str:
    return f"only rows since whose {formula.axis} {formula.matures} days have passed" if formula.matures else ""


def _attained(attains: Attainment, loaded: Catalog) -> str:
    where = _condition(attains.where, loaded)
    such = f" where {where}" if where else ""
    when = f"whose {attains.axis} is" if attains.axis else "which holds"
    return (
        f"only those with a row of {attains.fact}{such}, by {attains.link}, {when} on one of the {attains.days} days "
        "from their own date"
    )


def _composed(composition: Composition, loaded: Catalog) -> str:
    where = _condition(composition.where, loaded)
    return (
        f"where the viewer's rows are limited, the rows of {composition.fact}{f' where {where}' if where else ''} that "
        f"they may see, by {composition.link}"
    )


def _formula(one: Indicator) -> tuple[str, str]:
    """The kind of an indicator, and what it is computed from."""
    match one.formula:
        case Simple(Measure(aggregate=aggregate), kind) if aggregate != "count":
            return f"{kind}, {aggregate.replace('_', ' ')}", ""
        case Simple(_, "average"):
            return "average of a period", ""
        case Simple(_, kind):
            return kind, ""
        case Share(of, within):
            return "share", f"{of} / its {within}"
        case Change(of, since, relative):
            return "change", f"{of} since {since}{', as a share of it' if relative else ''}"
        case Derived(expression):
            return "ratio" if has_quotient(expression) else "derived", in_words(expression)


def _facts(one: Indicator, loaded: Catalog) -> tuple[str, ...]:
    """The facts whose rows decide an indicator."""
    leaves = [leaf.formula for leaf in loaded.leaves(one)]
    others = [leaf.attains.fact for leaf in leaves if leaf.attains]
    others += [leaf.measure.composition.fact for leaf in leaves if leaf.measure.composition]
    return tuple(dict.fromkeys([*loaded.facts_of(one), *others]))


def _mentioned(one: Indicator, loaded: Catalog) -> tuple[str, ...]:
    """The levels that decide which rows count."""
    found: list[str] = []
    for leaf in loaded.leaves(one):
        found += levels_of(leaf.measure.where)
        found += [leaf.measure.of] if leaf.measure.of else []
        found += levels_of(leaf.formula.attains.where) if leaf.formula.attains else []
    return tuple(dict.fromkeys(found))


def _entities(one: Indicator, loaded: Catalog) -> list[str]:
    """What a viewer must be permitted to count."""
    facts = [loaded.facts[name].entity for name in _facts(one, loaded)]
    levels = [level.entity for name in _mentioned(one, loaded) for level in loaded.path(loaded.levels[name])]
    return list(dict.fromkeys(name for name in (*facts, *levels) if name))


def _reached(one: Level) -> str:
    if one.via:
        return f"from {one.via.base}, by the column {one.via.column} of {one.via.dimension}"
    return f"from {one.bands.base}, in bands" if one.bands else ""


def _through(one: Level, loaded: Catalog) -> str:
    """How rows are filtered by what they have on another fact."""
    if one.through is None:
        return ""
    where = _condition(one.through.where, loaded)
    such = f" where {where}" if where else ""
    return f"{', '.join(one.through.of)}: with at least one row of {one.through.fact}{such}, by {one.through.link}"


def _rule(rule: Rule) -> Told:
    return {"name": rule.name, "label": rule.label, "text": rule.text, "reason": rule.reason}
