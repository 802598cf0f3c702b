"""Sessions on a PostgreSQL store that read every row or none, and what to say when the server does not let them.

A server may leave rows out without a word: by row-level security, by a view or a foreign table of a table's name, or by
a search path that leads to another one. Here each of these is refused, and a missing privilege is said as one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from dataport.errors import ContractBroken, DataportError, PrivilegeMissing, SourceUnavailable
from dataport.store.declared import Contract, Table
from dataport.store.postgres import no_store, unreachable

Rows = list[tuple[Any, ...]]
Ask = Callable[..., Rows]

BEGIN = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"

# Row-level security off: the server then answers with an error where a policy would leave rows out. One form of dates,
# so that checksums agree. The session that holds the view waits for the one that reads, and may take its time.
_SETTINGS = (
    "SET row_security = off",
    "SET datestyle = 'ISO, YMD'",
    "SET client_encoding = 'UTF8'",
    "SET idle_in_transaction_session_timeout = 0",
)

_SCHEMAS = """
    SELECT n.nspname::text, has_schema_privilege(n.oid, 'USAGE'),
           array_position(current_schemas(FALSE), n.nspname)
    FROM pg_namespace AS n
    WHERE n.nspname !~ '^pg_' AND 3 = (
        SELECT count(*) FROM pg_class AS c
        WHERE c.relnamespace = n.oid AND c.relname IN ('store', 'clock', 'tombstone')
    )
    ORDER BY 3 NULLS LAST, 1
"""

_COLUMNS = """
    SELECT c.relname::text, a.attname::text,
           format_type(coalesce(nullif(t.typbasetype, 0), a.atttypid), NULL)
    FROM pg_class AS c
    INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    INNER JOIN pg_type AS t ON t.oid = a.atttypid
    WHERE c.relnamespace = to_regnamespace(quote_ident(%s)) AND c.relkind IN ('r', 'p')
"""

# Of each table: whether its rows may be hidden, and what of it this account may not read. Its partitions belong to it.
_ACCESS = """
    WITH RECURSIVE part AS (
        SELECT oid AS whole, oid FROM pg_class
        WHERE relnamespace = to_regnamespace(quote_ident(%s)) AND relname = ANY(%s)
            AND relkind IN ('r', 'p', 'v', 'm', 'f')
        UNION
        SELECT part.whole, i.inhrelid FROM part INNER JOIN pg_inherits AS i ON i.inhparent = part.oid
    )
    SELECT c.relname::text, c.relkind IN ('v', 'm'), row_security_active(c.oid), has_table_privilege(c.oid, 'SELECT'),
           ARRAY(
               SELECT a.attname::text FROM pg_attribute AS a
               WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                   AND NOT has_column_privilege(c.oid, a.attnum, 'SELECT')
           ),
           EXISTS (
               SELECT 1 FROM part INNER JOIN pg_class AS p ON p.oid = part.oid
               WHERE part.whole = c.oid AND p.relkind = 'f'
           )
    FROM pg_class AS c WHERE c.oid IN (SELECT whole FROM part) ORDER BY 1
"""

_LOCKABLE = """
    SELECT c.relname::text FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace(quote_ident(%s)) AND c.relname = ANY(%s) AND c.relkind IN ('r', 'p')
        AND has_table_privilege(c.oid, 'SELECT')
    ORDER BY 1
"""

# Why a server broke off, by the beginning of its code for it; the first that fits. Its own text may quote a value.
_REASONS = (
    ("57014", "the server ended it, by its statement_timeout or an administrator's hand"),
    ("57P", "the server was shut down or ended the session"),
    ("25P0", "the server ended the session, which it found idle for too long"),
    ("40001", "a standby server had to go on with its replay (max_standby_streaming_delay): read from the primary"),
    ("55P03", "a lock was not free in time (lock_timeout)"),
    ("53", "the server ran out of memory, disk or connections"),
    ("08", "the connection was lost"),
    ("22021", "a text in it is not in the server's encoding"),
    ("22P05", "a text in it cannot be written in UTF-8"),
    ("42P01", "the table was taken away meanwhile"),
    ("42703", "a column was taken away meanwhile"),
    ("58", "the server could not read its files"),
    ("XX00", "the server found its own files damaged"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is on its server: the schema, and how the server and this account are called in messages."""

    schema: str
    url_safe: str
    account: str

    def settings(self) -> list[str]:
        """What every session on this store sets: nothing but its own schema is looked at."""
        path = SQL("SET search_path = {}, pg_temp").format(Identifier(self.schema)).as_string(None)
        return [*_SETTINGS, path]

    def grant(self, what: str, on: Iterable[str]) -> str:
        """The statement that gives this account a privilege, as its administrator types it."""
        named = SQL(", ").join(Identifier(self.schema, name) for name in on)
        words = SQL("GRANT {} ON {} TO {}").format(SQL(what), named, Identifier(self.account))  # type: ignore[arg-type]
        return words.as_string(None)


def find_place(ask: Ask, url_safe: str) -> Place:
    """The schema that this account finds the store in.

    Raises:
        PrivilegeMissing: the account may not use it.
        SourceUnavailable: there is no store, or the account's search path does not lead to it.
    """
    account = str(ask("SELECT current_user::text")[0][0])
    found = ask(_SCHEMAS)
    if not found:
        raise no_store(url_safe)
    schema, may_use, position = found[0]
    if not may_use:
        raise PrivilegeMissing(
            f"The account {account!r} may not use the schema of the registration store {url_safe}. Nothing was "
            f"extracted. Let an administrator run: "
            f"{SQL('GRANT USAGE ON SCHEMA {} TO {}').format(Identifier(schema), Identifier(account)).as_string(None)}"
        )
    if position is None:
        raise SourceUnavailable(
            f"The registration store {url_safe} is in the schema {schema!r}, which the search path of the account "
            f"{account!r} does not lead to. Add ?options=-csearch_path%3D{schema} to its address."
        )
    return Place(schema, url_safe, account)


