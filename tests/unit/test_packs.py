"""Small batches are put together, and nothing that a replay, an erasure or an audit needs is another for it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from dataport.errors import Damaged
from dataport.landing import Landing, ledger_digest, mend_packs
from dataport.landing.packs import LEAST_BATCHES
from tests.warehouse.landings import Writer, gone, row

START = datetime(2022, 1, 1)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    """Forty small batches of one source, three of another, and a quiet day."""
    first, other = Writer(tmp_path, "first"), Writer(tmp_path, "other")
    for day in range(40):
        at = START + timedelta(days=day)
        rows = [row("individual", f"p{day}", at), row("individual", "always", at, phone=str(day))]
        first.land(at + timedelta(hours=1), [*rows, gone("individual", f"p{day - 1}", at)])
        if day % 15 == 0:
            other.land(at + timedelta(hours=1), [row("individual", f"q{day}", at)])
    first.land(START + timedelta(days=41), [])
    return Landing(tmp_path)


def rows(landing: Landing) -> dict[int, Counter[Any]]:
    """The rows of each batch, wherever they are."""
    found: dict[int, Counter[Any]] = {}
    for batch in landing.batches():
        found[batch.number] = Counter()
        for table in batch.tables:
            table.verify()
            for one in pq.read_table(table.path).to_pylist():
                if one["batch_number"] == batch.number:
                    found[batch.number][(table.name, *one.values())] += 1
            assert sum(count for key, count in found[batch.number].items() if key[0] == table.name) == table.rows
    return found


def stamps(path: Path) -> list[tuple[Any, ...]]:
    """What is one row of its kind and no other."""
    return [(one["batch_number"], one["change_no"]) for one in pq.read_table(path).to_pylist()]


def files(landing: Landing) -> int:
    return len(list(landing.root.rglob("*.parquet")))


def test_nothing_is_another_for_being_packed(landing: Landing) -> None:
    before, digest, count = rows(landing), ledger_digest(landing.batches()), files(landing)
    ledger = {path.name: path.read_bytes() for path in (landing.root / "ledger").iterdir()}
    published = {batch.number for batch in landing.batches()}
    packed = landing.compact(published)
    assert packed >= LEAST_BATCHES and files(landing) <= count - packed + 2
    assert rows(landing) == before and ledger_digest(landing.batches()) == digest
    assert {path.name: path.read_bytes() for path in (landing.root / "ledger").iterdir()} == ledger
    newest = max(batch.number for batch in landing.batches() if batch.source_id == "first" and batch.rows)
    assert all(not table.packed_sha256 for table in landing.batches()[newest - 1].tables), "the next window reads it"
    assert landing.compact(published) == 0, "packed once"
    assert landing.last("first") == landing.batches()[-1]
    whole = [one for path in sorted((landing.root / "batches").glob("*/individual.parquet")) for one in stamps(path)]
    assert len(whole) == len(set(whole)) == sum(table.rows for batch in landing.batches() for table in batch.tables)
    landing.draft_batch()[1].drop()
    assert rows(landing) == before, "what sweeps up after a crash leaves packs alone"


def test_what_is_not_published_or_few_stays_as_it_landed(landing: Landing) -> None:
    assert landing.compact(range(1, 20)) == 0
    assert landing.compact(()) == 0


def test_a_pack_that_is_changed_is_found(landing: Landing) -> None:
    landing.compact(range(1, 60))
    [path] = (landing.root / "batches").glob("pack-*/individual.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(Damaged, match="is missing or not as it was landed"):
        rows(landing)


def test_a_changed_file_is_never_packed(landing: Landing) -> None:
    path = next(table.path for table in landing.batches()[4].tables if table.name == "individual")
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(Damaged):
        landing.compact(range(1, 60))
    assert not list((landing.root / "packs").glob("[0-9]*"))


def test_a_crash_before_or_after_the_entry_loses_nothing(landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(landing)

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("dataport.landing.packs.write_record", killed)
        landing.compact(range(1, 60))
    assert rows(landing) == before
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr("dataport.landing.packs._dropped", killed)
        landing.compact(range(1, 60))
    assert rows(landing) == before
    landing.compact(range(1, 60))
    assert rows(landing) == before
    assert len(list((landing.root / "batches").rglob("individual.parquet"))) < 10


def test_an_entry_of_a_pack_that_is_lost_is_put_back(landing: Landing) -> None:
    before = rows(landing)
    landing.compact(range(1, 60))
    (landing.root / "packs" / "000001.json").write_text("{")
    with pytest.raises(Damaged, match="entry packs/000001"):
        landing.batches()
    assert mend_packs(landing.root) == (1,)
    assert rows(landing) == before
    (landing.root / "packs" / "000001.json").unlink()
    landing.draft_batch()[1].drop()
    assert landing.compact(range(1, 60)) == 0, "it is put back, and not made again over what it holds"
    assert rows(landing) == before
