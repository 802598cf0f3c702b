"""What holds for every kind of source, whether it tells every version or the last ones only: one suite for all."""

from __future__ import annotations

import itertools
import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from exporting import Export
from people import all_landed, living, person
from test_reconcile import latest, past_the_triggers

from dataport.errors import ContractBroken, DataportError, ForeignStore, RemovalHeld, WrongRequest
from dataport.extract import Source, adapter_of, extract_each, extract_grants, reconcile
from dataport.kinds import ADAPTERS
from dataport.landing import Batch, Landing
from dataport.store import FIRST_MOMENT, Store, connect
from dataport.store.declared import Kind
from dataport.store.schema import GRANT_TABLES

DAY = timedelta(days=1)
# What a source that tells no numbers and stamps cannot say.
OWN = ("change_no", "stamped_at")


@dataclass
class Site:
    """A store in use, and the source that an extract sees of it. A folder sees it as it is at the end of each night."""

    store: Store
    source: Source
    landing: Landing
    export: Export | None = None
    nights: int = field(default=0)

    def night(self) -> tuple[Batch, ...]:
        """The day ends, what it brought is exported where that is how it goes, and is extracted."""
        self.close_day()
        return self.extract()

    def close_day(self) -> None:
        if self.export:
            self.export.write(self.store, self.store.now().date())
        self.nights += 1

    def extract(self, **given: Any) -> tuple[Batch, ...]:
        found = extract_each(self.source, self.landing, **given)
        self.store.set_clock(FIRST_MOMENT + self.nights * DAY)
        return found

    def landed(self) -> list[dict[str, Any]]:
        return [self._plain(row) for row in latest(self.landing, "individual", "individual_id")]

    def stored(self) -> list[dict[str, Any]]:
        return [self._plain(row) for row in living(self.store, "individual")]

    def _plain(self, row: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in row.items() if not self.export or name not in OWN}


@pytest.fixture(params=sorted(ADAPTERS))
def site(request: pytest.FixtureRequest, tmp_path: Path, landing: Landing) -> Iterator[Site]:
    kind, export = request.param, None
    url = str(request.getfixturevalue("postgres_url")) if kind == "postgres" else f"sqlite://{tmp_path}/site.sqlite"
    source = Source("site", kind, url)
    if kind == "folder":
        export = Export(tmp_path / "out", "csv")
        source = Source("site", kind, f"file://{tmp_path}/out")
    with closing(connect(url)) as store:
        store.create()
        store.arm()
        yield Site(store, source, landing, export)


def test_it_declares_what_it_brings(site: Site) -> None:
    adapter = adapter_of(site.source)
    assert adapter.kind == site.source.kind
    assert {*adapter.contract.permissions} <= {*adapter.contract.tables} and adapter.contract.tables
    assert set(adapter.accepts) == set(Kind.__args__)
    assert adapter.every_version == (site.export is None)
    with pytest.raises(WrongRequest, match="option of the source 'site' is wrong"):
        adapter_of(Source("site", site.source.kind, site.source.url, {"colour": "blue"}))


def test_what_lands_is_what_the_store_holds(site: Site) -> None:
    dice, alive = random.Random(7), set[str]()
    for night in range(5):
        with site.store.write() as writer:
            for n in range(12):
                key = f"p{dice.randrange(8)}"
                if key not in alive:
                    writer.insert("individual", [person(key, phone=f"{night}-{n}")])
                    alive.add(key)
                elif dice.random() < 0.4:
                    writer.delete("individual", [key])
                    alive.remove(key)
                else:
                    writer.update("individual", [{"individual_id": key, "phone": f"{night}-{n}"}])
        [batch] = site.night()
        assert batch.every_version == adapter_of(site.source).every_version
        assert site.landed() == site.stored()
    batches = site.landing.batches()
    for before, after in itertools.pairwise(batches):
        assert (before.window.high, before.window.high_clock) == (after.window.low, after.window.low_clock)
    ends = [batch.window.high_clock - (FIRST_MOMENT + n * DAY) for n, batch in enumerate(batches)]
    assert all(timedelta(0) < end < timedelta(milliseconds=1) for end in ends)
    found = reconcile(site.source, site.landing)
    assert (found.differences, found.left_out) == (0, ())


def test_nothing_new_lands_nothing(site: Site) -> None:
    with site.store.write() as writer:
        writer.insert("individual", [person("a")])
    assert len(site.night()) == 1
    count = len(site.landing.batches())
    site.extract()
    assert all(batch.rows == 0 for batch in site.landing.batches()[count:])
    rows = len(all_landed(site.landing, "individual"))
    site.night()
    assert site.landing.batches()[-1].rows == 0 and len(all_landed(site.landing, "individual")) == rows


