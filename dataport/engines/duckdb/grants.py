"""Who may see what, as it was published: fixed statements on the grants file, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from dataport.access import Account, Grants, Permission, ViewerClass
from dataport.engines.duckdb.failures import failed
from dataport.errors import NoHome
from dataport.warehouse.sealed import open_sealed

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
_ROLES = "select distinct role from permission order by role"
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


def roles(path: Path) -> tuple[str, ...]:
    """The roles that somebody has; of whom, it says nothing."""
    with _reading(path) as connection:
        return tuple(role for (role,) in connection.execute(_ROLES).fetchall())


def shared_logins(path: Path) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Logins that several enabled accounts have, with their stores: nobody's, until somebody says that they are one."""
    with _reading(path) as connection:
        return tuple((login, tuple(sources)) for login, sources in connection.execute(_ALL_SHARED).fetchall())


_HAS_RECORDERS = "select count(*) from information_schema.tables where table_name = 'recorder'"
_LISTED = "select count(*) from recorder where lower(trim(login)) = lower(trim($login))"
_RECORDERS = """
select source_id, user_id, login, full_name, business_unit_id from recorder
where list_contains($ids, user_id) order by source_id, user_id
"""


def accounts(path: Path, ids: frozenset[str]) -> tuple[Account, ...]:
    """The accounts with these ids; none from a file that was published before it held them."""
    with _reading(path) as connection:
        if not connection.execute(_HAS_RECORDERS).fetchall()[0][0]:
            return ()
        rows = connection.execute(_RECORDERS, {"ids": sorted(ids)}).fetchall()
        return tuple(Account(source or "", *rest) for source, *rest in rows)


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
        raise failed(problem) from None
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
    listed = connection.execute(_HAS_RECORDERS).fetchall()[0][0] == 0 or _is_listed(connection, login)
    return Grants(read[0][2], oldest, name, viewer_class, given, tuple(shared[0][0]) if shared else (), dated, listed)


def _is_listed(connection: duckdb.DuckDBPyConnection, login: str) -> bool:
    """Whether a store has an account of this name, whatever became of it."""
    return bool(connection.execute(_LISTED, {"login": login}).fetchall()[0][0])


def _permission(row: tuple) -> Permission:  # type: ignore[type-arg]
    role, entity, row_scope, may_count, may_open, finest, tier, limit, source, units = row
    everything = row_scope == "all"
    rows = None if everything else frozenset(units)
    return Permission(role, entity, rows, may_count, may_open, finest, tier, limit, source or "")
