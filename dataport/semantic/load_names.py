"""load, for names: no two things of one answer are called alike, and no column of the file is called as one of ours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dataport.semantic.formula import Change, Composition, Simple
from dataport.semantic.model import GRAINS, Catalog, Leaf, Level
from dataport.semantic.movement import RESERVED
from dataport.semantic.names import BEFORE, CELL_STATUS, CHANGE, KEYWORDS, MARK, NOTHING_KEPT, TOTAL_OF, folded
from dataport.semantic.policy import SCOPE
from dataport.semantic.timeline import PERIOD
from dataport.semantic.yaml_entries import Entry

_OF_ANSWERS: dict[str, str] = {
    PERIOD: "the column of a trend",
    TOTAL_OF: "a column of answers with totals",
    CELL_STATUS: "a column of answers with marked cells",
    **dict.fromkeys(KEYWORDS, "a word of filters"),
}
_OF_LEVELS: dict[str, str] = {
    **_OF_ANSWERS,
    **dict.fromkeys(RESERVED, "a column of changes"),
    **dict.fromkeys(GRAINS, "a length of periods, and `by` would mean that"),
    NOTHING_KEPT: "the subtotal that keeps no breakdown",
}

Entries = Mapping[str, Mapping[str, Entry]]


def check_names(entries: Entries, catalog: Catalog) -> None:
    """BadDefinition for the first name that could be taken for another one.

    Args:
        entries: the definitions as they stand in files, by section.
    """
    for name, entry in entries["levels"].items():
        if name in _OF_LEVELS:
            raise entry.error(f"{name!r} is {_OF_LEVELS[name]}: call this level otherwise.")
        if name == SCOPE and entries["policies"]:
            raise entry.error(f"policies call the column that permissions go by {name!r}: call this level otherwise.")
    for name, entry in entries["indicators"].items():
        if name in _OF_ANSWERS:
            raise entry.error(f"{name!r} is {_OF_ANSWERS[name]}: call this indicator otherwise.")
        _check_compared(name, entries, catalog)
    for section, columns in _columns(catalog).items():
        for name, (table, read) in columns.items():
            _check_columns(entries[section][name], table, read)


def _check_compared(name: str, entries: Entries, catalog: Catalog) -> None:
    """A comparison shows two more columns of an indicator: nothing else may be called as they are."""
    indicator = catalog.indicators[name]
    if indicator.internal or isinstance(indicator.formula, Change):
        return
    for shown in (name + BEFORE, name + CHANGE):
        for section, kind in (("indicators", "indicator"), ("levels", "level")):
            entry = entries[section].get(shown)
            if entry is None or (shown in catalog.indicators and catalog.indicators[shown].internal):
                continue
            raise entry.error(f"{shown!r} is the column of {name!r} in a comparison: call this {kind} otherwise.")


_Columns = dict[str, dict[str, tuple[tuple[str, ...], list[str]]]]


def _columns(catalog: Catalog) -> _Columns:
    """What is read of the file: by section and name, the tables and their columns."""
    read = {name: list(_of_fact(catalog, name)) for name in catalog.facts}
    for level in catalog.levels.values():
        for fact, column in _of_level(level):
            read[fact].append(column)
    for indicator in catalog.indicators.values():
        if isinstance(indicator, Leaf):
            for fact, column in _of_measure(indicator.formula):
                read[fact].append(column)
    dimensions = {
        name: [one.key, *((one.validity.start, one.validity.end) if one.validity else ())]
        for name, one in catalog.dimensions.items()
    }
    for level in catalog.levels.values():
        if level.via:
            dimensions[level.via.dimension].append(level.via.column)
    return {
        "facts": {name: ((catalog.facts[name].table,), columns) for name, columns in read.items()},
        "dimensions": {name: ((catalog.dimensions[name].table,), columns) for name, columns in dimensions.items()},
        "rollups": {name: (one.tables, [one.day, *one.steps, *one.columns]) for name, one in catalog.rollups.items()},
    }


def _of_fact(catalog: Catalog, name: str) -> Iterator[str]:
    fact = catalog.facts[name]
    yield fact.unit
    yield from [fact.scope] if fact.scope else []
    yield from [fact.validity.start, fact.validity.end] if fact.validity else []
    yield from fact.axes.values()
    if why := fact.boundaries:
        yield from (one for one in (why.starts, why.ends, why.start_changes, why.end_changes) if one)
        yield from why.attributes


def _of_level(level: Level) -> Iterator[tuple[str, str]]:
    yield from level.on.items()
    if level.through:
        yield from ((fact, level.through.link) for fact in (*level.through.of, level.through.fact))
    if level.composed_of:
        yield from _of_composition(level.on, level.composed_of)


def _of_measure(formula: Simple) -> Iterator[tuple[str, str]]:
    measure = formula.measure
    if measure.column:
        yield measure.fact, measure.column
    if measure.composition:
        yield from _of_composition([measure.fact], measure.composition)
    if formula.attains:
        yield from ((fact, formula.attains.link) for fact in (measure.fact, formula.attains.fact))


def _of_composition(owners: Iterable[str], one: Composition) -> Iterator[tuple[str, str]]:
    yield from ((fact, one.link) for fact in (*owners, one.fact))


def _check_columns(entry: Entry, tables: tuple[str, ...], columns: list[str]) -> None:
    for name in (*tables, *columns):
        if not name or MARK in name or "\0" in name:
            raise entry.error(f"no table or column may be called {name!r} here: give it another name in a view.")
    spelt: dict[str, str] = {}
    for name in columns:
        first = spelt.setdefault(folded(name), name)
        if first != name:
            raise entry.error(
                f"the column {first!r} is written {name!r} too, which is the same to the engine: write it in one way."
            )
