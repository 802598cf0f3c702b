"""How a DuckDB file is written: its views and macros, as the text that made them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
# What gives something else each time: functions that DuckDB calls volatile, and samples.
LOTS = (
    "random", "setseed", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "nextval", "currval", "setval", "txid_current",
    "current_connection_id", "current_query", "current_query_id", "current_transaction_id", "stats", "vector_type",
)  # fmt: skip
# What gives something else at another time.
CLOCKS = (
    "now", "today", "age", "ago", "transaction_timestamp", "get_current_time", "get_current_timestamp", "current_date",
    "current_time", "current_timestamp", "current_localtime", "current_localtimestamp", "pg_conf_load_time",
    "pg_postmaster_start_time",
)  # fmt: skip
# What gives something else in another session, or to somebody else.
SESSIONS = (
    "current_database", "current_catalog", "current_schema", "current_schemas", "in_search_path", "getvariable",
    "current_setting", "getenv", "current_user", "session_user", "user", "current_role",
)  # fmt: skip
_LOTS = re.compile(rf"\b({'|'.join(LOTS)})\s*\(|\b(using\s+sample|tablesample)\b")
_CLOCKS = re.compile(rf"\b({'|'.join(CLOCKS)})\s*\(|\b(current_(date|time|timestamp)|localtime|localtimestamp)\b")
_SESSIONS = re.compile(rf"\b({'|'.join(SESSIONS)})\s*\(|\b(current_(user|role|schema|catalog)|session_user)\b")
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
        return any(map(_LOTS.search, self._texts(table)))

    def asks_for_the_session(self, table: str) -> bool:
        """Whether a table or view has other rows for whoever reads it in another session."""
        return any(map(_SESSIONS.search, self._texts(table)))

    def looks_at_the_clock(self, table: str) -> bool:
        """Whether a table or view can have other rows later although nobody writes to the file."""
        return any(map(_CLOCKS.search, self._texts(table)))

    def _texts(self, table: str) -> Iterator[str]:
        """What made a view or a column, and all that it speaks of in turn."""
        waiting, seen = [table.casefold()], set[str]()
        while waiting:
            name = waiting.pop()
            if name not in seen and name in self.made:
                seen.add(name)
                yield self.made[name]
                waiting += _WORDS.findall(self.made[name])


def read_written(connection: duckdb.DuckDBPyConnection) -> WrittenFile:
    """How what the attached file holds is written."""
    made: dict[str, str] = {}
    with connection.cursor() as cursor:
        tables = [text for (text,) in cursor.execute(_TABLES).fetchall()]
        for name, text in cursor.execute(_MADE).fetchall():
            made[name.casefold()] = f"{made.get(name.casefold(), '')} {text.casefold()}"
    return WrittenFile(made, any(_COLLATES.search(text.casefold()) for text in (*tables, *made.values())))
