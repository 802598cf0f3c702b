"""How a DuckDB file is written: its views and macros, as the text that made them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from dataport.warehouse.sealed import OWN

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


@dataclass(frozen=True, slots=True)
class WrittenFile:
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


def read_written(connection: duckdb.DuckDBPyConnection) -> WrittenFile:
    """How what the attached file holds is written."""
    made: dict[str, str] = {}
    with connection.cursor() as cursor:
        tables = [text for (text,) in cursor.execute(_TABLES).fetchall()]
        for name, text in cursor.execute(_MADE).fetchall():
            made[name.casefold()] = f"{made.get(name.casefold(), '')} {text.casefold()}"
    return WrittenFile(made, any(_COLLATES.search(text.casefold()) for text in (*tables, *made.values())))
