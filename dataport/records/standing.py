"""standing: records of one kind as they stand at the end of a day, for one look at door 2."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from dataport.engine.fetching import Fetching, Row
from dataport.records.opening import OpenLook
from dataport.semantic.horizons import Horizons
from dataport.semantic.record import ACCOUNTS, RecordModel


def opens_any(model: RecordModel, opened: OpenLook) -> bool:
    return bool(opened.scoped.views.get(model.entity))


def as_they_stood(model: RecordModel, keys: Sequence[int] | None, day: date, opened: OpenLook) -> Fetching:
    horizons: Horizons = opened.horizons
    reaching = frozenset(name for name, one in horizons.of.items() if one.holds(day))
    sources = None if reaching == horizons.names else reaching
    closing = horizons.whole.closing(day)
    return Fetching(opened.records, opened.models, model, {model.key: keys}, closing, opened.scoped, sources)


def told_values(rows: Iterable[Row]) -> dict[int, Mapping[str, Any]]:
    """The fields of each record that is opened, without the ids of accounts, which nobody is told."""
    return {row.key: {name: one for name, one in row.values.items() if name not in ACCOUNTS} for row in rows}


def meta_of(opened: OpenLook, day: date, records: int, more: int) -> dict[str, Any]:
    return {
        "viewer": opened.scoped.viewer.login,
        "viewer_class": opened.scoped.viewer.viewer_class.value,
        "purpose": opened.scoped.purpose,
        "as_of": day.isoformat(),
        "history_start": opened.horizons.whole.start,
        "data_version": opened.records.data_version,
        "records": records,
        "more": more,
        "permissions_expired": sorted(opened.viewer.expired),
    }
