"""folder_values: a column of a file as the kind that it is declared to be, and which of its values are not."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from dataport.extract.damage import one_value, require_moments
from dataport.store.arrow import TYPES
from dataport.store.declared import Column

_WHOLE = re.compile(r"[+-]?\d{1,19}")
_YES_NO = {
    **dict.fromkeys(("true", "t", "1", "yes", "y"), True),
    **dict.fromkeys(("false", "f", "0", "no", "n"), False),
}


def fitted(column: Column, raw: pa.Array) -> tuple[pa.Array, list[int]]:
    """A column as its declared kind, and the places that hold nothing of that kind, or nothing where something must."""
    try:
        array = _all_fit(column, raw)
        damaged: set[int] = set()
    except (pa.ArrowException, OverflowError):
        values = _as_text(raw).to_pylist() if _is_text(raw.type) else _plain(raw)
        read = [_one(column, value) for value in values]
        damaged = {
            n for n, (kept, value) in enumerate(zip(values, read, strict=True)) if value is None and kept is not None
        }
        array = pa.array(read, TYPES[column.kind])
    if column.required and array.null_count:
        damaged |= set(pc.indices_nonzero(pc.is_null(array)).to_pylist())
    return array, sorted(damaged)


def kind_of(kind: pa.DataType) -> str:
    """The kind that a column of a Parquet file is kept as."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    tests = (
        ("text", (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)),
        ("integer", (pa.types.is_integer,)),
        ("boolean", (pa.types.is_boolean,)),
        ("date", (pa.types.is_date,)),
        ("timestamp", (pa.types.is_timestamp,)),
        ("nothing", (pa.types.is_null,)),
    )
    return next((name for name, known in tests if any(test(kind) for test in known)), str(kind))


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or kind_of(kind) == "text"


def _as_text(raw: pa.Array) -> pa.Array:
    if pa.types.is_dictionary(raw.type):
        raw = raw.cast(raw.type.value_type)
    return raw.cast(pa.binary())


def _all_fit(column: Column, raw: pa.Array) -> pa.Array:
    """The values where all of them are of their kind. Raises an error of Arrow otherwise."""
    kind = TYPES[column.kind]
    if _is_text(raw.type):
        raw = pc.cast(_as_text(raw), pa.string())  # which looks whether it is UTF-8
        if column.kind == "boolean":
            raise pa.ArrowInvalid("by value")
        array = raw if column.kind == "text" else pc.cast(raw, kind)
    else:
        array = pc.cast(raw, kind, safe=column.kind != "timestamp")
    if column.kind in ("date", "timestamp"):
        require_moments(array)
    return array


def _plain(raw: pa.Array) -> list[Any]:
    """Values of a typed column; a date or moment that no calendar of Python holds is something that is none."""
    try:
        return list(raw.to_pylist())
    except (ValueError, OverflowError):
        return [_plain_one(value) for value in raw]


def _plain_one(value: pa.Scalar) -> Any:
    try:
        return value.as_py()
    except (ValueError, OverflowError):
        return b"beyond"


def _one(column: Column, value: Any) -> Any:
    """One value as its kind; None where it is none of it."""
    if isinstance(value, bytes) and column.kind not in ("text", "date"):
        return _parsed(column, value.decode(errors="replace").strip())
    if column.kind == "timestamp":
        return value.astimezone(UTC).replace(tzinfo=None) if getattr(value, "tzinfo", None) else value
    return value if isinstance(value, date) else one_value(column, value)


def _parsed(column: Column, text: str) -> Any:
    if column.kind == "boolean":
        return _YES_NO.get(text.lower())
    if column.kind == "integer":
        return one_value(column, int(text)) if _WHOLE.fullmatch(text) else None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        return None
