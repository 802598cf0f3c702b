"""What an extract refuses, what a crash leaves, and what a message may say."""

from __future__ import annotations

import os
import shutil
import sqlite3
import traceback
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from people import all_landed, person

from dataport.errors import Busy, ContractBroken, DataportError, ForeignStore, SourceUnavailable, WrongRequest
from dataport.extract import Source, extract, extract_grants
from dataport.landing import Landing
from dataport.landing.draft import Draft
from dataport.store import Store, connect


class Crash(BaseException):
    """The process ends here: nothing that runs afterwards may count on having run."""


def alter(store: Store, url: str, sql: str) -> None:
    """Change the store's tables behind its back."""
    if store.kind == "sqlite":
        with closing(sqlite3.connect(url.removeprefix("sqlite://"), isolation_level=None)) as connection:
            connection.execute("PRAGMA writable_schema = ON")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            connection.execute(sql)
    else:
        with psycopg.connect(url) as server:
            server.execute(sql)


def three_people(store: Store) -> None:
    with store.write() as writer:
        writer.insert("individual", [person(key) for key in "abc"])


@pytest.mark.parametrize("step", ["shelve", "commit_batch", "write"])
def test_a_crash_leaves_nothing_that_counts(
    store: Store, source: Source, landing: Landing, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_people(store)
    place = Landing if step == "commit_batch" else Draft
    with monkeypatch.context() as patch:
        patch.setattr(place, step, lambda *_: (_ for _ in ()).throw(Crash()))
        with pytest.raises(Crash):
            extract(source, landing)
    assert landing.batches() == ()
    assert list((landing.root / "batches").iterdir()) != []

    batch = extract(source, landing)
    assert batch is not None
    assert (batch.number, batch.window.low) == (1, 0)
    assert [row["individual_id"] for row in all_landed(landing, "individual")] == ["a", "b", "c"]
    assert [path.name for path in (landing.root / "batches").iterdir()] == ["000001"]


def test_an_error_leaves_no_draft(
    store: Store, source: Source, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Draft, "shelve", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        extract(source, landing)
    assert list((landing.root / "batches").iterdir()) == []


def test_two_extracts_do_not_meet(store: Store, source: Source, landing: Landing) -> None:
    with landing.locked(), pytest.raises(Busy, match=rf"An extract is under way already \(process {os.getpid()}\)"):
        extract(source, landing)
    assert extract(source, landing) is not None


def test_a_missing_column_is_named(store: Store, store_url: str, source: Source, landing: Landing) -> None:
    alter(store, store_url, "ALTER TABLE individual RENAME COLUMN phone TO telephone")
    with pytest.raises(ContractBroken, match=r"has no column individual\.phone\. Nothing was extracted"):
        extract(source, landing)
    assert landing.batches() == ()
    # Permissions do not wait for the rest of the store to be well.
    assert extract_grants(source, landing).number == 1


def test_a_missing_table_is_named(store: Store, store_url: str, source: Source, landing: Landing) -> None:
    alter(store, store_url, "ALTER TABLE event_journal RENAME TO event_diary")
    with pytest.raises(ContractBroken, match="has no table event_journal"):
        extract(source, landing)


def test_a_retyped_column_is_named(store: Store, store_url: str, source: Source, landing: Landing) -> None:
    retype = {
        "sqlite": "UPDATE sqlite_master SET sql = replace(sql, '\"phone\" TEXT', '\"phone\" INTEGER') "
        "WHERE name = 'individual'",
        "postgres": "ALTER TABLE individual ALTER COLUMN phone TYPE bigint USING NULL",
    }
    alter(store, store_url, retype[store.kind])
    with pytest.raises(ContractBroken, match=r"keeps individual\.phone as (INTEGER|bigint), which is not a text"):
        extract(source, landing)


def test_a_new_column_is_told_not_landed(store: Store, store_url: str, source: Source, landing: Landing) -> None:
    alter(store, store_url, "ALTER TABLE individual ADD COLUMN shoe_size text")
    three_people(store)
    with store.write() as writer:
        writer.update("individual", [{"individual_id": "a", "sex_code": "F"}])
    batch = extract(source, landing)
    assert batch is not None
    assert batch.notes == (
        "The store has a column individual.shoe_size that the contract does not know: not brought over.",
    )
    assert "shoe_size" not in all_landed(landing, "individual")[0]
    assert landing.batches() == (batch,)


def test_another_store_is_refused(store: Store, source: Source, landing: Landing, tmp_path: Path) -> None:
    extract(source, landing)
    extract_grants(source, landing)
    url = f"sqlite://{tmp_path}/other.sqlite"
    with closing(connect(url)) as other:
        other.create()
        other.arm()
    for work in (extract, extract_grants):
        with pytest.raises(ForeignStore, match=r"'main' is not the one landed before.*another source_id"):
            work(Source("main", "sqlite", url), landing)
    assert extract(Source("second", "sqlite", url), landing) is not None
    assert [batch.source_id for batch in landing.batches()] == ["main", "second"]


def test_an_older_copy_of_the_store_is_refused(tmp_path: Path, landing: Landing) -> None:
    source = Source("main", "sqlite", f"sqlite://{tmp_path}/store.sqlite")
    with closing(connect(source.url)) as store:
        store.create()
        store.arm()
        store.close()
        shutil.copy(tmp_path / "store.sqlite", tmp_path / "backup.sqlite")
        three_people(store)
    extract(source, landing)
    (tmp_path / "backup.sqlite").replace(tmp_path / "store.sqlite")
    with pytest.raises(ForeignStore, match=r"'main' is older than its last batch"):
        extract(source, landing)


def test_a_store_in_the_making_is_refused(new_store: Store, store_url: str, landing: Landing) -> None:
    with pytest.raises(SourceUnavailable, match="still being made"):
        extract(Source("main", new_store.kind, store_url), landing)


def test_no_store_at_all(store_url: str, landing: Landing) -> None:
    kind = "sqlite" if store_url.startswith("sqlite") else "postgres"
    with pytest.raises(SourceUnavailable, match=r"cannot be opened|holds no registration store"):
        extract(Source("main", kind, store_url), landing)
    with pytest.raises(WrongRequest, match=r"no adapter for the kind of source 'postgress'. Did you mean postgres\?"):
        extract(Source("main", "postgress", store_url), landing)


@pytest.mark.postgres
def test_no_credential_in_a_message(postgres_url: str, landing: Landing) -> None:
    wrong = {
        "password": postgres_url.replace("@", "x-secret@"),
        "server": "postgresql://me:x-secret@127.0.0.1:1/there",
        "database": postgres_url.rsplit("/", 1)[0] + "/absent",
    }
    password = postgres_url.split(":")[2].split("@")[0]
    for url in wrong.values():
        source = Source("main", "postgres", url)
        assert password not in repr(source)
        with pytest.raises(DataportError, match="cannot be reached, or refused this user") as caught:
            extract(source, landing)
        told = "".join(traceback.format_exception(caught.value))
        assert "x-secret" not in told
        assert password not in told


@pytest.mark.postgres
def test_a_server_that_goes_away_is_said(postgres_url: str, landing: Landing, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(connect(postgres_url)) as store:
        store.create()
        store.arm()
        three_people(store)
    original = Draft.write

    def ended(self: Draft, name: str, *rest: object) -> object:
        if name == "individual":
            with psycopg.connect(postgres_url, autocommit=True) as server:
                server.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        return original(self, name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Draft, "write", ended)
    with pytest.raises(SourceUnavailable, match=r"Reading individual from .* broke off"):
        extract(Source("main", "postgres", postgres_url), landing)
    assert landing.batches() == ()
