"""Confirmed links join records of two stores; a registration outlives rebuilds, a link taken back leaves no trace."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from dataport.warehouse.build import Build, build
from dataport.warehouse.links import Link, Links
from dataport.warehouse.sealed import open_sealed
from tests.warehouse import stories
from tests.warehouse.conftest import checksums
from tests.warehouse.landings import Writer, row

FIRST, SECOND = datetime(2022, 1, 2), datetime(2022, 1, 3)
DAY = date(2022, 3, 1)


def links(*pairs: tuple[str, str], kind: Any = "same_person") -> Links:
    said = [Link("site", b, "main", a, kind, "Asked", "M. Otieno", DAY) for a, b in pairs]
    return Links(tuple(enumerate(said, start=2)))


def registrations(done: Build, home: Path) -> dict[tuple[str, str], tuple[int, int | None]]:
    """By store and id: the registration and the rank that the map says, which every fact must say too."""
    with duckdb.connect() as both:
        for name in ("core", "keys"):
            both.execute(f"attach '{home}/warehouse/work/{name}.duckdb' as {name} (read_only)")
        both.execute("use core")
        rows = both.execute(
            "select source_id, individual_id, individual_key, registration_key, registration_rank from map_registration"
        ).fetchall()
    said = {(key, registration, rank) for _, _, key, registration, rank in rows}
    with open_sealed(done.published.figures) as figures:
        for fact in ("fct_population", "fct_specific_need", "fct_registration_event", "fct_assistance"):
            held = figures.execute(
                f"select distinct individual_key, registration_key, registration_rank from {fact} "
                "where individual_key is not null"
            ).fetchall()
            assert held and set(held) <= said, fact
    return {(source, key): (registration, rank) for source, key, _, registration, rank in rows}


def test_links_through_refreshes_and_a_rebuild(tmp_path: Path) -> None:
    main, site = Writer(tmp_path / "landing"), Writer(tmp_path / "landing", "site")
    main.land(FIRST, [stories.person("a", stories.T0), stories.person("b", stories.T0)])
    belongings = [
        row("specific_need", "n", stories.T0, individual_id="a"),
        row("assistance", "g", stories.T0, individual_id="a", value_usd=5),
        stories.event("e", stories.T0, "a", "registration"),
    ]
    site.land(SECOND, [stories.person("a", stories.T0), stories.person("c", stories.T0), *belongings])
    apart = build(*stories.home(tmp_path))
    before = registrations(apart, tmp_path)
    # one id in two stores is two records
    assert len({key for key, _ in before.values()}) == 4 and {rank for _, rank in before.values()} == {None}
    assert apart.published.links.registrations == 0

    joining = links(("b", "a"), ("no-such-record", "c"))
    joined = build(*stories.home(tmp_path), links=joining)
    assert joined.is_new and not joined.is_full and joined.applied == ()
    after = registrations(joined, tmp_path)
    own = before["main", "b"][0]
    assert after["main", "b"] == (own, 1) and after["site", "a"] == (own, 2), "that of the record which was seen first"
    others = {"main": "a", "site": "c"}.items()
    assert all(after[one] == before[one] for one in others)
    assert (joined.published.links.registrations, joined.published.links.to_nobody) == (1, (3,))
    assert ("warn_links_to_nobody", 1) in [(one.test, one.rows) for one in joined.warnings]
    assert not build(*stories.home(tmp_path), links=joining).is_new

    # the record moved: the same registration, and the other stands; what is new comes to it too
    site.land(datetime(2022, 1, 4), [stories.person("a", datetime(2022, 1, 3, 5), location_code="L2B")])
    moving = links(("b", "a"), kind="moved")
    moved = build(*stories.home(tmp_path), links=moving)
    assert not moved.is_full
    said = registrations(moved, tmp_path)
    assert said["main", "b"] == (own, 1) and said["site", "a"] == (own, 2), "from the site to the main store"
    back = Links(((2, Link("main", "b", "site", "a", "moved", "Migrated", "M. Otieno", DAY)),))
    turned = build(*stories.home(tmp_path), links=back)
    assert registrations(turned, tmp_path)["site", "a"] == (own, 1)

    again = build(*stories.home(tmp_path), links=back, full=True)
    assert again.is_full and checksums(again) == checksums(turned)
    withdrawn = build(*stories.home(tmp_path))
    assert not withdrawn.is_full and registrations(withdrawn, tmp_path) == before
