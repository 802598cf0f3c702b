"""A store that was restored from a backup is recognised whatever its numbers have reached, and can be gone on from."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from people import living, person
from test_reconcile import latest, past_the_triggers

from dataport.errors import ForeignStore, NoHome, RemovalHeld
from dataport.extract import Source, extract, extract_grants, postgres, reconcile
from dataport.landing import Landing
from dataport.store import Store, connect

REFUSED = r"'main' (is older than its last batch|no longer has the last changes).*extract --after-restore"


def people(store: Store, *keys: str, phone: str = "0") -> None:
    with store.write() as writer:
        writer.insert("individual", [person(key, phone=phone) for key in keys])


def change(store: Store, keys: list[str], phone: str) -> None:
    for key in keys:
        with store.write() as writer:
            writer.update("individual", [{"individual_id": key, "phone": phone}])


@contextmanager
def lost(path: Path, store: Store) -> Iterator[None]:
    """What happens in the block is lost: the file is restored afterwards as it was before."""
    store.close()
    shutil.copy(path, path.with_suffix(".backup"))
    yield
    store.close()
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.with_suffix(".backup").replace(path)


KEYS = [f"p{n:03}" for n in range(60)]


@pytest.fixture
def file(tmp_path: Path, landing: Landing) -> Iterator[tuple[Path, Store, Source]]:
    path = tmp_path / "store.sqlite"
    with closing(connect(f"sqlite://{path}")) as store:
        store.create()
        store.arm()
        people(store, *KEYS)
        source = Source("main", "sqlite", f"sqlite://{path}")
        extract(source, landing)
        yield path, store, source


@pytest.mark.parametrize(
    ("lost_changes", "new_changes"), [(1, 0), (1, 1), (2, 5), (20, 19), (20, 20), (20, 21), (20, 60)]
)
def test_a_restored_file_is_refused_until_all_of_it_is_compared(
    file: tuple[Path, Store, Source], landing: Landing, lost_changes: int, new_changes: int
) -> None:
    path, store, source = file
    with lost(path, store):
        change(store, KEYS[:lost_changes], "lost")
        extract(source, landing)
    change(store, KEYS[:new_changes], "new")
    with pytest.raises(ForeignStore, match=REFUSED):
        extract(source, landing)
    reconcile(source, landing, after_restore=True)
    assert latest(landing, "individual", "individual_id") == living(store, "individual")
    change(store, KEYS[-3:], "later")
    assert extract(source, landing) is not None
    assert latest(landing, "individual", "individual_id") == living(store, "individual")
    assert reconcile(source, landing).differences == 0


def test_other_changes_in_the_place_of_the_last_ones_are_noticed(
    file: tuple[Path, Store, Source], landing: Landing
) -> None:
    path, store, source = file
    with lost(path, store):
        change(store, KEYS[:50], "lost")
        extract(source, landing)
    change(store, [*reversed(KEYS), *KEYS], "new")
    for work in (extract, reconcile):
        with pytest.raises(ForeignStore, match="no longer has the last changes"):
            work(source, landing)
    # permissions are as the store says now, whichever store it is
    assert extract_grants(source, landing).number == 1
    found = reconcile(source, landing, after_restore=True)
    assert found.repair is not None and found.repair.restarted
    assert "The store was restored" in found.repair.notes[0]
    assert latest(landing, "individual", "individual_id") == living(store, "individual")
    assert extract(source, landing) is None


def test_what_was_restored_and_did_not_change_goes_on(file: tuple[Path, Store, Source], landing: Landing) -> None:
    path, store, source = file
    change(store, KEYS[:5], "kept")
    extract(source, landing)
    with lost(path, store):
        pass
    change(store, KEYS[5:9], "new")
    batch = extract(source, landing)
    assert batch is not None and batch.rows == 4
    found = reconcile(source, landing, after_restore=True)
    assert found.differences == 0 and found.repair is not None, "it is written down that all was compared"


def test_a_row_that_was_taken_away_by_hand_is_no_restoration(
    file: tuple[Path, Store, Source], landing: Landing
) -> None:
    _, store, source = file
    change(store, KEYS[:3], "kept")
    extract(source, landing)
    with past_the_triggers(store, source.url) as run:
        run(f"DELETE FROM individual WHERE individual_id = '{KEYS[2]}'")
    assert extract(source, landing) is None
    assert reconcile(source, landing).differences == 1
    assert extract(source, landing) is None


def test_much_that_a_restoration_took_away_waits_for_a_word_too(
    file: tuple[Path, Store, Source], landing: Landing
) -> None:
    path, store, source = file
    with lost(path, store):
        people(store, *(f"q{n}" for n in range(400)))
        extract(source, landing)
    with pytest.raises(RemovalHeld):
        reconcile(source, landing, after_restore=True)
    assert reconcile(source, landing, after_restore=True, accept_removal=True).differences == 400
    assert latest(landing, "individual", "individual_id") == living(store, "individual")


def test_what_had_gone_before_a_restoration_is_not_counted_after_it(
    file: tuple[Path, Store, Source], landing: Landing
) -> None:
    path, store, source = file
    many = [f"q{n:04}" for n in range(2100)]
    people(store, *many)
    extract(source, landing)
    with lost(path, store):
        with store.write() as writer:
            writer.delete("individual", many[:60])
        extract(source, landing)
    reconcile(source, landing, after_restore=True)
    for gone in (many[60:120], many[120:170]):
        with store.write() as writer:
            writer.delete("individual", gone)
        if gone[0] == many[60]:
            assert extract(source, landing) is not None
    with pytest.raises(RemovalHeld, match="110 of 2,160 records of individual since"):
        extract(source, landing)


def test_there_is_nothing_to_go_on_from(file: tuple[Path, Store, Source], tmp_path: Path) -> None:
    with pytest.raises(NoHome, match="Nothing has landed of 'main' yet"):
        reconcile(file[2], Landing(tmp_path / "empty"), after_restore=True)


@pytest.mark.postgres
def test_a_restored_server_is_refused_until_all_of_it_is_compared(postgres_url: str, landing: Landing) -> None:
    """The database as it was, on the same server, as a copy of its files would have it: other changes follow."""
    source = Source("main", "postgres", postgres_url)
    with closing(connect(postgres_url)) as store:
        store.create()
        store.arm()
        people(store, *KEYS)
        extract(source, landing)
        with psycopg.connect(postgres_url, autocommit=True) as server:
            before = server.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
        change(store, KEYS[:40], "lost")
        extract(source, landing)
        with past_the_triggers(store, postgres_url) as run:
            assert before is not None
            run(f"DELETE FROM individual WHERE change_no > {before[0]}")
            run(
                "INSERT INTO individual SELECT * FROM individual_journal AS j WHERE NOT EXISTS "
                "(SELECT 1 FROM individual AS i WHERE i.individual_id = j.individual_id)"
            )
            run("DELETE FROM individual_journal")
        change(store, KEYS[20:], "new")
        with pytest.raises(ForeignStore, match=REFUSED):
            extract(source, landing)
        reconcile(source, landing, after_restore=True)
        assert latest(landing, "individual", "individual_id") == living(store, "individual")
        change(store, KEYS[:2], "later")
        batch = extract(source, landing)
        assert batch is not None and batch.rows == 2
        assert latest(landing, "individual", "individual_id") == living(store, "individual")


@pytest.mark.postgres
def test_a_server_that_was_upgraded_or_moved_goes_on(
    postgres_url: str, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another system, another timeline, the same content: all of the last batch is held against it, once."""
    source = Source("main", "postgres", postgres_url)
    with closing(connect(postgres_url)) as store:
        store.create()
        store.arm()
        people(store, *KEYS)
        extract(source, landing)
        monkeypatch.setattr(postgres, "server_of", lambda _: "7/2")
        change(store, KEYS[:2], "moved")
        batch = extract(source, landing)
        assert batch is not None and (batch.rows, batch.server) == (2, "7/2")
        change(store, KEYS[:9], "again")
        extract(source, landing)
        with past_the_triggers(store, postgres_url) as run:
            run(f"DELETE FROM individual WHERE individual_id = '{KEYS[0]}'")
        monkeypatch.setattr(postgres, "server_of", lambda _: "7/3")
        for work in (extract, reconcile):
            with pytest.raises(ForeignStore, match=REFUSED):
                work(source, landing)
