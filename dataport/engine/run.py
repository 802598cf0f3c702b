"""run: a sealed statement becomes Arrow. One read-only instance per published file, one cursor per question."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from dataport.access import Grants, Permission, ViewerClass
from dataport.engine.blocks import column, select, stored, table_of
from dataport.engine.failures import EngineFailed
from dataport.engine.seal import DIALECT, Sealed, Statement
from dataport.errors import NoHome, WrongRequest
from dataport.semantic import Horizon
from dataport.semantic.horizons import NAMELESS, Horizons
from dataport.semantic.model import Catalog, Fact, SourceOf
from dataport.tables import RawTable
from dataport.warehouse import open_sealed


class NoCalendarDay(WrongRequest):
    """A breakdown has days that neither Python nor a table for people can write: they would be shown as others."""

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
    """One published figures file, sealed. The next build is a new file, so a reader is never blocked by it."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        data_version: int,
        horizon: Horizon | None = None,
        sources: Mapping[str, Horizon] | None = None,
        has_links: bool = False,
    ) -> None:
        """Read a sealed file. Without a horizon it is a published one, which says itself what it knows of.

        Args:
            sources: what each store behind it is known of, where there are several.
            has_links: whether confirmed links join records of several of them.
        """
        self.data_version = data_version
        self._connection = connection
        self.horizon = horizon or Horizon(*self._one("select history_start, watermark from build"))
        self._sources = sources or {NAMELESS: self.horizon}
        self._horizons: Horizons | None = None
        self._has_links = has_links

    @classmethod
    def published(
        cls,
        path: Path,
        data_version: int,
        sources: Mapping[str, Horizon] | None = None,
        *,
        has_links: bool = False,
    ) -> Figures:
        """The figures of a published file."""
        return cls(open_sealed(path), data_version, sources=sources, has_links=has_links)

    def horizons(self, catalog: Catalog) -> Horizons:
        """What each store is known of, and the stores that members of the levels which fix them are of."""
        if self._horizons is None:
            fixing = [level for level in catalog.levels.values() if level.source_of] if len(self._sources) > 1 else []
            members = {level.name: self._sources_of(level.source_of, catalog) for level in fixing if level.source_of}
            self._horizons = Horizons(self._sources, members, self._has_links)
        return self._horizons

    def _sources_of(self, of: SourceOf, catalog: Catalog) -> Mapping[str, frozenset[str]]:
        """The stores of each member, from a public table."""
        table = table_of(catalog.dimensions[of.dimension].table)
        tree = select([column(of.member), column(of.source)], table, distinct=True)
        found: dict[str, set[str]] = {}
        with self._connection.cursor() as cursor:
            for member, source in cursor.execute(tree.sql(dialect=DIALECT)).fetchall():
                found.setdefault(member, set()).add(source)
        return {member: frozenset(sources) for member, sources in found.items()}

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        return self._connection

    def run(self, statement: Statement, reads: Callable[[], str] = lambda: "") -> RawAnswer:
        """The raw answer of a sealed statement.

        Args:
            reads: what the statement is about, for people, where the engine stops.

        Raises:
            EngineFailed: without the engine's words.
            NoCalendarDay: it has a day that nothing here can show.
        """
        try:
            totals = tuple((levels, self._table(query)) for levels, query in statement.totals)
            return RawAnswer(self._table(statement.rows), totals)
        except duckdb.Error as problem:
            raise EngineFailed(problem, reads()) from None

    def scope_values(self, fact: Fact) -> frozenset[str]:
        """The values that the scope of a fact's rows takes at all: for a check of grants, not for an answer."""
        assert fact.scope
        tree = select([column(fact.scope)], stored(fact.table, fact.held), distinct=True)
        with self._connection.cursor() as cursor:
            return frozenset(
                row[0] for row in cursor.execute(tree.sql(dialect=DIALECT)).fetchall() if row[0] is not None
            )

    def close(self) -> None:
        self._connection.close()

    def _table(self, query: Sealed) -> RawTable:
        if not isinstance(query, Sealed):
            raise TypeError("only a sealed query is run")
        with self._connection.cursor() as cursor:
            table = cursor.sql(query.sql, params=dict(query.parameters)).to_arrow_table()
        for field in table.schema:
            if pa.types.is_date32(field.type) and not _can_be_shown(table.column(field.name)):
                raise NoCalendarDay(field.name)
            if pa.types.is_floating(field.type) and pc.all(pc.is_finite(table.column(field.name))).as_py() is False:
                # what is added up is finite: its sum is beyond the largest binary fraction
                raise duckdb.OutOfRangeException(field.name)
        return RawTable(table)

    def _one(self, sql: str) -> tuple[datetime, datetime]:
        with self._connection.cursor() as cursor:
            row = cursor.execute(sql).fetchone()
        assert row is not None, "a published file has one build row"
        return row[0], row[1]


