"""steadiness: what else a file of one's own can say of its tables that would change what is counted.

A collation makes members one that are written differently: which of them is shown is chance, and a permission for the
one would open the other. A view or a generated column that draws lots, or takes numbers from a sequence, has other rows
at each reading.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb
from sqlglot import exp

from dataport.engine.blocks import aliased, column, select, stored, union
from dataport.engine.needed_columns import Needed
from dataport.engine.seal import DIALECT
from dataport.errors import ContractBroken
from dataport.warehouse import OWN

_TABLES = f"""
select coalesce(sql, '') from system.main.duckdb_tables() where database_name = '{OWN}' and not internal
"""
_MADE = f"""
select view_name, coalesce(sql, '') from system.main.duckdb_views() where database_name = '{OWN}' and not internal
union all
select function_name, coalesce(macro_definition, '') from system.main.duckdb_functions()
where database_name = '{OWN}' and not internal
union all
select table_name, coalesce(generation_expression, '') from system.main.duckdb_columns()
where database_name = '{OWN}' and not internal and is_generated
"""
_LOTS = re.compile(
    r"\b(random|uuid|gen_random_uuid|uuidv4|uuidv7|nextval|setseed)\s*\(|\b(using\s+sample|tablesample)\b"
)
_COLLATES = re.compile(r"\bcollate\b")
_WORDS = re.compile(r"\w+")
# Texts of which each collation that puts any together makes fewer.
_PROBE = ("a", "A", "á")


@dataclass(frozen=True, slots=True)
class Written:
    """How a file is written.

    Attributes:
        made: views, macros and tables with columns that are worked out at each reading, by name in small letters; of
            one name, all together.
        collates: whether anything speaks of a collation at all.
    """

    made: Mapping[str, str]
    collates: bool

    def draws_lots(self, table: str) -> bool:
        """Whether a table or view has other rows at each reading, by itself or by what it is made of.

        What a table was filled with stays as it is.
        """
        waiting, seen = [table.casefold()], set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name not in self.made:
                continue
            seen.add(name)
            if _LOTS.search(self.made[name]):
                return True
            waiting += _WORDS.findall(self.made[name])
        return False


def read_written(connection: duckdb.DuckDBPyConnection) -> Written:
    """How what the attached file holds is written."""
    made: dict[str, str] = {}
    with connection.cursor() as cursor:
        tables = [text for (text,) in cursor.execute(_TABLES).fetchall()]
        for name, text in cursor.execute(_MADE).fetchall():
            made[name.casefold()] = f"{made.get(name.casefold(), '')} {text.casefold()}"
    return Written(made, any(_COLLATES.search(text.casefold()) for text in (*tables, *made.values())))


def check_steady(columns: Iterable[Needed], written: Written, connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse what has other rows at each reading, or members that are put together.

    Raises:
        ContractBroken: with what to do.
    """
    for one in columns:
        _check(one, written, connection)


def _check(one: Needed, written: Written, connection: duckdb.DuckDBPyConnection) -> None:
    if written.draws_lots(one.held.table):
        raise ContractBroken(
            f"{one.of} cannot be counted: its table {one.table} draws lots, as a view or in a column that is worked "
            "out, and has other rows at each reading. Make a table of it (CREATE TABLE … AS FROM …), and name that one "
            "in the definition."
        )
    found = one.columns.get(one.column)
    if written.collates and found and found.kind == "text" and _puts_together(one, connection):
        raise ContractBroken(
            f"{one.of} cannot be counted: the column {one.column} of its table {one.table}, which is {one.use}, has a "
            "collation, by which texts that are written differently are one. Let a view say which is meant, as in "
            f"lower({one.column}), without a collation: decode(encode({one.column})) takes it away."
        )


def _puts_together(one: Needed, connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether texts beside those of a column, none of which is read, are fewer than they are by themselves."""
    text = "_text"
    none = select([aliased(column(one.column), text)], stored(one.table, one.held), where=[exp.false()])
    texts = [select([aliased(exp.Literal.string(probe), text)], None) for probe in _PROBE]
    beside = union([none, *texts]).subquery("beside", copy=False)
    counted = select([exp.Count(this=exp.Distinct(expressions=[column(text)]))], beside)
    with connection.cursor() as cursor:
        return bool(cursor.execute(counted.sql(dialect=DIALECT)).fetchall()[0][0] < len(_PROBE))
