"""unmet values: what a filter compares with and no row has, said where the answer would not show it.

What a level with a public list is compared with is held against the list before anything is read. Other levels have
the members that their rows have: a misspelt one is left out of nothing by ``!=``, and of several in a list the others
answer alone. That number is right, and seldom what was meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

from dataport.access import ScopedQuestion
from dataport.engine.blocks import Parameters, aliased, cast, column, select, stored
from dataport.engine.lower import Lowered, read_in_scope
from dataport.engine.lower_conditions import member_of
from dataport.engine.scan import Scan
from dataport.engine.seal import Statement, seal
from dataport.semantic.condition import Compare, Condition, OneOf, atoms, conjuncts, in_words, values_of
from dataport.semantic.model import Catalog, Level
from dataport.tables import RawTable

Run = Callable[[Statement], RawTable]
_VALUE = "value"
# Of a longer list the first ones are looked for, and named: who writes more has them from somewhere.
_MOST_LOOKED_FOR, _MOST_NAMED = 1_000, 5


def unmet_values(scoped: ScopedQuestion, run: Run) -> tuple[str, ...]:
    """The notes of an answer about texts in its filters that no row in scope has, on any day.

    One that is compared by ``=``, and must hold, needs none: without a row of it the answer is empty, and says why.

    Args:
        run: carries a sealed statement out.
    """
    catalog, notes = scoped.question.catalog, []
    for name, texts in _compared(scoped.question.where, catalog).items():
        level = catalog.levels[name]
        found: set[str] = set()
        for own, rows, parameters in _places(level, scoped):
            query = _distinct(own, rows, texts, parameters)
            told = run(seal(Lowered(query, (), parameters.values), scoped))
            found |= {one for one in told.data.column(_VALUE).to_pylist() if one is not None}
        if missing := [one for one in texts if one not in found]:
            shown = in_words(OneOf(name, tuple(missing[:_MOST_NAMED])))
            more = f" (and {len(missing) - _MOST_NAMED:,} more)" if len(missing) > _MOST_NAMED else ""
            notes.append(f"nothing in scope has {shown}{more}, on any day")
    return tuple(notes)


def _compared(where: Condition, catalog: Catalog) -> dict[str, tuple[str, ...]]:
    """The texts with which levels without a list are compared, where an answer may hold something without them."""
    found: dict[str, dict[str, None]] = {}
    alone = [part for part in conjuncts(where) if _must_be_met(part)]
    for atom in atoms(where):
        level = catalog.levels.get(atom.level)
        if level is None or level.type != "text" or level.code_list or level.bands or atom in alone:
            continue
        if isinstance(atom, OneOf) or (isinstance(atom, Compare) and atom.operator in ("=", "!=")):
            texts = [one for one in values_of(atom) if isinstance(one, str)]
            found.setdefault(atom.level, {}).update(dict.fromkeys(texts))
    return {name: tuple(texts)[:_MOST_LOOKED_FOR] for name, texts in found.items() if texts}


def _must_be_met(part: Condition) -> bool:
    return isinstance(part, Compare) and part.operator == "="


def _places(level: Level, scoped: ScopedQuestion) -> Iterator[tuple[str, exp.Expr, Parameters]]:
    """Where the members of a level stand, each a column of some rows: a dimension, or the rows in scope of each fact.

    A member that a dimension describes is one, though nobody is of it: an office that has no records yet.
    """
    catalog = scoped.question.catalog
    vias = [one.via for one in catalog.levels.values() if one.via and one.via.base == level.name]
    named = {(one.dimension, catalog.dimensions[one.dimension].key) for one in vias}
    for name, own in {(level.via.dimension, level.via.column)} if level.via else named:
        dimension = catalog.dimensions[name]
        yield own, stored(dimension.table, dimension.held), Parameters()
    for name, own in level.on.items():
        if name in scoped.scopes:
            parameters, scan = Parameters(), Scan.of(catalog.facts[name], scoped, (own,))
            yield own, read_in_scope(scan, [column(own)], parameters).subquery("source", copy=False), parameters


def _distinct(own: str, rows: exp.Expr, texts: tuple[str, ...], parameters: Parameters) -> exp.Query:
    value = cast(column(own), "TEXT")
    return select([aliased(value, _VALUE)], rows, where=[member_of(value.copy(), texts, parameters)], distinct=True)
