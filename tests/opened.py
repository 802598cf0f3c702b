"""Small files of records for tests of door 2: tables as the models' contracts say, filled with a few versions."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from figures import OPEN_END, Row, catalog, permission, viewer, world, write_home

from dataport.access import Viewer
from dataport.ask import open_house
from dataport.house import House
from dataport.settings import Settings

CONTRACTS = Path(__file__).parents[1] / "models" / "marts" / "records"
START, WATERMARK = datetime(2017, 1, 1), datetime(2022, 3, 1)
BEGAN = datetime(2018, 1, 1)
_TYPES = {
    "bigint": pa.int64(),
    "integer": pa.int32(),
    "varchar": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
    "double": pa.float64(),
}
TABLES = (
    "dim_individual",
    "dim_group",
    "bridge_membership",
    "dim_address",
    "dim_document",
    "records_specific_need",
    "dim_assistance",
    "dim_event",
)
_IDS = {"dim_individual": ("individual_key", ("individual_id", "individual_no", "former_no"))}
_IDS["dim_group"] = ("group_key", ("group_id", "group_no", "former_no"))


@cache
def columns_of(table: str) -> dict[str, pa.DataType]:
    """The columns that the model's contract promises."""
    text = (CONTRACTS / f"{table}.yml").read_text(encoding="utf-8")
    named = re.findall(r"      - name: (\w+)\n\s+data_type: (\w+)", text[text.index("    columns:\n") :])
    return {name: _TYPES[kind] for name, kind in named}


def person(key: int, **values: Any) -> Row:
    """A version of a person: of Kenya, active, from 2018 on, unless said otherwise."""
    ordinary = {"individual_id": f"i-{key}", "individual_no": f"KEN-{key:05}", "business_unit_id": "KEN-CO"}
    rest = {"given_name": f"Given{key}", "sex_code": "F", "process_status_code": "A", "ethnicity_code": "X1"}
    return {"individual_key": key, **ordinary, **rest, "valid_from": BEGAN, "valid_to": OPEN_END, **values}


def group(key: int, **values: Any) -> Row:
    """A version of a group."""
    ordinary = {"group_id": f"g-{key}", "group_no": f"G-{key:05}", "business_unit_id": "KEN-CO", "declared_size": 2}
    return {"group_key": key, **ordinary, "valid_from": BEGAN, "valid_to": OPEN_END, **values}


def member(person_key: int, group_key: int, **values: Any) -> Row:
    """A version of a membership."""
    keys = {"individual_key": person_key, "group_key": group_key, "membership_id": f"m-{person_key}-{group_key}"}
    ids = {"individual_id": f"i-{person_key}", "group_id": f"g-{group_key}", "is_active": True}
    return {**keys, **ids, "relationship_code": "HR", "valid_from": BEGAN, "valid_to": OPEN_END, **values}


def held(table: str, key: int, person_key: int | None, **values: Any) -> Row:
    """A version of what belongs to a person."""
    name = {"dim_address": "address_id", "dim_document": "document_key", "dim_assistance": "assistance_key"}
    name |= {"records_specific_need": "specific_need_key", "dim_event": "event_key"}
    own = {name[table]: str(key) if table == "dim_address" else key, "individual_key": person_key}
    return {**own, "valid_from": BEGAN, "valid_to": OPEN_END, **values}


def write_records(path: Path, tables: Mapping[str, Sequence[Row]]) -> None:
    """A file of records; ids lead to their cases as the warehouse makes them."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        for table in TABLES:
            _table(connection, table, tables.get(table, ()))
        found = {
            (
                row[name],
                name,
                row[key] if table == "dim_individual" else None,
                row[key] if table == "dim_group" else None,
            )
            for table, (key, names) in _IDS.items()
            for row in tables.get(table, ())
            for name in names
            if row.get(name)
        }
        keys = ("case_id", "field", "individual_key", "group_key")
        ordered = sorted(found, key=str)
        _table(connection, "bridge_case_id", [dict(zip(keys, one, strict=True)) for one in ordered])


def _table(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Row]) -> None:
    known = columns_of(table)
    assert all(set(row) <= set(known) for row in rows), f"unknown columns in {table}"
    connection.register("rows_to_fill", pa.Table.from_pylist(list(rows), schema=pa.schema(list(known.items()))))
    connection.execute(f'create table "{table}" as from rows_to_fill')
    connection.unregister("rows_to_fill")


def opener(units: Sequence[str] | None = ("KEN-CO",), login: str = "ken", **changed: Any) -> Viewer:
    """A viewer who may open records of some units."""
    entities = changed.pop("entities", catalog().records.entities)
    fields = {"may_open": True, "row_limit": 200, **changed}
    return viewer(None, *(permission(entity, units, **fields) for entity in entities), login=login)


def house_of(
    folder: Path,
    tables: Mapping[str, Sequence[Row]],
    *viewers: Viewer,
    figures: Mapping[str, Sequence[Row]] | None = None,
    accounts: Sequence[tuple[str, str, str | None, str]] = (),
) -> House:
    """A home with published records, open.

    Args:
        accounts: of the store: id, login, full name, unit.
    """
    now = datetime.now(UTC).replace(tzinfo=None)
    what = world(**(figures or {}), start=START, watermark=WATERMARK)
    home = write_home(folder, what, viewers or (opener(),), now)
    write_records(home / "published" / "000001" / "records.duckdb", tables)
    with duckdb.connect(str(home / "grants" / "000001.duckdb")) as grants:
        for one in accounts:
            grants.execute("insert into recorder values ('one', ?, ?, ?, ?)", one)
    return open_house(Settings(home=home, keyring=folder.parent / f"{folder.name}-keys" / "keys.json"))
