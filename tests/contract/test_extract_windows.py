"""What lands is what happened: every version once, in an order that replays to the store as it is."""

from __future__ import annotations

import itertools
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import all_landed, arrow, journal, landed, living, need, person, tombstones

from dataport.extract import Source, extract
from dataport.landing import Landing
from dataport.store import FIRST_MOMENT, Store, connect

MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)

# A history is a list of transactions, clock moves and extracts; a transaction toggles, changes or flips records 0..2.
ACT = st.tuples(st.sampled_from(["change", "toggle"]), st.integers(0, 2))
STEP = st.one_of(st.lists(ACT, min_size=1, max_size=4), st.just("clock"), st.just("extract"))
_prefixes = itertools.count()


def live(store: Store, prefix: str, steps: list[object], pull: object) -> None:
    """Let a history happen on needs ``<prefix>-0..2``; `pull` extracts."""
    alive: set[str] = set()
    for number, step in enumerate(steps):
        if step == "clock":
            store.set_clock(store.now() + HOUR)
        elif step == "extract":
            pull()  # type: ignore[operator]
        else:
            with store.write() as writer:
                for what, which in step:  # type: ignore[attr-defined]
                    key = f"{prefix}-{which}"
                    if key not in alive:
                        writer.insert("specific_need", [need(key, need_code=str(number))])
                        alive.add(key)
                    elif what == "toggle":
                        writer.delete("specific_need", [key])
                        alive.remove(key)
                    else:
                        writer.update("specific_need", [{"specific_need_id": key, "need_code": str(number)}])


def recorded(landing: Landing, prefix: str) -> dict[str, list[tuple[datetime, dict[str, object]]]]:
    """The recorded time of every landed version of the needs, by key, as the architecture defines it."""
    history: dict[str, list[tuple[datetime, dict[str, object]]]] = {}
    for batch in landing.batches():
        rows = [row for row in landed(batch, "specific_need") if row["specific_need_id"].startswith(prefix)]
        for key, versions in itertools.groupby(rows, key=lambda row: row["specific_need_id"]):
            for rank, row in enumerate(versions, start=1):
                valid_from = max(row["stamped_at"], row["low_clock"] + rank * MICROSECOND)
                assert batch.window.low_clock < valid_from < batch.window.high_clock
                history.setdefault(key, []).append((valid_from, row))
    return history


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEP, max_size=14))
def test_landed_batches_replay_to_the_store(store: Store, source: Source, tmp_path: Path, steps: list[object]) -> None:
    prefix = f"n{next(_prefixes)}"
    landing = Landing(tmp_path / f"landing-{prefix}")
    live(store, prefix, [*steps, "extract"], lambda: extract(source, landing))

    key = "specific_need_id"
    mine = lambda rows, name=key: [row for row in rows if row[name].startswith(f"{prefix}-")]  # noqa: E731
    history = recorded(landing, f"{prefix}-")
    versions = [row for rows in history.values() for _, row in rows]
    identified = lambda rows, name: sorted((row[name], row["change_no"], row["stamped_at"]) for row in mine(rows, name))  # noqa: E731
    kept = [*living(store, "specific_need"), *journal(store, "specific_need")]
    assert identified([row for row in versions if not row["is_deleted"]], key) == identified(kept, key)
    assert identified([row for row in versions if row["is_deleted"]], key) == identified(
        tombstones(store, "specific_need"), "key"
    )
    for rows in history.values():
        moments = [moment for moment, _ in rows]
        assert moments == sorted(set(moments))
    last = [rows[-1][1] for rows in history.values() if not rows[-1][1]["is_deleted"]]
    assert [(row[key], row["need_code"]) for row in sorted(last, key=lambda row: row[key])] == [
        (row[key], row["need_code"]) for row in mine(living(store, "specific_need"))
    ]


def test_windows_and_clocks_join(store: Store, source: Source, landing: Landing) -> None:
    for day in range(3):
        store.set_clock(FIRST_MOMENT + timedelta(days=day))
        with store.write() as writer:
            writer.insert("individual", [person(str(day))])
        assert extract(source, landing) is not None
    batches = landing.batches()
    assert [batch.number for batch in batches] == [1, 2, 3]
    assert batches[0].window.low == 0
    # Nothing of the first batch is raised above its own stamp.
    assert batches[0].window.low_clock == FIRST_MOMENT - timedelta(seconds=1)
    for before, after in itertools.pairwise(batches):
        assert (before.window.high, before.window.high_clock) == (after.window.low, after.window.low_clock)
    assert batches[-1].window.high_clock == store.now() + MICROSECOND


