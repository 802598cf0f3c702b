"""Everything that a question mentions, openly or inside its indicators."""

from __future__ import annotations

from collections.abc import Iterator

from dataport.semantic import Catalog, Request
from dataport.semantic.arithmetic import names_of
from dataport.semantic.condition import AllOf, AnyOf, Condition, Not
from dataport.semantic.formula import Change, Derived, Share
from dataport.semantic.model import Indicator, Level


class Names:
    """The indicators, leaves, levels and facts of a request; `grain` and `by` without the period."""

    def __init__(self, request: Request, where: Condition, catalog: Catalog) -> None:
        grains = ("day", "week", "month", "quarter", "year")
        self.asked = [catalog.indicators[name] for name in _once(request.indicators)]
        self.by = [catalog.levels[name] for name in _once(request.by) if name not in grains]
        named = [name for name in request.by if name in grains]
        self.grain = named[0] if named else request.grain
        self.leaves = _once(leaf for one in self.asked for leaf in _leaves(one, catalog))
        self.indicators: list[Indicator] = _once(inner for one in self.asked for inner in _inputs(one, catalog))
        attained = [leaf.formula.attains for leaf in self.leaves if leaf.formula.attains]
        used = [level.name for level in self.by] + list(_mentioned(where))
        for leaf in self.leaves:
            used += list(_mentioned(leaf.formula.measure.where))
            used += [leaf.formula.measure.of] if leaf.formula.measure.of else []
        used = [name for name in used if name in catalog.levels]
        compositions = [leaf.formula.measure.composition for leaf in self.leaves]
        compositions += [level.composed_of for name in used for level in _with_bases(name, catalog)]
        self.facts = _once(
            [leaf.formula.measure.fact for leaf in self.leaves]
            + [one.fact for one in compositions if one]
            + [one.fact for one in attained]
        )
        throughs: list[Condition] = []
        for name in _mentioned(where):
            through = catalog.levels[name].through if name in catalog.levels else None
            if through and set(through.of) & {leaf.formula.measure.fact for leaf in self.leaves}:
                self.facts = _once([*self.facts, through.fact])
                throughs = [*throughs, through.where]
        conditions = [where, *throughs, *(leaf.formula.measure.where for leaf in self.leaves)]
        conditions += [one.where for one in compositions if one]
        conditions += [one.where for one in attained]
        mentioned = [level.name for level in self.by]
        mentioned += [leaf.formula.measure.of for leaf in self.leaves if leaf.formula.measure.of]
        for condition in conditions:
            mentioned += [name for name in _mentioned(condition) if name in catalog.levels]
        self.shown: list[Level] = _once(catalog.levels[name] for name in mentioned)
        self.levels: list[Level] = _once(level for name in mentioned for level in _with_bases(name, catalog))


def _once(found):
    kept = []
    for one in found:
        if one not in kept:
            kept.append(one)
    return kept


def _leaves(indicator: Indicator, catalog: Catalog) -> list[Indicator]:
    parts = _parts(indicator, catalog)
    return [leaf for part in parts for leaf in _leaves(part, catalog)] if parts else [indicator]


def _inputs(indicator: Indicator, catalog: Catalog) -> list[Indicator]:
    parts = _parts(indicator, catalog)
    return [indicator, *(inner for part in parts for inner in _inputs(part, catalog))]


def _parts(indicator: Indicator, catalog: Catalog) -> list[Indicator]:
    """What an indicator is directly computed from."""
    match indicator.formula:
        case Derived(expression):
            return [catalog.indicators[name] for name in names_of(expression)]
        case Share(of, _) | Change(of, _, _):
            return [catalog.indicators[of]]
    return []


def _with_bases(name: str, catalog: Catalog) -> Iterator[Level]:
    level = catalog.levels[name]
    yield level
    if level.via:
        yield from _with_bases(level.via.base, catalog)
    if level.bands:
        yield from _with_bases(level.bands.base, catalog)


def _mentioned(condition: Condition) -> Iterator[str]:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _mentioned(part)
        case Not(part):
            yield from _mentioned(part)
        case _:
            yield condition.level
