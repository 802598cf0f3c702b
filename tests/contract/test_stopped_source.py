"""A source that stops does so alone, and `status` says so until it has been read."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from people import person

from dataport.errors import Damaged, SourceUnavailable
from dataport.jobs.freshen import freshen_grants
from dataport.jobs.grants import refresh_grants
from dataport.jobs.refresh import extract_all, reconcile_all
from dataport.jobs.status import status
from dataport.settings import Settings, read_settings
from dataport.store import connect
from dataport.warehouse.grants import published_grants


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
    assert "200 of 300 records of individual" in done.stopped[0].reason
    [problem] = told(settings)
    assert problem.startswith("The source first was not read on ") and "--accept-removal" in problem
    taken = extract_all(settings, quiet, accept_removal=True)
    assert [batch.source_id for batch in taken.batches] == ["first"] and not taken.stopped
    assert told(settings) == []


def test_a_comparison_that_waits_is_not_forgotten_by_an_extract(settings: Settings) -> None:
    with closing(sqlite3.connect(settings.sources[0].url.reveal().removeprefix("sqlite://"))) as file:
        [(trigger,)] = file.execute("SELECT sql FROM sqlite_master WHERE name = 'individual_delete'").fetchall()
        file.execute("DROP TRIGGER individual_delete")
        file.execute("DELETE FROM individual WHERE individual_id > 'p2'")
        file.execute(trigger)
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


def test_permissions_of_a_source_that_is_down_keep_their_date_and_the_others_are_read(settings: Settings) -> None:
    before = refresh_grants(settings, quiet).version
    assert set(before.read) == {"first", "second"}
    path = Path(settings.sources[1].url.reveal().removeprefix("sqlite://"))
    path.rename(path.with_suffix(".away"))
    granted = refresh_grants(settings, quiet)
    assert [one.source_id for one in granted.stopped] == ["second"]
    assert granted.version.read["first"] > before.read["first"]
    assert granted.version.read["second"] == before.read["second"]
    done = extract_all(settings, quiet, ungranted=granted.stopped)
    assert [one.source_id for one in done.stopped] == ["second"], "once, not twice"
    found = {one.source_id: one.grants_read_at for one in status(settings).sources}
    assert found == dict(granted.version.read)
    path.with_suffix(".away").rename(path)
    assert not refresh_grants(settings, quiet).stopped


def test_permissions_that_have_expired_are_said_source_by_source(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh_grants(settings, quiet)
    path = Path(settings.sources[1].url.reveal().removeprefix("sqlite://"))
    path.rename(path.with_suffix(".away"))
    monkeypatch.setenv("DATAPORT_GRANTS_MAX_AGE_HOURS", "0.0001")
    found = read_settings(settings.home)
    refresh_grants(found, quiet)
    time.sleep(0.5)  # longer than permissions may be old here
    said = [problem for problem in status(found).problems if problem.startswith("Permissions of second were last read")]
    assert len(said) == 1 and "nobody is answered by them" in said[0]
    before = published_grants(found.grants).read
    freshen_grants(found)
    after = published_grants(found.grants).read
    assert after["first"] > before["first"] and after["second"] == before["second"]


def test_where_no_source_can_be_read_what_was_published_stays(settings: Settings) -> None:
    before = refresh_grants(settings, quiet).version
    for source in settings.sources:
        Path(source.url.reveal().removeprefix("sqlite://")).unlink()
    granted = refresh_grants(settings, quiet)
    assert len(granted.stopped) == 2 and granted.version.version == before.version
    with pytest.raises(SourceUnavailable):
        extract_all(settings, quiet)


def test_damage_of_the_landing_is_no_trouble_of_a_source(settings: Settings) -> None:
    (settings.landing / "ledger" / "000001.json").write_text("{")
    with pytest.raises(Damaged, match="dataport repair"):
        extract_all(settings, quiet)
    assert not [one for one in status(settings).problems if "was not read" in one]


def test_readings_of_permissions_that_are_alike_do_not_pile_up(settings: Settings) -> None:
    for _ in range(6):
        refresh_grants(settings, quiet)
    assert len(list((settings.landing / "grants").glob("[0-9]*.json"))) == 4, "the first and the last of each source"
    assert set(published_grants(settings.grants).read) == {"first", "second"}
