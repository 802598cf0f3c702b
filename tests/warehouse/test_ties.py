"""Whatever has landed can be built: versions of one record with one stamp are put apart, and nothing is lost."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dataport.warehouse.build import build
from tests.warehouse import stories
from tests.warehouse.conftest import checksums
from tests.warehouse.landings import Writer, gone, row

MICROSECOND = timedelta(microseconds=1)


def histories(home: Path, individual_id: str) -> list[tuple[Any, ...]]:
    """The recorded versions of one person, in order."""
    with duckdb.connect(str(home / "warehouse" / "work" / "core.duckdb"), read_only=True) as core:
        core.execute(f"attach '{home}/warehouse/work/keys.duckdb' as keys (read_only)")
        [(table,)] = core.execute(
            "select database_name || '.' || schema_name || '.' || table_name from duckdb_tables() "
            "where table_name = 'map_individual'"
        ).fetchall()
        [(snapshot,)] = core.execute(
            "select database_name || '.' || schema_name || '.' || table_name from duckdb_tables() "
            "where table_name = 'snap_registration__individuals'"
        ).fetchall()
        return core.execute(
            f"select is_deleted, individual_no, valid_from, valid_to from {snapshot} "
            f"semi join (select individual_key from {table} where individual_id = ?) using (individual_key) "
            "order by valid_from",
            [individual_id],
        ).fetchall()


@pytest.mark.parametrize("seed", [0, 1])
def test_a_batch_with_equal_stamps_is_built(tmp_path: Path, seed: int) -> None:
    """As stores left it in which one session deleted a record while another inserted one of the same key."""
    writer = Writer(tmp_path / "landing")
    stories.land(writer, 1, 1)
    moment = writer.landing.batches()[-1].window.high_clock + timedelta(days=1)
    rows = [
        row("individual", "tied", moment, individual_no="first"),
        gone("individual", "tied", moment + MICROSECOND),
        row("individual", "tied", moment + MICROSECOND, individual_no="second"),
        row("individual", "tied", moment + MICROSECOND, individual_no="second", phone="1"),
        row("individual", "sound", moment, individual_no="sound"),
    ]
    random.Random(seed).shuffle(rows)
    writer.land(moment + 2 * MICROSECOND, rows)
    built = build(*stories.home(tmp_path))
    assert built.is_new
    found = histories(tmp_path, "tied")
    assert [one[:2] for one in found][:2] == [(False, "first"), (True, None)] and found[-1][:2] == (False, "second")
    assert found[-1][2] == moment + MICROSECOND, "the last one keeps its stamp, below the watermark"
    assert all(one[3] == after[2] for one, after in itertools.pairwise(found))
    assert [one[2] for one in histories(tmp_path, "sound")] == [moment]
    again = build(*stories.home(tmp_path), full=True)
    assert again.is_full and histories(tmp_path, "tied") == found


def test_a_record_that_was_mended_twice_by_hand_is_built_again(tmp_path: Path) -> None:
    """Two repairs land it with the stamp and the number that it always had."""
    writer = Writer(tmp_path / "landing")
    stories.land(writer, 1, 1)
    moment = writer.landing.batches()[-1].window.high_clock + timedelta(days=1)
    for nth, phone in enumerate(("1", "2", "3")):
        mended = row("individual", "mended", moment, individual_no="one", phone=phone, change_no=7_000_000)
        writer.land(moment + (nth + 2) * 10 * MICROSECOND, [mended])
    build(*stories.home(tmp_path))
    found = histories(tmp_path, "mended")
    assert len(found) == 3
    assert build(*stories.home(tmp_path), full=True).is_full
    assert histories(tmp_path, "mended") == found


def test_what_landed_again_with_its_first_stamp_is_one_record(tmp_path: Path) -> None:
    """As after a store was restored: what the first load held comes once more, as it was stamped then."""
    writer = Writer(tmp_path / "landing")
    stories.land(writer, 1, 2)
    first, *_, last = writer.landing.batches()
    [landed] = [table for table in first.tables if table.name == "individual"]
    again, stamp = duckdb.execute(
        "select individual_id, stamped_at from read_parquet(?) order by stamped_at, individual_id", [str(landed.path)]
    ).fetchall()[0]
    restored = [row("individual", again, stamp, phone="of the backup")]
    writer.land(last.window.high_clock + timedelta(days=1), restored)
    one_by_one = build(*stories.home(tmp_path))
    found = histories(tmp_path, again)
    assert [one[3] for one in found][:-1] == [one[2] for one in found][1:]
    for name in ("core", "keys"):
        (tmp_path / "warehouse" / "work" / f"{name}.duckdb").unlink()
    at_once = build(*stories.home(tmp_path), full=True)
    assert at_once.is_full and histories(tmp_path, again) == found
    assert checksums(at_once) == checksums(one_by_one)