def _can_be_shown(days: pa.ChunkedArray) -> bool:
    """Whether all days lie in the calendar of an answer; infinity is a number beyond it."""
    ends = pc.min_max(days.cast(pa.int32()))
    first, last = ends["min"].as_py(), ends["max"].as_py()
    return first is None or (first >= _FIRST_DAY and last <= _LAST_DAY)


_FIRST_DAY, _LAST_DAY = ((day - date(1970, 1, 1)).days for day in (date.min, date.max))

_ACCOUNT = "select login, class_code from account where login = $login"
_PERMISSIONS = """
select p.role, p.entity, p.row_scope, p.may_count, p.may_open, p.finest_place_level, p.highest_tier_code, p.row_limit,
       p.source_id,
       coalesce((select list(u.business_unit_id order by u.business_unit_id) from permission_unit as u
                 where u.permission_key = p.permission_key), []) as units
from permission as p where p.login = $login order by p.role, p.entity, p.permission_key
"""


_SHARED = "select sources from shared_login where login = $login"
_ALL_SHARED = "select login, sources from shared_login order by login"
_ACCOUNTS = "select login from account order by login"


def grants(path: Path, login: str) -> Grants:
    """One account's grants from the published grants file: fixed statements, whoever asks.

    Those of each source are as old as its own last reading.
    """
    with _reading(path) as connection:
        return _grants(connection, login)


def all_grants(path: Path) -> tuple[Grants, ...]:
    """The grants of every account of the file, for whoever checks them all."""
    with _reading(path) as connection:
        return tuple(_grants(connection, login) for (login,) in connection.execute(_ACCOUNTS).fetchall())


def shared_logins(path: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Logins that several enabled accounts have, with their stores: nobody's, until somebody says that they are one."""
    with _reading(path) as connection:
        return tuple((login, tuple(sources)) for login, sources in connection.execute(_ALL_SHARED).fetchall())


_UNKNOWN = """
select role, entity, because, count(distinct login) as accounts from unknown_permission group by all order by all
"""


def unknown_permissions(path: Path) -> tuple[tuple[str, str, str, int], ...]:
    """Role, entity, field and number of accounts of permissions that nobody here understands."""
    with _reading(path) as connection:
        return tuple(connection.execute(_UNKNOWN).fetchall())


@contextmanager
def _reading(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = open_sealed(path)
    try:
        yield connection
    except (duckdb.BinderException, duckdb.CatalogException):
        raise NoHome(
            "The permissions here were published by another version of Dataport. Run `dataport refresh`, which reads "
            "them again before anything else."
        ) from None
    except duckdb.Error as problem:
        raise EngineFailed(problem) from None
    finally:
        connection.close()


def _grants(connection: duckdb.DuckDBPyConnection, login: str) -> Grants:
    read = connection.execute("select source_id, read_at, version from meta").fetchall()
    account = connection.execute(_ACCOUNT, {"login": login}).fetchall()
    rows = connection.execute(_PERMISSIONS, {"login": login}).fetchall()
    shared = connection.execute(_SHARED, {"login": login}).fetchall()
    name, viewer_class = (account[0][0], ViewerClass(account[0][1])) if account else (None, None)
    given = tuple(_permission(row) for row in rows) if account else ()
    oldest = min(read_at for _, read_at, _ in read)
    dated = {source: read_at for source, read_at, _ in read}
    return Grants(read[0][2], oldest, name, viewer_class, given, tuple(shared[0][0]) if shared else (), dated)


def _permission(row: tuple) -> Permission:  # type: ignore[type-arg]
    role, entity, row_scope, may_count, may_open, finest, tier, limit, source, units = row
    everything = row_scope == "all"
    rows = None if everything else frozenset(units)
    return Permission(role, entity, rows, may_count, may_open, finest, tier, limit, source or "")