def test_what_is_gone_leaves_a_tombstone_and_much_of_it_waits(site: Site) -> None:
    with site.store.write() as writer:
        writer.insert("individual", [person(f"p{n:03}") for n in range(300)])
    site.night()
    with site.store.write() as writer:
        writer.delete("individual", ["p000"])
    [batch] = site.night()
    assert [row["individual_id"] for row in all_landed(site.landing, "individual") if row["is_deleted"]] == ["p000"]
    with site.store.write() as writer:
        writer.delete("individual", [f"p{n:03}" for n in range(1, 200)])
    site.close_day()
    with pytest.raises(RemovalHeld, match="199 of 299 records of individual"):
        site.extract()
    assert site.landing.batches()[-1] == batch
    site.extract(accept_removal=True)
    assert site.landed() == site.stored()


MANY = [f"p{n:04}" for n in range(2100)]


@pytest.fixture
def register(site: Site) -> Site:
    """A site with 2,100 people, of whom more than 105 are more than five in a hundred."""
    with site.store.write() as writer:
        writer.insert("individual", [person(key) for key in MANY])
    site.night()
    return site


def _lose(site: Site, keys: list[str], came: list[str] | None = None) -> None:
    """A day on which some go, and some come."""
    with site.store.write() as writer:
        writer.delete("individual", keys)
        writer.insert("individual", [person(key) for key in came or []])
    site.close_day()


def test_what_is_little_each_night_and_much_in_a_month_waits_for_a_word(register: Site) -> None:
    site, landing = register, register.landing
    nights = [MANY[n : n + 42] for n in range(0, 2100, 42)]
    for gone in nights[:2]:
        _lose(site, gone, came=[f"new-{key}" for key in gone])
        site.extract()
    landed = landing.batches()
    for count, gone in ((126, nights[2]), (168, nights[3])):
        _lose(site, gone)
        said = rf"lost {count} of 2,100 records of individual since 2021-12-31: more than 5 % within 31 days\."
        with pytest.raises(RemovalHeld, match=rf"{said}.* `dataport extract --accept-removal`.*begins anew"):
            site.extract()
        assert landing.batches() == landed and not any(batch.accepted for batch in landed)
    site.extract(accept_removal=True)
    accepted = next(batch for batch in landing.batches() if batch.accepted)
    assert accepted.accepted == ("individual",) and site.landed() == site.stored()
    words = "somebody has accepted it: 168 of 2,100 records of individual since 2021-12-31."
    assert any(words in note for note in accepted.notes)
    for gone in nights[4:6]:
        _lose(site, gone)
        site.extract()
        assert site.landed() == site.stored()
    _lose(site, nights[6])
    with pytest.raises(RemovalHeld, match=r"lost 126 of 2,016 records of individual since 2022-01-0\d"):
        site.extract()


def test_who_comes_and_goes_or_comes_back_is_not_lost(register: Site) -> None:
    site, away, passing = register, list[str](), list[str]()
    for night in range(4):
        came = [f"x{night}-{n}" for n in range(40)]
        leaving = MANY[night * 60 : night * 60 + 60]
        _lose(site, [*leaving, *passing], came=[*came, *away])
        site.extract()
        away, passing = leaving, came
    assert site.landed() == site.stored()
    assert sum(batch.tables[n].tombstones for batch in site.landing.batches() for n in _place(batch)) == 360


@pytest.mark.parametrize(("days", "is_held"), [(30, True), (31, False)])
def test_what_went_long_ago_does_not_count(register: Site, days: int, is_held: bool) -> None:
    site = register
    _lose(site, MANY[:84])
    site.extract()
    site.nights += days - 1
    site.store.set_clock(FIRST_MOMENT + site.nights * DAY)
    site.night()
    _lose(site, MANY[84:168])
    if is_held:
        with pytest.raises(RemovalHeld, match=r"168 of 2,100 records of individual since 2021-12-31"):
            site.extract()
    else:
        site.extract()
        assert site.landed() == site.stored()


def test_what_is_held_does_not_go_through_because_time_passes(register: Site) -> None:
    site = register
    _lose(site, MANY[:84])
    site.extract()
    _lose(site, MANY[84:168])
    site.nights += 60
    site.store.set_clock(FIRST_MOMENT + site.nights * DAY)
    site.close_day()
    with pytest.raises(RemovalHeld, match="168 of 2,100"):
        site.extract()


