"""Hand-written landings: batches from plain dictionaries, in the landing's own format and through its own writer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataport.landing import Batch, GrantsBatch, Landing, Window
from dataport.store.declared import Table
from dataport.store.schema import BY_NAME, GRANT_TABLES, TABLES

Row = dict[str, Any]

_ARROW = {
    "text": pa.string(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}
_EXTRA = [
    ("source_id", pa.string()),
    ("batch_number", pa.int64()),
    ("low_clock", pa.timestamp("us")),
    ("is_deleted", pa.bool_()),
]
# what a test need not say
_DEFAULTS: dict[str, Row] = {
    "individual": {
        "business_unit_id": "BU-1",
        "operation_code": "OP1",
        "process_status_code": "A",
        "country_of_asylum_code": "KEN",
        "country_of_origin_code": "SOM",
        "legal_status_code": "REF",
        "sex_code": "F",
    },
    "registration_group": {
        "business_unit_id": "BU-1",
        "operation_code": "OP1",
        "status_code": "A",
        "country_of_asylum_code": "KEN",
        "country_of_origin_code": "SOM",
    },
    "membership": {"is_focal_point": False, "is_active": True},
    "specific_need": {"need_category_code": "DS", "need_status_code": "A"},
    "document": {"document_type_code": "POR", "document_status_code": "V"},
    "address": {"address_type_code": "C", "is_active": True},
    "assistance": {"assistance_type_code": "CSH", "assistance_status_code": "PR", "provided_date": date(2022, 1, 1)},
    "country": {"name": "Country"},
    "location": {"country_code": "KEN", "level": 1, "name": "Place"},
    "business_unit": {"name": "Unit", "kind_code": "CO", "is_enabled": True},
    "code_value": {"label": "Label", "is_active": True},
}


_GRANT_DEFAULTS = {"name": "Unit", "kind_code": "CO", "is_enabled": True, "full_name": "-"}


def row(table: str, key: str, stamped_at: datetime, **values: Any) -> tuple[str, Row]:
    """One version of one record."""
    return table, {BY_NAME[table].key: key, "stamped_at": stamped_at} | _DEFAULTS.get(table, {}) | values


def gone(table: str, key: str, stamped_at: datetime) -> tuple[str, Row]:
    """A tombstone: the key and the stamps, nothing else."""
    return table, {BY_NAME[table].key: key, "stamped_at": stamped_at, "is_deleted": True}


class Writer:
    """Lands batches of one source, one after the other; each starts where the one before it ended."""

    def __init__(self, root: Path, source_id: str = "main") -> None:
        self.landing = Landing(root)
        self.source_id = source_id
        self._change_no = 0

    def land(self, high_clock: datetime, rows: Sequence[tuple[str, Row]], low_clock: datetime | None = None) -> Batch:
        """Land one batch. The first takes its low clock from its smallest stamp."""
        last = self.landing.last(self.source_id)
        low = low_clock or (
            last.window.high_clock if last else min(r["stamped_at"] for _, r in rows) - timedelta(seconds=1)
        )
        number, draft = self.landing.draft_batch()
        stamped = [(table, self._stamped(values, number, low)) for table, values in rows]
        tables = tuple(draft.write(t.name, _schema(t), _batches(t, stamped)) for t in TABLES)
        draft.shelve()
        window = Window(0, self._change_no, low, high_clock)
        batch = Batch(number, self.source_id, "store-1", "sqlite", window, tables, datetime(2022, 6, 1))
        self.landing.commit_batch(batch)
        return batch

    def grant(self, read_at: datetime, tables: Mapping[str, Sequence[Row]]) -> None:
        """Land the tables of permissions, whole."""
        number, draft = self.landing.draft_grants()
        landed = []
        for table in GRANT_TABLES:
            schema = pa.schema([(c.name, _ARROW[c.kind]) for c in table.columns])
            rows = [_GRANT_DEFAULTS | r for r in tables[table.name]]
            batch = pa.RecordBatch.from_pylist([{n: r.get(n) for n in schema.names} for r in rows], schema)
            landed.append(draft.write(table.name, schema, [batch]))
        draft.shelve()
        self.landing.commit_grants(GrantsBatch(number, self.source_id, "store-1", read_at, read_at, tuple(landed)))

    def _stamped(self, values: Row, number: int, low: datetime) -> Row:
        self._change_no += 1
        stamps = {"change_no": self._change_no, "source_id": self.source_id, "batch_number": number, "low_clock": low}
        device = {"created_on": values["stamped_at"], "modified_on": values["stamped_at"]}
        is_deleted = values.get("is_deleted", False)
        return ({} if is_deleted else device) | {"is_deleted": is_deleted} | stamps | values


def _schema(table: Table) -> pa.Schema:
    return pa.schema([(c.name, _ARROW[c.kind]) for c in table.landed] + _EXTRA)


def _batches(table: Table, rows: Sequence[tuple[str, Row]]) -> list[pa.RecordBatch]:
    schema = _schema(table)
    own = [{name: values.get(name) for name in schema.names} for name_of, values in rows if name_of == table.name]
    return [pa.RecordBatch.from_pylist(own, schema)]
