"""What a PostgreSQL server must allow to be read from, and what of a store on it must stay as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from dataport.errors import DataportError, PrivilegeMissing, SourceUnavailable
from dataport.extract.adapter import Seen
from dataport.extract.contract import check_contract
from dataport.extract.doctor import Requirement, judged, met
from dataport.extract.postgres_access import (
    Ask,
    Place,
    broke_off,
    columns_of,
    find_place,
    require_whole,
    wanted_columns,
)
from dataport.extract.postgres_held import look
from dataport.store.declared import Contract, Kind, Table
from dataport.store.postgres import connect_postgres
from dataport.store.url import StoreUrl

_OLDEST = 130000

_TRIGGERS = """
    SELECT c.relname::text, t.tgname::text, t.tgenabled::text, t.xmin::text, md5(p.prosrc)
    FROM pg_trigger AS t
    INNER JOIN pg_class AS c ON c.oid = t.tgrelid
    INNER JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal AND c.relnamespace = to_regnamespace(quote_ident(%s)) AND c.relname = ANY(%s)
    ORDER BY 1, 2
"""

_WRITABLE = """
    SELECT c.relname::text FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace(quote_ident(%s)) AND c.relname = ANY(%s)
        AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
    ORDER BY 1
"""


def marks_of(ask: Ask, place: Place, contract: Contract, server: str) -> Mapping[str, str]:
    """What must stay as it is: the triggers that number and journal every change, on this server."""
    found = ask(_TRIGGERS, (place.schema, [table.name for table in contract.tables]))
    digest = hashlib.sha256(repr(found).encode()).hexdigest()[:24]
    return {"server": server, "triggers": digest, "off": ",".join(_off(found, contract))}


def changed_since(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    """What is not as it was, in words. Another server numbers its triggers anew."""
    if now["off"]:
        return (f"the triggers that number the changes of {now['off'].replace(',', ', ')} are off or gone",)
    if before.get("server") == now["server"] and before.get("triggers", now["triggers"]) != now["triggers"]:
        return ("its triggers were changed, or were off for a time",)
    return ()


def examined(url: StoreUrl, contract: Contract, accepts: Mapping[Kind, frozenset[str]]) -> Sequence[Requirement]:
    """Every requirement, as far as the server can be asked."""
    reached = f"{url.safe} answers this account"
    try:
        connection = connect_postgres(url)
    except SourceUnavailable:
        mend = (
            "start the server, or mend the address, the user or the password (~/.pgpass), or pg_hba.conf on the server"
        )
        return [Requirement(reached, "missing", mend)]
    found = [met(reached)]
    with closing(connection):
        try:
            found += _examined(_asker(connection, url), url, contract, accepts)
        except DataportError as problem:
            found.append(_missing("the store can be read", problem))
    return found


def _asker(connection: psycopg.Connection[Any], url: StoreUrl) -> Ask:
    def ask(sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        try:
            return connection.execute(sql, parameters).fetchall()  # type: ignore[arg-type]
        except (psycopg.Error, UnicodeError) as problem:
            raise broke_off(problem, None, url.safe, "the server") from None

    return ask


def _examined(
    ask: Ask, url: StoreUrl, contract: Contract, accepts: Mapping[Kind, frozenset[str]]
) -> Iterator[Requirement]:
    version = int(ask("SHOW server_version_num")[0][0])
    yield judged("the server is of version 13 or later", version >= _OLDEST, "upgrade the server")
    yield met("wal_level, track_commit_timestamp and replication may stay as they are: nothing of them is needed")
    place = find_place(ask, url.safe)
    yield met(f"the account {place.account!r} finds the store, in the schema {place.schema!r}")
    yield from _controls(ask, place)
    yield from _tables(ask, place, contract)
    yield from _declared(ask, place, contract, accepts)
    yield from _triggers(ask, place, contract)
    yield from _account(ask, place, contract)
    yield from _server(ask, place)


def _controls(ask: Ask, place: Place) -> Iterator[Requirement]:
    for name, is_needed, why in (
        ("pg_control_system()", True, "tells which server this is"),
        ("pg_control_checkpoint()", False, "tells whether the server was restored to an earlier point"),
    ):
        [(may,)] = ask("SELECT has_function_privilege(%s, 'EXECUTE')", (name,))
        grant = SQL("GRANT EXECUTE ON FUNCTION {} TO {}").format(SQL(name), Identifier(place.account))
        yield judged(f"the account may run {name}, which {why}", may, grant.as_string(None), is_needed=is_needed)


def _tables(ask: Ask, place: Place, contract: Contract) -> Iterator[Requirement]:
    kept = wanted_columns(contract.tables, lambda table: (table.name, f"{table.name}_journal"))
    kept += [("store", ["identity", "is_armed"]), ("clock", ["moment", "first_stamp"])]
    kept += [("tombstone", ["table_name", "key", "change_no", "stamped_at"])]
    failed = [
        one
        for wanted in kept
        if (one := _tried(f"{wanted[0]} can be read, every row of it", _whole(ask, place, wanted)))
    ]
    yield from failed or [met(f"all {len(kept)} tables can be read, every row of them")]
    if not failed:
        [(is_armed,)] = ask(f"SELECT coalesce(bool_and(is_armed), FALSE) FROM {_named(place, 'store')}")
        yield judged(
            "the store is complete, and journals its changes", is_armed, "wait until it is made, or make it anew"
        )


def _whole(ask: Ask, place: Place, wanted: tuple[str, Sequence[str]]) -> Callable[[], object]:
    return lambda: require_whole(ask, place, [wanted])


def _declared(
    ask: Ask, place: Place, contract: Contract, accepts: Mapping[Kind, frozenset[str]]
) -> Iterator[Requirement]:
    catalogue = columns_of(ask, place)

    def check(table: Table) -> Callable[[], object]:
        return lambda: check_contract([table], catalogue, accepts, journaled=True)

    failed = [
        one for table in contract.tables if (one := _tried(f"{table.name} has the declared columns", check(table)))
    ]
    yield from failed or [met("every table has the declared columns, each of its kind")]


def _triggers(ask: Ask, place: Place, contract: Contract) -> Iterator[Requirement]:
    found = ask(_TRIGGERS, (place.schema, [table.name for table in contract.tables]))
    off = _off(found, contract)
    for name in off:
        mend = SQL("ALTER TABLE {} ENABLE TRIGGER {}").format(
            Identifier(place.schema, name), Identifier(f"{name}_stamp")
        )
        what = f"the trigger that numbers and journals the changes of {name} is on"
        yield Requirement(what, "missing", f"{mend.as_string(None)}; then dataport extract --reconcile")
    if not off:
        yield met("the triggers that number and journal every change are on")


def _account(ask: Ask, place: Place, contract: Contract) -> Iterator[Requirement]:
    account = Identifier(place.account)
    [(is_super,)] = ask("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    writable = ask(_WRITABLE, (place.schema, [table.name for table in contract.tables]))
    revoke = SQL("REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA {} FROM {}").format(
        Identifier(place.schema), account
    )
    mend = revoke.as_string(None)
    if is_super:
        schema = Identifier(place.schema)
        words = (
            "CREATE ROLE reader LOGIN; GRANT USAGE ON SCHEMA {0} TO reader; "
            "GRANT SELECT ON ALL TABLES IN SCHEMA {0} TO reader"
        )
        mend = f"{SQL(words).format(schema).as_string(None)}; and read with that account"
    yield judged("the account can only read", not (writable or is_super), mend, is_needed=False)
    [(may_see,)] = ask("SELECT pg_has_role('pg_read_all_stats', 'USAGE')")
    grant = SQL("GRANT pg_read_all_stats TO {}").format(account).as_string(None)
    what = "the account sees since when a transaction of another account has been open, so that status can say it"
    yield judged(what, may_see, grant, is_needed=False)


def _server(ask: Ask, place: Place) -> Iterator[Requirement]:
    for setting in ("statement_timeout", "transaction_timeout"):
        [(value,)] = ask("SELECT current_setting(%s, true)", (setting,))
        reset = SQL("ALTER ROLE {} SET {} = 0").format(Identifier(place.account), Identifier(setting)).as_string(None)
        yield judged(f"no {setting} ends a long reading", value in (None, "", "0"), reset, is_needed=False)
    [(is_standby,)] = ask("SELECT pg_is_in_recovery()")
    yield judged(
        "the server is no standby, which may break off a reading",
        not is_standby,
        "read from the primary",
        is_needed=False,
    )
    [(encoding,)] = ask("SHOW server_encoding")
    yield judged("its texts are UTF-8", encoding == "UTF8", "text in other encodings lands as damaged", is_needed=False)
    ask("SELECT set_config('search_path', %s, FALSE)", (Identifier(place.schema).as_string(None),))
    holders = look(ask, Seen()).holders
    for held in holders:
        mend = f"end it, or dataport extract --past {held.name} --reason …"
        yield Requirement(f"nothing holds changes back; now {held.words} does", "advised", mend)
    if not holders:
        yield met("nothing holds changes back")


def _off(found: Sequence[tuple[Any, ...]], contract: Contract) -> list[str]:
    """Tables without the trigger that numbers their changes, or where it is off."""
    on = {table for table, name, enabled, *_ in found if name == f"{table}_stamp" and enabled in ("O", "A")}
    return [table.name for table in contract.tables if table.name not in on]


def _named(place: Place, table: str) -> str:
    return Identifier(place.schema, table).as_string(None)


def _tried(what: str, work: Callable[[], object]) -> Requirement | None:
    try:
        work()
    except DataportError as problem:
        return _missing(what, problem)
    return None


def _missing(what: str, problem: DataportError) -> Requirement:
    """A requirement that is not met: the statement that meets it, where the message names one."""
    _, run, statement = str(problem).partition("run: ")
    if not run and isinstance(problem, PrivilegeMissing):
        _, run, statement = str(problem).partition("Exempt the account ")
    return Requirement(what, "missing", statement if run else str(problem))
