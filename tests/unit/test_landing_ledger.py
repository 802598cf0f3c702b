"""The ledger: what it says has landed, in order, privately, and nothing else has."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dataport.errors import ContractBroken
from dataport.landing import Batch, Landing, Window

SCHEMA = pa.schema([("key", pa.string()), ("is_deleted", pa.bool_())])
MOMENT = datetime(2022, 1, 1, 12, 0, 0, 1)


def rows(*keys: str, deleted: bool = False) -> pa.RecordBatch:
    return pa.record_batch([pa.array(keys, pa.string()), pa.array([deleted] * len(keys))], schema=SCHEMA)


def land(landing: Landing, source_id: str = "main") -> Batch:
    with landing.locked():
        number, draft = landing.draft_batch()
        table = draft.write("t", SCHEMA, [rows("a", "b"), rows(), rows("c", deleted=True)])
        draft.shelve()
        window = Window(0, number, MOMENT, MOMENT)
        batch = Batch(number, source_id, "store", "sqlite", window, (table,), MOMENT, notes=("a note",))
        landing.commit_batch(batch)
    return batch


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "home" / "landing")


def test_a_batch_comes_back_as_it_was_entered(landing: Landing) -> None:
    first, second = land(landing), land(landing, "other")
    assert landing.batches() == (first, second)
    assert (landing.last("main"), landing.last("other"), landing.last("absent")) == (first, second, None)
    [table] = first.tables
    assert (table.rows, table.tombstones, first.rows) == (3, 1, 3)
    assert pq.read_table(table.path)["key"].to_pylist() == ["a", "b", "c"]
    table.verify()


def test_an_entry_says_what_was_accepted_and_nothing_where_nothing_was(landing: Landing) -> None:
    batch = land(landing)
    landing.commit_batch(replace(batch, number=2, accepted=("t",)))
    one, two = (json.loads((landing.root / "ledger" / f"00000{n}.json").read_text()) for n in (1, 2))
    assert "accepted" not in one and two["accepted"] == ["t"]
    assert [each.accepted for each in landing.batches()] == [(), ("t",)]


def test_tables_without_a_row_share_one_file(landing: Landing) -> None:
    paths = set()
    for _ in range(3):
        number, draft = landing.draft_batch()
        tables = (draft.write("t", SCHEMA, []), draft.write("u", SCHEMA, [rows()]))
        draft.shelve()
        landing.commit_batch(Batch(number, "main", "s", "sqlite", Window(0, 0, MOMENT, MOMENT), tables, MOMENT))
        paths |= {table.path for table in landing.batches()[-1].tables}
        assert {(table.rows, table.tombstones) for table in tables} == {(0, 0)}
    assert {path.parent.name for path in paths} == {"empty"} and len(paths) == 2
    assert all(pq.read_schema(path) == SCHEMA for path in paths)
    assert not list((landing.root / "batches").rglob("*.parquet")), "a quiet day leaves no file"
    for batch in landing.batches():
        for table in batch.tables:
            table.verify()


def test_big_streams_become_several_row_groups(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dataport.landing.draft._GROUP_ROWS", 4)
    _, draft = landing.draft_batch()
    table = draft.write("t", SCHEMA, [rows("a", "b", "c"), rows("d", "e"), rows("f")])
    draft.shelve()
    file = pq.ParquetFile(table.path)
    assert [file.metadata.row_group(n).num_rows for n in range(file.num_row_groups)] == [5, 1]
    file.close()


def test_only_the_owner_may_read(landing: Landing) -> None:
    land(landing)
    modes = {path.stat().st_mode & 0o777 for path in landing.root.rglob("*") if path.is_dir()}
    files = {path.stat().st_mode & 0o777 for path in landing.root.rglob("*") if path.is_file()}
    assert (modes, files) == ({0o700}, {0o600})


def test_a_changed_file_is_found(landing: Landing) -> None:
    [table] = land(landing).tables
    table.path.write_bytes(table.path.read_bytes() + b"x")
    with pytest.raises(ContractBroken, match=r"000001/t.parquet is missing or not as it was landed"):
        table.verify()
    table.path.unlink()
    with pytest.raises(ContractBroken, match="restore it from a backup"):
        table.verify()


def test_a_gap_in_the_ledger_is_found(landing: Landing) -> None:
    for _ in range(3):
        land(landing)
    (landing.root / "ledger" / "000002.json").unlink()
    with pytest.raises(ContractBroken, match="no sound entry 000002"):
        landing.batches()


@pytest.mark.parametrize("content", ["{", "{}", "[]", '{"number": "x"}'])
def test_an_entry_that_cannot_be_read_is_named(landing: Landing, content: str) -> None:
    land(landing)
    (landing.root / "ledger" / "000001.json").write_text(content)
    with pytest.raises(ContractBroken, match=r"ledger/000001.json cannot be read"):
        landing.batches()


def test_an_entry_under_another_name_is_found(landing: Landing) -> None:
    batch = land(landing)
    entry = json.loads((landing.root / "ledger" / "000001.json").read_text())
    (landing.root / "ledger" / "000002.json").write_text(json.dumps(entry))
    with pytest.raises(ContractBroken, match="no sound entry 000002"):
        landing.batches()
    assert replace(batch, number=2) != batch


def test_a_half_written_entry_does_not_count(landing: Landing) -> None:
    batch = land(landing)
    (landing.root / "ledger" / ".partial-000002.json").write_text("{")
    assert landing.batches() == (batch,)
    assert land(landing).number == 2


def test_nothing_has_landed_in_an_empty_place(landing: Landing) -> None:
    assert (landing.batches(), landing.grants(), landing.last_grants("main")) == ((), (), None)
