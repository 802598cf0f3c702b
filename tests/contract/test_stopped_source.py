"""A source that stops does so alone, and `status` says so until it has been read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from people import person

from dataport.errors import SourceUnavailable
from dataport.jobs import extract_all, reconcile_all, status
from dataport.settings import Settings, read_settings
from dataport.store import connect


def quiet(_: str) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home with two embedded stores of 300 people each, which have landed."""
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "keys.json"))
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    entries = []
    for name in ("first", "second"):
        url = f"sqlite://{tmp_path}/{name}.sqlite"
        entries.append(f'[[sources]]\nsource_id = "{name}"\nkind = "sqlite"\nurl = "{url}"\n')
        with closing(connect(url)) as store:
            store.create()
            store.arm()
            with store.write() as writer:
                writer.insert("individual", [person(f"p{n}") for n in range(300)])
    (home / "dataport.toml").write_text("\n".join(entries))
    (home / "dataport.toml").chmod(0o600)
    found = read_settings(home)
    assert len(extract_all(found, quiet).batches) == 2
    return found


def change(settings: Settings, nth: int, *, removed: int) -> None:
    with closing(connect(settings.sources[nth].url.reveal())) as store, store.write() as writer:
        writer.insert("individual", [person("new")])
        writer.delete("individual", [f"p{n}" for n in range(removed)])


def told(settings: Settings) -> list[str]:
    return [problem for problem in status(settings).problems if "source" in problem]


def test_what_waits_for_a_word_stops_its_source_alone(settings: Settings) -> None:
    change(settings, 0, removed=200)
    change(settings, 1, removed=1)
    done = extract_all(settings, quiet)
    assert [batch.source_id for batch in done.batches] == ["second"]
    assert [one.source_id for one in done.stopped] == ["first"]
    assert "200 of 301 records of individual" in done.stopped[0].reason
    [problem] = told(settings)
    assert problem.startswith("The source first was not read on ") and "--accept-removal" in problem
    taken = extract_all(settings, quiet, accept_removal=True)
    assert [batch.source_id for batch in taken.batches] == ["first"] and not taken.stopped
    assert told(settings) == []


def test_a_comparison_that_waits_is_not_forgotten_by_an_extract(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.sources[0].url.reveal().removeprefix("sqlite://"))) as file:
        file.execute("DROP TRIGGER individual_delete")
        file.execute("DELETE FROM individual WHERE individual_id > 'p2'")
        file.commit()
    done = reconcile_all(settings, quiet)
    assert [one.source_id for one in done.stopped] == ["first"] and len(done.found) == 1
    change(settings, 1, removed=0)
    assert not extract_all(settings, quiet).stopped
    assert len(told(settings)) == 1
    assert not reconcile_all(settings, quiet, accept_removal=True).stopped
    assert told(settings) == []


def test_a_broken_contract_stops_its_source_alone_and_where_none_is_left_the_job(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.sources[1].url.reveal().removeprefix("sqlite://"))) as file:
        file.execute("ALTER TABLE individual RENAME COLUMN phone TO telephone")
    change(settings, 0, removed=1)
    done = extract_all(settings, quiet)
    assert [batch.source_id for batch in done.batches] == ["first"]
    assert "has no column individual.phone" in done.stopped[0].reason
    Path(settings.sources[0].url.reveal().removeprefix("sqlite://")).unlink()
    with pytest.raises(SourceUnavailable, match="cannot be opened"):
        extract_all(settings, quiet)
    assert len([problem for problem in status(settings).problems if "cannot be opened" in problem]) == 1
    assert len([problem for problem in status(settings).problems if "individual.phone" in problem]) == 1