def test_nothing_new_lands_nothing(store: Store, source: Source, landing: Landing) -> None:
    assert extract(source, landing) is not None
    assert extract(source, landing) is None
    store.set_clock(FIRST_MOMENT + HOUR)
    # No record changed, but the watermark did: this is known now to be so until then.
    batch = extract(source, landing)
    assert batch is not None
    assert (batch.rows, batch.window.high_clock) == (0, FIRST_MOMENT + HOUR + MICROSECOND)
    assert extract(source, landing) is None
    assert len(landing.batches()) == 2


def test_history_begins_before_the_first_stamp_loaded(new_store: Store, store_url: str, landing: Landing) -> None:
    long_ago = FIRST_MOMENT - timedelta(days=400)
    new_store.load("individual", [arrow([{**person("a"), "stamped_at": long_ago}])])
    new_store.load("individual", [arrow([person("b")])])
    new_store.arm()
    batch = extract(Source("main", new_store.kind, store_url), landing)
    assert batch is not None
    assert batch.window.low_clock == long_ago - timedelta(seconds=1)


def test_a_tombstone_lands_with_its_key_and_stamps_alone(store: Store, source: Source, landing: Landing) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("a", sex_code="F", has_photo=True)])
        writer.delete("individual", ["a"])
    extract(source, landing)
    version, stone = all_landed(landing, "individual")
    assert (version["sex_code"], version["has_photo"], version["is_deleted"]) == ("F", True, False)
    filled = {name for name, value in stone.items() if value is not None}
    origin = {"source_id", "batch_number", "low_clock"}
    assert filled == {"individual_id", "change_no", "stamped_at", "is_deleted", *origin}
    assert stone["is_deleted"] is True


@pytest.mark.postgres
def test_a_change_that_commits_late_is_not_skipped(postgres_url: str, landing: Landing) -> None:
    source = Source("main", "postgres", postgres_url)
    with closing(_armed(postgres_url)) as store, psycopg.connect(postgres_url) as slow:
        slow.execute("UPDATE individual SET sex_code = 'M' WHERE individual_id = 'late'")
        with store.write() as writer:
            writer.update("individual", [{"individual_id": "prompt", "sex_code": "M"}])
        first = extract(source, landing)
        assert first is not None
        assert "still in flight" in " ".join(first.notes)
        # The prompt change is committed and visible, but lies beyond the window; what it replaced lies within.
        assert {(row["individual_id"], row["sex_code"]) for row in landed(first, "individual")} == {
            ("late", None),
            ("prompt", None),
        }
        slow.commit()
        second = extract(source, landing)
        assert second is not None
        assert [(row["individual_id"], row["sex_code"]) for row in landed(second, "individual")] == [
            ("late", "M"),
            ("prompt", "M"),
        ]
        assert second.notes == ()
        assert extract(source, landing) is None


@pytest.mark.postgres
def test_versions_of_one_record_never_overtake_each_other(postgres_url: str, landing: Landing) -> None:
    """An older transaction that changes a record after a younger one must not land before it."""
    source = Source("main", "postgres", postgres_url)
    touch = "UPDATE individual SET sex_code = 'U' WHERE individual_id = 'prompt'"
    change = "UPDATE individual SET sex_code = '{}' WHERE individual_id = 'late'"
    with closing(_armed(postgres_url)), psycopg.connect(postgres_url) as old, psycopg.connect(postgres_url) as middle:
        old.execute("SELECT pg_current_xact_id()")
        middle.execute(touch)
        with psycopg.connect(postgres_url) as young:
            young.execute(change.format("F"))
        old.execute(change.format("M"))
        old.commit()
        extract(source, landing)  # the old transaction is below the window's end, the young one above it
        middle.commit()
        extract(source, landing)
        history = [row["sex_code"] for row in all_landed(landing, "individual") if row["individual_id"] == "late"]
    assert history == [None, "F", "M"]


def _armed(url: str) -> Store:
    store = connect(url)
    store.create()
    store.arm()
    with store.write() as writer:
        writer.insert("individual", [person("late"), person("prompt")])
    return store