def test_permissions_that_go_bit_by_bit_never_wait(site: Site) -> None:
    keys = [str(n) for n in range(600)]
    with site.store.write() as writer:
        writer.insert("user_role", [{"user_role_id": key, "user_id": "u", "role_id": key} for key in keys])
    site.night()
    for night in range(2):
        with site.store.write() as writer:
            writer.delete("user_role", keys[night * 90 : night * 90 + 90])
        assert site.night()


def test_what_was_gone_before_the_first_load_was_not_lost(site: Site) -> None:
    with site.store.write() as writer:
        writer.insert("individual", [person(key) for key in MANY])
    with site.store.write() as writer:
        writer.delete("individual", MANY[:300])
    site.night()
    for gone in (MANY[300:345], MANY[345:390]):
        _lose(site, gone)
        assert site.extract()


def test_what_went_past_it_is_found_by_a_comparison(site: Site) -> None:
    with site.store.write() as writer:
        writer.insert("individual", [person(f"p{n}") for n in range(9)])
    site.night()
    with site.store.write() as writer:
        writer.insert("individual", [person("q")])
    site.night()
    with past_the_triggers(site.store, _store_url(site)) as run:
        run("UPDATE individual SET phone = 'mended' WHERE individual_id = 'p3'")
        run("DELETE FROM individual WHERE individual_id = 'p4'")
    if site.export:
        site.export.write(site.store, (FIRST_MOMENT + DAY).date())
    assert reconcile(site.source, site.landing).differences == 2
    assert site.landed() == site.stored()
    assert reconcile(site.source, site.landing).differences == 0


def test_permissions_are_read_by_themselves(site: Site) -> None:
    role = {"role_id": "r", "name": "Clerk", "is_enabled": True}
    with site.store.write() as writer:
        writer.insert("role", [role])
    site.close_day()
    grants = extract_grants(site.source, site.landing)
    assert {table.name for table in grants.tables} == {table.name for table in GRANT_TABLES}
    assert {table.name: table.rows for table in grants.tables}["role"] == 1
    again = extract_grants(site.source, site.landing)
    assert [table.path for table in again.tables] == [table.path for table in grants.tables]


def test_a_column_that_is_gone_stops_it(site: Site) -> None:
    site.night()
    _rename(site)
    with pytest.raises(ContractBroken, match=r"no column individual\.phone"):
        site.extract()
    assert len(site.landing.batches()) == 1
    assert any(one.state == "missing" and "individual.phone" in one.mend for one in adapter_of(site.source).doctor())


def test_another_store_is_refused(site: Site, tmp_path: Path) -> None:
    site.night()
    other = tmp_path / "other"
    other.mkdir()
    if site.export:
        twin = Site(site.store, Source("site", "folder", f"file://{other}"), site.landing, Export(other))
        twin.close_day()
    else:
        with closing(connect(f"sqlite://{other}/x.sqlite")) as store:
            store.create()
            store.arm()
            twin = Site(store, Source("site", "sqlite", f"sqlite://{other}/x.sqlite"), site.landing)
    with pytest.raises(ForeignStore):
        twin.extract()


def test_the_doctor_finds_nothing_missing_in_what_works_and_never_fails(site: Site) -> None:
    site.night()
    assert not [one for one in adapter_of(site.source).doctor() if one.state == "missing"]
    nowhere = {"postgres": "postgresql://nobody@127.0.0.1:1/none", "sqlite": "sqlite:///no/where.sqlite"}
    source = Source("site", site.source.kind, nowhere.get(site.source.kind, "file:///no/where"))
    found = adapter_of(source).doctor()
    assert any(one.state == "missing" and one.mend for one in found)
    with pytest.raises(DataportError):
        extract_each(source, site.landing)


def _place(batch: Batch) -> list[int]:
    return [n for n, table in enumerate(batch.tables) if table.name == "individual"]


def _store_url(site: Site) -> str:
    return site.source.url if site.export is None else site.store.url_safe.replace("sqlite:///", "sqlite:////", 1)


def _rename(site: Site) -> None:
    if site.source.kind == "postgres":
        with psycopg.connect(site.source.url) as server:
            server.execute("ALTER TABLE individual RENAME phone TO telephone")
    elif site.export is None:
        with closing(sqlite3.connect(site.source.url.removeprefix("sqlite://"))) as file:
            file.execute("ALTER TABLE individual RENAME phone TO telephone")
    else:
        site.close_day()
        for path in (site.export.folder / "individual").iterdir():
            if path.stem == str(site.store.now().date()):
                content, stat = path.read_bytes(), path.stat()
                path.write_bytes(content.replace(b'"phone"', b'"telephone"'))
                os.utime(path, (stat.st_atime, stat.st_mtime))
