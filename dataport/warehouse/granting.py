"""Grants are published on their own, so that a slow or failed build never delays them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import duckdb

from dataport.durable import held, make_private, rename, sync, write_record
from dataport.errors import ContractBroken, Damaged, NoHome
from dataport.landing import GrantsBatch, Landing
from dataport.semantic.policy import FINEST_PLACE, TIERS
from dataport.store.schema import DEPTHS, GRANT_TABLES
from dataport.warehouse.grants import POINTER, GrantsVersion, published_grants, versions_in

_KEEP = 3
_UNIT_COLUMNS = (
    ("business_unit", "business_unit_id"),
    ("business_unit", "parent_id"),
    ("user_account", "business_unit_id"),
)

# Why a permission is not understood; null where it is.
_UNKNOWN = f"""case
    when depth_code is null or depth_code not in {DEPTHS} then 'depth_code'
    when highest_tier_code is null or highest_tier_code not in {TIERS} then 'highest_tier_code'
    when finest_place_level is null or finest_place_level not between 0 and {FINEST_PLACE} then 'finest_place_level'
    when row_limit is null or row_limit < 0 then 'row_limit'
end"""

# An account without any enabled role that permits something belongs to the statistics class.
_STATEMENTS = (
    # A login that two enabled accounts share names nobody: merging their permissions would give each what the other may
    # see. Where they are of different stores, somebody may have confirmed that they are one person: then each keeps the
    # rows of its own store.
    """
    create temp table enabled as
    select
        login, user_id, business_unit_id, source_id,
        count(*) over (partition by source_id, login) as accounts_of_source,
        exists (
            select 1 from confirmed_login as c where c.login = u.login and c.source_id = u.source_id
        ) as is_confirmed
    from landed_user_account as u
    where is_enabled
    """,
    """
    create temp table account_of_source as
    select login, user_id, business_unit_id, source_id
    from enabled
    qualify
        max(accounts_of_source) over (partition by login) = 1
        and (count(*) over (partition by login) = 1 or bool_and(is_confirmed) over (partition by login))
    """,
    """
    create table shared_login as
    select login, list(distinct source_id order by source_id) as sources
    from enabled
    where login not in (select login from account_of_source)
    group by login
    """,
    """
    create table account as
    select
        login, min(user_id) as user_id, 'statistics' as class_code, min(business_unit_id) as business_unit_id
    from account_of_source
    group by login
    """,
    """
    create temp table granted as
    select distinct
        -- each permission is judged by itself: two of one role, or of two roles that are called alike, never add up
        dense_rank() over (order by login, role.name, entity, source_id, role_id, permission_id) as permission_key,
        account.source_id, account.login, account.business_unit_id, role_id, role.name as role, permission.entity,
        permission.depth_code, permission.may_count, permission.may_open, permission.finest_place_level,
        permission.highest_tier_code, permission.row_limit
    from account_of_source as account
    inner join landed_user_role as user_role using (source_id, user_id)
    inner join landed_role as role using (source_id, role_id)
    inner join landed_permission as permission using (source_id, role_id)
    where role.is_enabled
    """,
    # What is not understood gives nothing, and is kept beside what does, so that somebody can be told of it. It still
    # narrows a wider permission of the same role, so it stays in `granted`.
    f"""
    create table unknown_permission as
    select login, role, entity, {_UNKNOWN} as because
    from granted
    where {_UNKNOWN} is not null
    """,
    "update account set class_code = 'registration' where login in (select login from granted)",
    # Who recorded something is told by whoever they were then, so the accounts of those who have left are here too.
    """
    create table recorder as
    select source_id, user_id, any_value(login) as login, any_value(full_name) as full_name,
        any_value(business_unit_id) as business_unit_id
    from landed_user_account
    where user_id is not null and login is not null
    group by source_id, user_id
    """,
    f"""
    create table permission as
    select
        permission_key, login, source_id, role, entity,
        case
            when depth_code <> 'organisation' then 'units'
            when (select count(*) from known_source) = 1 then 'all'
            else 'units'
        end as row_scope,
        coalesce(may_count, false) as may_count,
        coalesce(may_open, false) as may_open,
        cast(finest_place_level as integer) as finest_place_level,
        highest_tier_code,
        cast(row_limit as bigint) as row_limit
    from granted
    where {_UNKNOWN} is null
    """,
)


# From the unit of the account downwards. Where one role names both depths for an entity, the narrower one holds.
_UNITS = """
    create table permission_unit as
    with recursive below as (
        select source_id, business_unit_id as root_id, business_unit_id from landed_business_unit
        union
        select below.source_id, below.root_id, unit.business_unit_id
        from below
        inner join landed_business_unit as unit
            on unit.source_id = below.source_id and unit.parent_id = below.business_unit_id
    ),

    scoped as (
        select
            permission_key, source_id, business_unit_id as root_id,
            bool_and(depth_code = 'unit_and_below') over (
                partition by source_id, login, role_id, entity
            ) as reaches_down
        from granted
        where depth_code in ('unit', 'unit_and_below')
    )

    select distinct scoped.permission_key, below.business_unit_id
    from scoped
    inner join below using (source_id, root_id)
    where scoped.reaches_down or below.business_unit_id = scoped.root_id
    union
    -- a whole organisation is that of its own source: where there are several, it is a list of units like any other
    select granted.permission_key, unit.business_unit_id
    from granted
    inner join landed_business_unit as unit using (source_id)
    where
        granted.depth_code = 'organisation'
        and (select count(*) from known_source) > 1
