"""The living records of a store at the end of a past day, as its journal tells them: what the slow oracle judges."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from oracle.quality import Store as Replayed

from dataport.store import Store
from dataport.store.schema import BY_NAME

_TABLES = ("individual", "registration_group", "membership", "address", "document", "specific_need")
_DEEPEST = 6


def replayed(store: Store, day: date, order: Mapping[str, int]) -> Replayed:
    """The store as it stood at the end of a day.

    Args:
        order: the place of each person in the order in which the house saw them.
    """
    end = datetime.combine(day, time()) + timedelta(days=1)
    tables = {name: _living(store, name, end) for name in _TABLES}
    places = {row["location_code"]: row for row in store.query("SELECT * FROM location").to_pylist()}
    countries = {
        row["operation_code"]: row["country_code"] for row in store.query("SELECT * FROM operation").to_pylist()
    }
    units = store.query("SELECT * FROM business_unit").to_pylist()
    return Replayed(
        tables,
        end - timedelta(microseconds=1),
        {code: (row["level"], _has_gap(row, places)) for code, row in places.items()},
        {row["business_unit_id"]: countries[row["operation_code"]] for row in units if row["operation_code"]},
        order,
    )


def _living(store: Store, table: str, end: datetime) -> dict[str, dict[str, Any]]:
    key, newest = BY_NAME[table].key, {}
    columns = ", ".join(column.name for column in BY_NAME[table].landed)
    versions = store.query(f"SELECT {columns} FROM {table}").to_pylist()
    versions += store.query(f"SELECT {columns} FROM {table}_journal").to_pylist()
    gone = store.query(f"SELECT key, stamped_at FROM tombstone WHERE table_name = '{table}'").to_pylist()
    versions += [{key: row["key"], "stamped_at": row["stamped_at"], "is_gone": True} for row in gone]
    for row in sorted(versions, key=lambda one: one["stamped_at"]):
        if row["stamped_at"] < end:
            newest[row[key]] = row
    return {name: row for name, row in newest.items() if not row.get("is_gone")}


def _has_gap(row: Mapping[str, Any], places: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a level above a place is not there."""
    above = set()
    at: Mapping[str, Any] | None = row
    for _ in range(_DEEPEST):
        if at is None:
            break
        above.add(at["level"])
        at = places.get(at["parent_code"] or "")
    return any(level not in above for level in range(1, row["level"]))
