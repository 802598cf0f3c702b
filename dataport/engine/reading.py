"""reading: what a leg reads of its fact: the conditions on rows, the levels that it needs, and how they are reached."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from dataport.access import ScopedQuestion
from dataport.engine.added_columns import AddedColumns
from dataport.engine.algebra import Banded, Lookup, Node
from dataport.semantic.condition import Condition, both, conjuncts, levels_of
from dataport.semantic.formula import Simple
from dataport.semantic.model import Fact
from dataport.semantic.timeline import Timeline


class Reading:
    """One fact, read for indicators that share it.

    Attributes:
        added: what is put beside the rows.
        direct: the condition on columns of the rows that all indicators share; levels by name.
        residual: the condition on levels that must be reached first.
        roots: the levels and marks that stand on the rows, from which all others are reached.
    """

    def __init__(self, scoped: ScopedQuestion, fact: Fact, formulas: Sequence[Simple], line: Timeline) -> None:
        self._catalog, self._formulas = scoped.question.catalog, formulas
        # Conditions shared by all indicators narrow the scan; what is particular to one becomes its FILTER.
        own = [conjuncts(formula.measure.where) for formula in formulas]
        self._shared = tuple(part for part in own[0] if all(part in others for others in own))
        self.added = AddedColumns(scoped, fact, list(formulas), line)
        filters = self.added.filters
        direct = [part for part in conjuncts(filters) if all(map(self.added.holds, levels_of(part)))]
        self.direct = both(*direct, *self._shared)
        self.residual = both(*(part for part in conjuncts(filters) if part not in direct))
        # Levels that the answer or a filter still to come needs, however they are reached.
        wanted = [level.name for level in scoped.question.by] + list(levels_of(self.residual))
        marks = [name for name in dict.fromkeys(wanted) if self.added.is_mark(name)]
        levels = [self._catalog.levels[name] for name in dict.fromkeys(wanted) if name not in marks]
        self._paths = [self._catalog.path(level) for level in levels]
        self.roots = distinct([*marks, *(path[0].name for path in self._paths)])

    @property
    def has_changing_places(self) -> bool:
        """Whether a level is reached through a dimension whose rows change over time."""
        vias = [level.via for path in self._paths for level in path if level.via]
        return any(self._catalog.dimensions[via.dimension].validity for via in vias)

    def own(self, formula: Simple) -> Condition:
        """The condition of one indicator, without what all that share its scan have; on columns of the rows."""
        return self.added.bound(both(*(part for part in conjuncts(formula.measure.where) if part not in self._shared)))

    def columns(self) -> list[str]:
        """The columns of the fact that hold the levels which are needed."""
        names = [*levels_of(self.direct), *self.roots]
        for formula in self._formulas:
            names += [*levels_of(formula.measure.where), *([formula.measure.of] if formula.measure.of else [])]
        return [column for name in names for column in self.added.read_for(name)]

    def reached(self, node: Node, instant: datetime, suffix: str = "") -> Node:
        """Add every level that is worked out from another one, bases first; all names with a suffix."""
        reached = {level.name: level for path in self._paths for level in path[1:]}
        for level in reached.values():
            name = level.name + suffix
            if level.bands:
                node = Banded(node, name, level.bands.base + suffix, level.bands)
            elif level.via:
                dimension = self._catalog.dimensions[level.via.dimension]
                node = Lookup(node, name, level.via.base + suffix, dimension, level.via.column, instant)
        return node


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
