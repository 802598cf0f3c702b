"""run: a sealed statement becomes Arrow, whichever engine carries it out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dataport.access import ScopedQuestion
from dataport.engine.blocks import column, select, stored, table_of
from dataport.engine.failures import VALUE, EngineFailed, reads_of
from dataport.engine.lower import lower
from dataport.engine.planner import plan
from dataport.engine.protocol import Bound, Engine, rendered, rows_of, run
from dataport.engine.seal import Sealed, Statement, seal
from dataport.errors import WrongRequest
from dataport.semantic import Horizon
from dataport.semantic.horizons import NAMELESS, Horizons
from dataport.semantic.kpi import JudgedBy
from dataport.semantic.model import Catalog, Fact
from dataport.semantic.offices import Office, Offices
from dataport.semantic.source_of import SourceOf
from dataport.tables import RawTable


class NoCalendarDay(WrongRequest):
    """A breakdown has days that neither Python nor a table for people can write: they would be shown as other days."""

    code = "no_calendar_day"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} has days before the year 1, after 9999, or without end, which an answer cannot show. Leave them "
            f"out, as in --where \"{name} between '{date.min}' and '{date.max}'\", or do not break down by it."
        )


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """The rows of an answer and of its totals, before anything is released."""

    rows: RawTable
    totals: tuple[tuple[tuple[str, ...], RawTable], ...]


class Figures:
    """One version of the figures. The next build makes another version, so it never blocks a reader."""

    def __init__(
        self,
        engine: Engine,
        data_version: int,
        horizon: Horizon | None = None,
        sources: Mapping[str, Horizon] | None = None,
        has_links: bool = False,
        rows: Mapping[str, int] | None = None,
    ) -> None:
        """Read what an engine has open. Without a horizon it is a published version, which says its own.

        Args:
            sources: the horizon of each store behind them, where there are several.
            has_links: whether confirmed links join records of several of them.
            rows: how many rows each of its tables has, where that was written down.
        """
        self.data_version = data_version
        self.engine = engine
        self.horizon = horizon or self._recorded()
        self._sources = sources or {NAMELESS: self.horizon}
        self._horizons: Horizons | None = None
        self._has_links = has_links
        self._rows = rows or {}
        self._held: tuple[Catalog, Catalog] | None = None
        self._checks: str | None = None

    def held(self, catalog: Catalog) -> Catalog:
        """The definitions with those rollups only that this version has: an older one is asked as it was built.

        Those of fewest rows come first, and the planner takes the first that answers.
        """
        if not self._rows:
            return catalog
        if self._held is None or self._held[0] is not catalog:
            there = (one for one in catalog.rollups.values() if all(table in self._rows for table in one.tables))
            by_size = sorted(there, key=lambda one: sum(self._rows[table] for table in one.tables))
            self._held = catalog, replace(catalog, rollups={one.name: one for one in by_size})
        return self._held[1]

    def horizons(self, catalog: Catalog) -> Horizons:
        """The horizon of each store; and the stores of each member, for levels whose members tell of which they are."""
        if self._horizons is None:
            fixing = [level for level in catalog.levels.values() if level.source_of] if len(self._sources) > 1 else []
            members = {level.name: self._sources_of(level.source_of, catalog) for level in fixing if level.source_of}
            self._horizons = Horizons(self._sources, members, self._has_links)
        return self._horizons

    @property
    def checks_version(self) -> str:
        """Which checks these figures were judged by: how many, and a digest of what each of them says."""
        if self._checks is None:  # a published version never changes, and each answer about quality says it
            said = map(column, ("check_name", "version", "condition_digest"))
            found = sorted(self._fixed(select(said, table_of("dim_check"))))
            self._checks = f"{len(found)} checks, {hashlib.sha256(repr(found).encode()).hexdigest()[:12]}"
        return self._checks

    def judged_by(self) -> tuple[JudgedBy, ...]:
        """The checks that these figures were judged by, with their places in the sets of what a record fails."""
        names = ("check_name", "kpi_code", "says", "severity_code", "ease", "word", "mask")
        return tuple(JudgedBy(*one) for one in sorted(self._fixed(select(map(column, names), table_of("dim_check")))))

    def run(self, statement: Statement) -> RawAnswer:
        """The raw answer of a sealed statement.

        Raises:
            NotExact: the engine does not do exactly what it needs; nothing was run.
            EngineFailed: what it was about, without the engine's words.
            NoCalendarDay: it has a day that nothing here can show.
        """
        try:
            totals = tuple((levels, self._table(query)) for levels, query in statement.totals)
            return RawAnswer(self._table(statement.rows), totals)
        except EngineFailed as problem:
            raise problem.about(reads_of(statement.question)) from None

    def answered(self, scoped: ScopedQuestion) -> RawAnswer:
        """The raw answer of another question that has passed the guard: planned, sealed and run."""
        return self.run(seal(lower(plan(scoped)), scoped))

    def told(self, statement: Statement) -> str:
        """The text that would be run for the rows of a statement.

        Raises:
            NotExact: the engine does not do exactly what it needs, so it would not be run.
        """
        return rendered(self.engine, statement.rows)

    def scope_values(self, fact: Fact) -> frozenset[str]:
        """The values that the scope of a fact's rows takes at all: for a check of grants, not for an answer."""
        assert fact.scope
        found = self._fixed(select([column(fact.scope)], stored(fact.table, fact.held), distinct=True))
        return frozenset(value for (value,) in found if value is not None)

    def offices(self, catalog: Catalog) -> Offices:
        """The business units as they are now, from a public table."""
        of = catalog.dimensions["business_unit"]
        names = (of.key, "parent_business_unit_id", "business_unit_name", "kind_code")
        rows = self._fixed(select(map(column, names), table_of(of.table), where=[column("is_current")]))
        return Offices(Office(unit, parent, name or "", kind) for unit, parent, name, kind in rows)

    def close(self) -> None:
        self.engine.close()

    def _table(self, query: Sealed) -> RawTable:
        if not isinstance(query, Sealed):
            raise TypeError("only a sealed query is run")
        table = run(self.engine, query)
        for field in table.schema:
            if pa.types.is_date32(field.type) and not _can_be_shown(table.column(field.name)):
                raise NoCalendarDay(field.name)
            if pa.types.is_floating(field.type) and pc.all(pc.is_finite(table.column(field.name))).as_py() is False:
                # the values that are added up are finite, so it is their sum that no binary fraction can hold
                raise EngineFailed(VALUE)
        return RawTable(table)

    def _recorded(self) -> Horizon:
        """The horizon that the figures themselves state."""
        ((start, watermark),) = self._fixed(select(map(column, ("history_start", "watermark")), table_of("build")))
        return Horizon(start, watermark)

    def _sources_of(self, of: SourceOf, catalog: Catalog) -> Mapping[str, frozenset[str]]:
        """The stores of each member, from a public table."""
        table = table_of(catalog.dimensions[of.dimension].table)
        found: dict[str, set[str]] = {}
        for member, source in self._fixed(select([column(of.member), column(of.source)], table, distinct=True)):
            found.setdefault(member, set()).add(source)
        return {member: frozenset(sources) for member, sources in found.items()}

    def _fixed(self, tree: exp.Select) -> list[tuple[Any, ...]]:
        """The rows of a query of ours that is about no question."""
        return rows_of(run(self.engine, Bound.to({}, tree)))


def _can_be_shown(days: pa.ChunkedArray) -> bool:
    """Whether all days lie in the calendar of an answer; infinity is a number beyond it."""
    ends = pc.min_max(days.cast(pa.int32()))
    first, last = ends["min"].as_py(), ends["max"].as_py()
    return first is None or (first >= _FIRST_DAY and last <= _LAST_DAY)


_FIRST_DAY, _LAST_DAY = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))
