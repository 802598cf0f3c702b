"""catalog show: one indicator or breakdown in full, so that its number can be counted again by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from dataport.disclosure import SafeTable
from dataport.semantic import Catalog, breaks_down, goes_with
from dataport.semantic.arithmetic import has_quotient, in_words
from dataport.semantic.condition import ALWAYS, Condition, levels_of
from dataport.semantic.condition import in_words as condition_in_words
from dataport.semantic.examples import Example, example_of
from dataport.semantic.formula import Attainment, Change, Composition, Derived, Measure, Share, Simple
from dataport.semantic.members import as_written
from dataport.semantic.model import GRAINS, Indicator, Leaf, Level
from dataport.semantic.rule import Rule
from dataport.semantic.units import measured_in

Told: TypeAlias = dict[str, Any]
# More members of a list are told by JSON, or asked for with `catalog values`.
_MOST = 30


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
        "other_breakdowns": one.levels_reason,
        "rules": [_rule(rule) for rule in loaded.rules if rule.concerns(_facts(one, loaded), _mentioned(one, loaded))],
        "kpi": _kpi(one, loaded),
        "example": _example(example_of(one.name)),
    }


def _kpi(one: Indicator, loaded: Catalog) -> Told | None:
    """Of the value of a KPI, which one it is and what it should come to."""
    found = next((kpi for kpi in loaded.kpis if kpi.indicator == one.name), None)
    return None if found is None else {"name": found.name, "target": float(found.target), "better": found.better}


def _example(one: Example | None) -> Told | None:
    if one is None:
        return None
    return {
        "command": one.command,
        "of": one.of,
        "columns": [*one.columns],
        "rows": [[*row] for row in one.rows],
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
        "composed_of": _composed(one.composed_of, loaded) if one.composed_of else None,
        "filters": _through(one, loaded),
        "code_list": one.code_list,
        "members": _members(one, loaded),
        "rules": [_rule(rule) for rule in loaded.rules if rule.concerns((), (one.name,))] if facts else [],
    }


def as_rows(told: Told) -> Iterator[tuple[str, str]]:
    """What is told, as lines for people; what is empty is left out."""
    for key, value in told.items():
        said = _said(key, value)
        if said and key not in ("example", "kpi"):
            yield key.replace("_", " "), said


def _said(key: str, value: Any) -> str:
    if not value:
        return ""
    if key in _SENTENCES:
        return _SENTENCES[key](value)
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
        "matures": {"axis": formula.axis, "days": formula.matures} if formula.matures else None,
        "attains": _attained(formula.attains, loaded) if formula.attains else None,
        "composed_of": _composed(measure.composition, loaded) if measure.composition else None,
    }


def _sentence(one: Indicator, loaded: Catalog) -> str:
    """A simple indicator in one line."""
    assert isinstance(one, Leaf)
    told, formula = _counted(one, loaded), one.formula
    what = "rows" if formula.measure.aggregate == "count" else told["counted"]
    words = f"{formula.kind}, {what} of {told['fact']['name']}"
    words += f" by {formula.axis}" if formula.axis else ""
    words += f" where {told['condition']}" if told["condition"] else ""
    return "; ".join([words, *(_SENTENCES[name](told[name]) for name in _SENTENCES if told.get(name))])


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


def _attained(attains: Attainment, loaded: Catalog) -> Told:
    where = _condition(attains.where, loaded)
    return {"fact": attains.fact, "where": where, "link": attains.link, "axis": attains.axis, "days": attains.days}


def _composed(composition: Composition, loaded: Catalog) -> Told:
    return {"fact": composition.fact, "where": _condition(composition.where, loaded), "link": composition.link}


def _rows_such(told: Told) -> str:
    return f"{told['fact']}{' where ' + told['where'] if told['where'] else ''}"


def _matured_said(told: Told) -> str:
    return f"only rows since whose {told['axis']} {told['days']} days have passed"


def _attained_said(told: Told) -> str:
    when = f"whose {told['axis']} is" if told["axis"] else "which holds"
    return (
        f"only those with a row of {_rows_such(told)}, by {told['link']}, {when} on one of the {told['days']} days "
        "from their own date"
    )


def _composed_said(told: Told) -> str:
    such = _rows_such(told)
    return f"where the viewer's rows are limited, the rows of {such} that they may see, by {told['link']}"


def _filters_said(told: Told) -> str:
    return f"{', '.join(told['of'])}: with at least one row of {_rows_such(told)}, by {told['link']}"


def _members_said(told: list[Told]) -> str:
    said = [one["label"] if one["code"] == one["label"] else f"{one['code']} ({one['label']})" for one in told]
    more = f" and {len(said) - _MOST} more" if len(said) > _MOST else ""
    return ", ".join(said[:_MOST]) + more


# How parts that have a sentence of their own read for people.
_SENTENCES: Mapping[str, Callable[[Any], str]] = {
    "matures": _matured_said,
    "attains": _attained_said,
    "composed_of": _composed_said,
    "filters": _filters_said,
    "members": _members_said,
}


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
    # a catalog that tells a part of the definitions holds conditions on levels that nobody is shown
    return tuple(dict.fromkeys(name for name in found if name in loaded.levels))


def _entities(one: Indicator, loaded: Catalog) -> list[str]:
    """What a viewer must be permitted to count."""
    facts = [loaded.facts[name].entity for name in _facts(one, loaded)]
    levels = [level.entity for name in _mentioned(one, loaded) for level in loaded.path(loaded.levels[name])]
    return list(dict.fromkeys(name for name in (*facts, *levels) if name))


def _reached(one: Level) -> str:
    if one.via:
        return f"from {one.via.base}, by the column {one.via.column} of {one.via.dimension}"
    return f"from {one.bands.base}, in bands" if one.bands else ""


def _through(one: Level, loaded: Catalog) -> Told | None:
    """How rows are filtered by what they have on another fact."""
    if one.through is None:
        return None
    where = _condition(one.through.where, loaded)
    return {"of": list(one.through.of), "fact": one.through.fact, "where": where, "link": one.through.link}


def _members(one: Level, loaded: Catalog) -> list[Told]:
    """The members of a level from its public list, as a filter takes them; none where there is no list."""
    if one.bands:
        return [{"code": label, "label": label} for label in one.bands.labels]
    codes = loaded.code_lists.get(one.code_list or "")
    return [{"code": codes.written(code), "label": label} for code, label in codes.labels.items()] if codes else []


def _rule(rule: Rule) -> Told:
    return {"name": rule.name, "label": rule.label, "text": rule.text, "reason": rule.reason}


def values_of(found: SafeTable, level: Level, loaded: Catalog) -> list[tuple[Any, str]]:
    """The members of a level in an answer, as a filter takes them, with their names."""
    codes = [code for code in found.data.column(level.name).to_pylist() if code is not None]
    listed, labels = loaded.code_lists.get(level.code_list or ""), found.members.get(level.name, {})
    return [(listed.written(code) if listed else code, labels.get(code, code)) for code in codes]
