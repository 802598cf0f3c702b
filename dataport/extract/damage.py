"""Damage: values that a store keeps and nobody can read as what they are declared to be. They never stop an extract.

A damaged value lands as unknown, and its column's name in the row's `damaged`. A date before or after all that a
calendar holds is no damage where it ends something: a document that expired before all time has expired.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataport.landing import Damage
from dataport.store.arrow import TYPES
from dataport.store.declared import Column, Contract, Kind, Table

FIRST_DAY, LAST_DAY = date(1, 1, 1), date(9999, 12, 31)
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_MOMENTS = ((datetime.min - _EPOCH) // _MICROSECOND, (datetime.max - _EPOCH) // _MICROSECOND)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BEFORE_ALL = re.compile(r"-infinity|-\d+-\d{1,2}-\d{1,2}|0{1,4}-\d{1,2}-\d{1,2}|\d+-\d{1,2}-\d{1,2} BC", re.IGNORECASE)
_AFTER_ALL = re.compile(r"\+?infinity|\+?\d{5,}-\d{1,2}-\d{1,2}", re.IGNORECASE)
_UNFIT = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError)

# What is read of a row beside the contract's columns: the names of its damaged ones, or NULL.
DAMAGED = pa.field("damaged", pa.string())


def fitted(column: Column, values: Sequence[Any]) -> tuple[pa.Array, list[int]]:
    """The values of a column that may hold anything, as its declared kind, and the places of those that are damaged.

    Args:
        values: as SQLite keeps them, text as bytes.
    """
    try:
        return _all_fit(column.kind, values), []
    except _UNFIT:
        read = [one_value(column, value) for value in values]
    damaged = [
        n for n, (value, kept) in enumerate(zip(read, values, strict=True)) if value is None and kept is not None
    ]
    return pa.array(read, TYPES[column.kind]), damaged


def named(damage: Mapping[str, Sequence[int]], rows: int) -> pa.Array:
    """The column `damaged` of rows, from the places of damage in each column."""
    if not any(damage.values()):
        return pa.nulls(rows, pa.string())
    found: list[list[str]] = [[] for _ in range(rows)]
    for name, places in damage.items():
        for place in places:
            found[place].append(name)
    return pa.array([",".join(names) or None for names in found], pa.string())


def readable(batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch whose texts may be in any encoding: those that are not UTF-8 are damaged."""
    damage: dict[str, list[int]] = {}
    columns = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name, column in columns.items():
        if pa.types.is_string(column.type):
            try:
                column.validate(full=True)
            except pa.ArrowInvalid:
                columns[name], damage[name] = fitted(Column(name), column.cast(pa.binary()).to_pylist())
    if not damage:
        return batch
    both = zip(columns[DAMAGED.name].to_pylist(), named(damage, batch.num_rows).to_pylist(), strict=True)
    columns[DAMAGED.name] = pa.array([",".join(filter(None, one)) or None for one in both], pa.string())
    return pa.record_batch(list(columns.values()), schema=batch.schema)


def whose(table: Table, landed: pa.RecordBatch) -> pa.Array:
    """Which rows have all that identifies them; a tombstone has its key alone."""
    key, *links = (pc.is_valid(landed.column(name)) for name in table.identifying)
    return reduce(lambda known, link: pc.and_(known, pc.or_(link, landed.column("is_deleted"))), links, key)


class DamageCount:
    """How many values of each column were damaged, counted as the rows pass."""

    def __init__(self) -> None:
        self._found: Counter[tuple[str, str]] = Counter()

    def add(self, table: Table, batch: pa.RecordBatch) -> None:
        """Count what a batch says of itself."""
        marks = batch.column(DAMAGED.name)
        if marks.null_count == len(marks):
            return
        for one in pc.value_counts(marks.drop_null()).to_pylist():
            for name in one["values"].split(","):
                self._found[table.name, name] += one["counts"]

    def found(self) -> tuple[Damage, ...]:
        """What was found, by table and column."""
        return tuple(Damage(table, column, rows) for (table, column), rows in sorted(self._found.items()))


def told(found: Iterable[Damage], contract: Contract) -> tuple[str, ...]:
    """Damage in words, a note for each column; never a value."""
    return tuple(_note(one, contract.named(one.table)) for one in found)


def _note(one: Damage, table: Table) -> str:
    if one.column in table.identifying:
        what = "these versions are set aside and counted nowhere, for it identifies them"
    elif next((column.required for column in table.landed if column.name == one.column), False):
        what = "they are unknown here, although it is required"
    else:
        what = "they are unknown here"
    return f"{one.table}.{one.column} holds {one.rows:,} values that cannot be read as declared: {what}."


def _all_fit(kind: Kind, values: Sequence[Any]) -> pa.Array:
    """The values where all of them are of their kind. Raises one of `_UNFIT` otherwise."""
    if kind == "text":
        return pc.cast(pa.array(values, pa.binary()), pa.string())
    if kind == "date":
        days = pc.cast(pc.cast(pa.array(values, pa.binary()), pa.string()), pa.date32())
        _require_within(days, (FIRST_DAY, LAST_DAY))
        return days
    numbers = pa.array(values, pa.int64())
    if kind != "integer":
        _require_within(numbers, (0, 1) if kind == "boolean" else _MOMENTS)
    return pc.cast(numbers, TYPES[kind])


def require_moments(array: pa.Array) -> None:
    """Raise an error of Arrow where a date or a moment lies outside every calendar."""
    if pa.types.is_date(array.type):
        _require_within(array, (FIRST_DAY, LAST_DAY))
    else:
        _require_within(pc.cast(array, pa.int64()), _MOMENTS)


def _require_within(array: pa.Array, bounds: tuple[Any, Any]) -> None:
    low, high = (pa.scalar(bound, array.type) for bound in bounds)
    inside = pc.and_(pc.greater_equal(array, low), pc.less_equal(array, high))
    if pc.any(pc.invert(inside)).as_py():
        raise pa.ArrowInvalid("outside")


def one_value(column: Column, value: Any) -> Any:
    """One value as its kind; None where it is damaged or was none."""
    if isinstance(value, bytes):
        try:
            text = value.decode()
        except UnicodeDecodeError:
            return None
        return _day(column, text) if column.kind == "date" else text if column.kind == "text" else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or column.kind in ("text", "date"):
        return None
    if column.kind == "boolean":
        return bool(value) if value in (0, 1) else None
    low, high = _MOMENTS if column.kind == "timestamp" else (-(2**63), 2**63 - 1)
    if not low <= value <= high:
        return None
    return _EPOCH + value * _MICROSECOND if column.kind == "timestamp" else value


def _day(column: Column, text: str) -> date | None:
    if _DAY.fullmatch(text) and not _BEFORE_ALL.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None
    if column.is_end:
        return FIRST_DAY if _BEFORE_ALL.fullmatch(text) else LAST_DAY if _AFTER_ALL.fullmatch(text) else None
    return None
