"""narrow: how the columns of codes of the published figures lie on the disk.

dbt writes them as text. Where a file is written as a whole anyway, because it is to be the next base, those of facts
and rollups become enums: a byte or two beside each row, which filters and groups compare as numbers. Nothing else tells
them apart: an enum and a text are compared as texts, its members stand in the order of their texts, and answers hold
texts (`engines/duckdb`). A column of one name has one type in all tables: none is turned into text to meet another.

A refresh that brings a code which the type of its column does not hold makes that column text again (the macro
`wide_enough`), in that version and those on the same base, until the next base.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from dataport.checks import CHECKS, load_checks
from dataport.dictionary import CodeLists, code_lists_of_fields, read_seed
from dataport.durable import rename, sweep_partial, sync
from dataport.warehouse.bases import log_of
from dataport.warehouse.dbt import Limits

# Tables that refreshes add to. What is made anew each time, dimensions mostly, is small.
FACTS = ("fct_", "rollup_")
# A file whose tables are all shorter is read in some milliseconds whatever its types.
LEAST_ROWS = 10_000
# Grouped by itself, which is nearly all that it is asked, this is counted faster as a text: DuckDB keeps texts by
# dictionary and looks for the group of each entry once, where it does so for each row of an enum. Many members that
# follow each other without an order are the worst case of the second (`python -m bench narrow`). And why an event was
# recorded is no list of ours: each day may bring another, and the column of a long table would be made wide again.
KEPT_AS_TEXT = frozenset({"occupation_code", "reason_code"})
# Lists of columns of which the seed of fields says none: a seed and its column.
_CAUSES = ("boundary_cause", "cause_code")
_OTHER_SEEDS = {"start_cause_code": _CAUSES, "end_cause_code": _CAUSES}
# What two bytes can number; and how long their texts may be together, for they are written into one statement.
MOST_MEMBERS, MOST_TEXT = 65_536, 4_000_000
_TEXT, _ENUM = "VARCHAR", "ENUM("
# Rows that have ended come first: a question about today, as most are, then passes over whole blocks of them. Otherwise
# rows stay in their order, in which neighbours have the same country, and are kept in few bytes.
_ENDS = "valid_to"
_HOLDS = "valid_to >= timestamp '9999-12-31'"
_PARTS = (f"where ({_HOLDS}) is not true", f"where {_HOLDS}")
_COLUMNS = """
    select table_name, column_name, data_type, comment is not distinct from 'widened' as is_widened
    from duckdb_columns() where database_name = ? and schema_name = 'main' and not internal
    order by table_name, column_index
"""
_TABLES = "select table_name from duckdb_tables() where database_name = ? and not internal order by table_oid"


@dataclass(frozen=True, slots=True)
class _Column:
    table: str
    name: str
    kind: str
    is_widened: bool

    @property
    def holds_codes(self) -> bool:
        return self.kind == _TEXT or self.kind.startswith(_ENUM)


def costs_to_open(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a log makes a column of a long table text again: whoever opens the file would do the same each time."""
    [(name,)] = connection.execute("select current_database()").fetchall()
    widened = {column.table for column in _columns(connection, name) if column.is_widened}
    return any(_rows(connection, f'main."{table}"') >= LEAST_ROWS for table in widened)


def narrow(path: Path, limits: Limits) -> bool:
    """Give a working copy of the figures narrow types; False where it has them, or is small.

    One that has none yet is written anew as a whole, in the order in which it is read. Of one that has them and met a
    code that is new, the columns of that code are. The file is as it was until all of it is done. It must not be open,
    and all of its log folded in.
    """
    new = path.with_name(f".partial-{path.name}")
    sweep_partial(path.parent)
    config = {"threads": str(limits.threads), "memory_limit": limits.memory}
    with closing(duckdb.connect(":memory:", config=config)) as engine:
        engine.execute(f"set temp_directory = '{str(path.parent).replace(chr(39), chr(39) * 2)}/.partial-spill'")
        engine.execute("attach $path as old (read_only)", {"path": str(path)})
        types = _types(engine)
        columns = _columns(engine, "old")
        differing = [one for one in columns if one.is_widened or (one.holds_codes and _differs(one, types))]
        if not differing or not any(_rows(engine, f'old.main."{one.table}"') >= LEAST_ROWS for one in differing):
            return False
        if any(one.kind.startswith(_ENUM) for one in columns):
            engine.execute("detach old")
            _retype_all(engine, path, differing, types)
            return True
        engine.execute("attach $path as new", {"path": str(new)})
        copy_as(engine, types)
    new.chmod(0o600)
    sync(new)
    log_of(path).unlink(missing_ok=True)  # nothing is in it, and it is none of the new file's
    rename(new, path)
    return True