def server_of(ask: Ask) -> str:
    """The server's own number and the timeline of its history, as far as this account is told them.

    A timeline begins where a server was restored to an earlier point, or a standby took over.
    """
    functions = ("pg_control_system", "pg_control_checkpoint")
    if not all(ask(f"SELECT has_function_privilege('{name}()', 'EXECUTE')")[0][0] for name in functions):
        return ""
    [(system, timeline)] = ask(
        "SELECT (SELECT system_identifier FROM pg_control_system()), (SELECT timeline_id FROM pg_control_checkpoint())"
    )
    return f"{system}/{timeline}"


def lockable(ask: Ask, place: Place, contract: Contract) -> str:
    """The statement that keeps the tables as they are for one transaction, for those that this account may lock."""
    names = [name for table in contract.tables for name in (table.name, f"{table.name}_journal")]
    found = ask(_LOCKABLE, (place.schema, [*names, "tombstone", "clock", "store"]))
    if not found:
        return ""
    tables = SQL(", ").join(Identifier(place.schema, name) for (name,) in found)
    return SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(tables).as_string(None)


def columns_of(ask: Ask, place: Place) -> dict[str, dict[str, str]]:
    """Every table of the store's schema with its columns and their types, readable or not."""
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in ask(_COLUMNS, (place.schema,)):
        found.setdefault(table, {})[column] = kind
    return found


def require_whole(ask: Ask, place: Place, wanted: Collection[tuple[str, Sequence[str]]]) -> None:
    """Stop where the server would leave out rows or columns of a table.

    Args:
        wanted: tables, each with the columns that are read of it.

    Raises:
        PrivilegeMissing: the account may not read a table or a column, or only some of its rows; names the way out.
        ContractBroken: a view or a foreign table stands in a table's place.
    """
    columns = dict(wanted)
    closed: list[str] = []
    for table, is_view, is_secured, may_read, unread, is_foreign in ask(_ACCESS, (place.schema, list(columns))):
        if is_view or is_foreign:
            raise ContractBroken(
                f"The registration store {place.url_safe} has a {'view' if is_view else 'foreign table'} in the place "
                f"of the table {table}, which may leave rows out. Nothing was extracted: let the account read the "
                "table itself."
            )
        missing = [name for name in columns[table] if name in unread]
        if not may_read and len(missing) == len(columns[table]):
            closed.append(table)
        elif missing:
            raise _missing(place, f"{table}.{', '.join(missing)}", place.grant(_select_of(missing), [table]))
        elif is_secured:
            raise _secured(place, table)
    if closed:
        raise _missing(place, ", ".join(closed), place.grant("SELECT", closed))


def broke_off(problem: Exception, place: Place | None, url_safe: str, what: str) -> DataportError:
    """The error of a statement that the server did not answer; neither driver's text is passed on: both quote values.

    Args:
        what: what was read, in words.
    """
    code = getattr(problem, "sqlstate", None) or ("08000" if isinstance(problem, psycopg.OperationalError) else "")
    if code == "42501":
        account = f" {place.account!r}" if place else ""
        return PrivilegeMissing(
            f"The account{account} may not read {what} of {url_safe}, or not all of its rows. Nothing was extracted: "
            "let an administrator grant SELECT on it, and exempt the account from row-level security."
        )
    if not code and what == "the server" and isinstance(problem, psycopg.OperationalError | psycopg.InterfaceError):
        return unreachable(url_safe)
    if isinstance(problem, OSError):
        code = code or "08000"
    if isinstance(problem, MemoryError):
        code = code or "53200"
    why = next((words for start, words in _REASONS if code.startswith(start)), "or a value in it cannot be read")
    joint = "," if why.startswith("or ") else ":"
    return SourceUnavailable(
        f"Reading {what} from {url_safe} broke off{joint} {why}. "
        "Nothing was extracted: check the server and its log, then extract again."
    )


def wanted_columns(tables: Iterable[Table], names: Callable[[Table], Iterable[str]]) -> list[tuple[str, list[str]]]:
    """Tables by the names under which they are kept, each with the columns that are read of it."""
    return [(name, [column.name for column in table.landed]) for table in tables for name in names(table)]


def _select_of(columns: Iterable[str]) -> str:
    named = SQL(", ").join(map(Identifier, columns))
    return SQL("SELECT ({})").format(named).as_string(None)


def _missing(place: Place, what: str, statement: str) -> PrivilegeMissing:
    return PrivilegeMissing(
        f"The account {place.account!r} may not read {what} of the registration store {place.url_safe}. Nothing was "
        f"extracted. Let an administrator run: {statement}"
    )


def _secured(place: Place, table: str) -> PrivilegeMissing:
    exempt = SQL("ALTER ROLE {} BYPASSRLS").format(Identifier(place.account)).as_string(None)
    return PrivilegeMissing(
        f"Row-level security on {table} hides rows of the registration store {place.url_safe} from the account "
        f"{place.account!r}, and numbers without them would be wrong. Nothing was extracted. Exempt the account "
        f"({exempt}), or read with one that sees everything."
    )