"""


def publish_grants(
    landing_root: Path,
    grants_root: Path,
    confirmed: Mapping[str, Iterable[str]] = MappingProxyType({}),
    configured: Iterable[str] = (),
) -> GrantsVersion:
    """Publish the newest landed grants of every source as one file.

    Args:
        configured: the sources that there are to be, whether or not anything has been read from them yet: all rows are
            those of one source only where there is no other.
        confirmed: logins that are one person's, with the sources in which they are.

    Raises:
        NoHome: no grants have landed.
        ContractBroken: a landed file is not the one that was landed.
        Busy: another process is publishing grants.
    """
    newest = _newest(landing_root)
    make_private(grants_root)
    with held(grants_root / ".lock", "A publication of grants", wait=30.0):
        version = _last_version(grants_root) + 1
        path = grants_root / f"{version:06d}.duckdb"
        sources = Landing(landing_root).sources() | frozenset(configured)
        _write(path.with_suffix(".partial"), version, newest, _first_source(landing_root), confirmed, sources)
        rename(path.with_suffix(".partial"), path)
        read_at = min(grants.read_at for grants in newest)
        read = {grants.source_id: grants.read_at for grants in newest}
        pointer = {"version": version, "path": path.name, "read_at": read_at.isoformat()}
        pointer["read"] = {source: at.isoformat() for source, at in read.items()}
        write_record(grants_root / POINTER, pointer | {"bytes": path.stat().st_size})
        for old in versions_in(grants_root)[:-_KEEP]:
            old.unlink()
    return GrantsVersion(version, path, read_at, read, path.stat().st_mtime_ns)


def _newest(landing_root: Path) -> tuple[GrantsBatch, ...]:
    landing = Landing(landing_root)
    last = {grants.source_id: grants for grants in landing.grants()}
    if not last:
        raise NoHome("No permissions have landed yet. Run `dataport extract` first.")
    for grants in last.values():
        for table in grants.tables:
            table.verify()
    return tuple(last[source_id] for source_id in sorted(last))


def _first_source(landing_root: Path) -> str:
    """The source whose units keep their plain ids: the first that landed."""
    landing = Landing(landing_root)
    return (landing.first() or landing.grants()[0]).source_id


def _last_version(grants_root: Path) -> int:
    versions = [int(path.stem) for path in versions_in(grants_root)]
    with suppress(NoHome, Damaged):
        versions.append(published_grants(grants_root).version)
    return max(versions, default=0)


def _write(
    path: Path,
    version: int,
    newest: tuple[GrantsBatch, ...],
    first_source: str,
    confirmed: Mapping[str, Iterable[str]],
    sources: frozenset[str],
) -> None:
    path.unlink(missing_ok=True)
    connection = duckdb.connect(str(path))
    try:
        path.chmod(0o600)
        for table in GRANT_TABLES:
            columns = ", ".join(column.name for column in table.columns)
            for nth, grants in enumerate(newest):
                file = next((landed.path for landed in grants.tables if landed.name == table.name), None)
                if file is None:
                    raise ContractBroken(f"The landed grants lack the table {table.name}. Extract them again.")
                verb = f"insert into landed_{table.name}" if nth else f"create temp table landed_{table.name} as"
                connection.execute(
                    f"{verb} select {columns}, ? as source_id from read_parquet(?)", [grants.source_id, str(file)]
                )
        for table, column in _UNIT_COLUMNS:
            # As the macro unit_id does with the rows: units of two stores that are called alike stay apart.
            sql = f"update landed_{table} set {column} = source_id || '/' || {column} where source_id <> ?"
            connection.execute(sql, [first_source])
        connection.execute("create temp table confirmed_login (login varchar, source_id varchar)")
        if pairs := [(login, source) for login, sources in confirmed.items() for source in sources]:
            connection.executemany("insert into confirmed_login values (?, ?)", pairs)
        connection.execute("create temp table known_source (source_id varchar)")
        connection.executemany("insert into known_source values (?)", [(source,) for source in sorted(sources)])
        for statement in (*_STATEMENTS, _UNITS):
            connection.execute(statement)
        connection.execute("create table meta (version integer, read_at timestamp, source_id varchar)")
        connection.executemany(
            "insert into meta values (?, ?, ?)", [(version, grants.read_at, grants.source_id) for grants in newest]
        )
        connection.execute("checkpoint")
    finally:
        connection.close()
    sync(path)