def _retype_all(
    engine: duckdb.DuckDBPyConnection, path: Path, columns: Iterable[_Column], types: Mapping[str, str]
) -> None:
    """Give some columns of a file their types, all of them or none."""
    engine.execute("attach $path as old", {"path": str(path)})
    engine.execute("begin")
    for column in columns:
        _retype(engine, "old", column, types)
    engine.execute("commit")
    engine.execute("checkpoint old")
    engine.execute("detach old")


def _retype(engine: duckdb.DuckDBPyConnection, database: str, column: _Column, types: Mapping[str, str]) -> None:
    table = f'{database}.main."{column.table}"'
    if _differs(column, types):
        kind = types.get(column.name, _TEXT)
        engine.execute(f'alter table {table} alter column "{column.name}" set data type {kind}')
    if column.is_widened:
        engine.execute(f'comment on column {table}."{column.name}" is null')


def copy_as(engine: duckdb.DuckDBPyConnection, types: Mapping[str, str]) -> None:
    """Write the attached file `old` into the empty one `new`, with these types of columns of codes, by their names."""
    engine.execute("copy from database old to new (schema)")
    for column in _columns(engine, "new"):
        if column.holds_codes:
            _retype(engine, "new", column, types)
    lasting = {column.table for column in _columns(engine, "old") if column.name == _ENDS}
    for (table,) in engine.execute(_TABLES, ["old"]).fetchall():
        for part in _PARTS if table in lasting and table.startswith(FACTS) else ("",):
            engine.execute(f'insert into new.main."{table}" from old.main."{table}" {part}')
    engine.execute("checkpoint new")


def _types(engine: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The type of each column of codes, by its name: of all values that it may have in any table, and all of its list.

    What has a type already is not read for it, and so a code that nobody has any more stays a member.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for column in _columns(engine, "old"):
        if column.holds_codes and column.table.startswith(FACTS):
            found[column.name] |= _values(engine, column)
    return {name: _type(name, members) for name, members in found.items()}


def _values(engine: duckdb.DuckDBPyConnection, column: _Column) -> set[str]:
    """What a column may have: the members of its type, or what is in it, where that is no list."""
    if column.name in KEPT_AS_TEXT:
        return set()
    sql = f'select distinct "{column.name}" from old.main."{column.table}" where "{column.name}" is not null limit ?'
    if column.kind.startswith(_ENUM):
        sql = f"select unnest(enum_range(cast(null as {column.kind}))) limit ?"
    return {value for (value,) in engine.execute(sql, [MOST_MEMBERS + 1]).fetchall()}


def _type(name: str, values: set[str]) -> str:
    """The type of a column that has these values."""
    members = values | _listed(name)
    if name in KEPT_AS_TEXT or not members or len(members) > MOST_MEMBERS or sum(map(len, members)) > MOST_TEXT:
        return _TEXT
    return enum_of(members)


def _listed(name: str) -> set[str]:
    """The codes that a column may have, as far as there is a list of them: a refresh may bring each."""
    if seed := _OTHER_SEEDS.get(name):
        return {row[seed[1]] for row in read_seed(seed[0])}
    if name == "kpi_code":
        return {one.kpi for one in load_checks(CHECKS)}
    listed = code_lists_of_fields().get(name)
    return set(CodeLists()[listed].labels) if listed else set()


def enum_of(members: Iterable[str]) -> str:
    """The enum of some texts, in the order that the engine gives texts: that of their bytes."""
    quoted = ("'" + one.replace("'", "''") + "'" for one in sorted(members, key=str.encode))
    return f"{_ENUM}{', '.join(quoted)})"


def _differs(column: _Column, types: Mapping[str, str]) -> bool:
    return column.table.startswith(FACTS) and column.kind != types.get(column.name, _TEXT)


def _columns(engine: duckdb.DuckDBPyConnection, database: str) -> list[_Column]:
    return [_Column(*row) for row in engine.execute(_COLUMNS, [database]).fetchall()]


def _rows(engine: duckdb.DuckDBPyConnection, table: str) -> int:
    [(rows,)] = engine.execute(f"select count(*) from {table}").fetchall()
    return int(rows)
