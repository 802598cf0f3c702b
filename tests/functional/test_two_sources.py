"""A second store is a settings entry: both land side by side, and neither's accounts see the other's rows."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from dataport.cli.register import make_store
from dataport.durable import read_record, write_record
from dataport.jobs.refresh import refresh
from dataport.landing import Landing
from dataport.settings import Settings, read_settings
from dataport.store import connect
from dataport.synthetic import advance, create, plan

from .conftest import quiet
from .test_cli import answer, run

pytestmark = pytest.mark.xdist_group("sources")


BOTH = "statistician.both@example.org"


def active(url: str) -> int:
    with closing(connect(url)) as store:
        found: Any = store.query("SELECT count(*) AS n FROM individual WHERE process_status_code = 'A'")["n"][0].as_py()
        return int(found)


def test_two_stores_in_one_home(tmp_path: Path, keyring: Path) -> None:
    home, second = tmp_path / "home", f"sqlite://{tmp_path}/second.sqlite"
    make_store(read_settings(home), scale=0.0002, onboarded=73, url=None, seed=1, tell=quiet)
    with closing(connect(second)) as store:
        create(store, plan(0.0001, 73, 2))
        accounts = store.query("SELECT user_id, login FROM user_account").to_pylist()
        with store.write() as writer:
            writer.update("user_account", [row | {"login": row["login"].replace("@", "@second.")} for row in accounts])
    toml = home / "dataport.toml"
    entry = f'\n[[sources]]\nsource_id = "second"\nkind = "sqlite"\nurl = "{second}"\n'
    toml.write_text(toml.read_text().replace("\n[synthetic]", entry + "\n[synthetic]"))
    settings = read_settings(home)
    assert [source.source_id for source in settings.sources] == ["registration", "second"]

    done = refresh(settings, quiet)
    assert [batch.source_id for batch in done.batches] == ["registration", "second"]
    for batch in Landing(settings.landing).batches():
        for table in batch.tables:
            landed = pq.read_table(table.path, columns=["source_id"])["source_id"]
            assert set(landed.to_pylist()) <= {batch.source_id}

    first = settings.sources[0].url.reveal()
    counts = {"example.org": active(first), "second.example.org": active(second)}
    for domain, count in counts.items():
        asked = answer(home, "active_individuals", "--as", f"statistician.hq@{domain}")
        assert asked["rows"] == [[count]], "the whole organisation is that of one's own store"
        kenya = answer(home, "active_individuals", "--by", "country_of_asylum", "--as", f"analyst.ken@{domain}")
        assert [row[0] for row in kenya["rows"]] == ["KEN"] and kenya["rows"][0][1] < count
    with duckdb.connect(str(done.build.published.figures), read_only=True) as figures:
        units = {unit for (unit,) in figures.execute("SELECT DISTINCT business_unit_id FROM fct_population").fetchall()}
    assert {unit.partition("/")[0] for unit in units if "/" in unit} == {"second"}
    assert any("/" not in unit for unit in units)

    _link_two_records(home, first, second, counts)

    _ask_while_one_is_silent(settings, home)

    # a source that stops does so alone: the other is published, and everybody who looks is told
    with closing(sqlite3.connect(second.removeprefix("sqlite://"))) as file:
        file.execute("ALTER TABLE individual RENAME COLUMN phone TO telephone")
    with closing(connect(first)) as store:
        advance(store, 2, 1, quiet)
    ran = run("refresh", home=home)
    assert (
        ran.returncode == 1
        and "The source second was not read. The registration store has no column" in ran.stderr.decode()
    )
    assert "Version 4 is published" in ran.stdout.decode(), "after the first, the one with a link and the one without"
    told = run("status", home=home)
    assert told.returncode == 1 and "The source second was not read on " in told.stdout.decode()


def _ask_while_one_is_silent(settings: Settings, home: Path) -> None:
    """Where one store's permissions are too old, every door answers what leaves its rows out, and nothing else."""
    _grow_old(settings.grants, "second", hours=30)
    words = ["active_individuals", "--as", BOTH]
    limited = [*words, "--where", "source = 'registration'"]
    assert run("ask", *words, home=home).returncode == 3
    assert answer(home, *limited)["rows"][0][0] > 0
    told = {each: json.loads(run("access", "why", BOTH, *asked, "--format", "json", home=home).stdout)
            for each, asked in {"all": words[:1], "limited": [words[0], *limited[3:]]}.items()}  # fmt: skip
    assert told["limited"]["refusal"] is None and "Permissions of second" in told["all"]["refusal"]
    misspelt = run("ask", "active_individualss", *limited[1:], home=home).stderr.decode()
    assert "The nearest that can be answered: dataport ask active_individuals" in misspelt
    _grow_old(settings.grants, "second", hours=-30)


def _grow_old(grants: Path, source: str, hours: int) -> None:
    """Permissions of one source were read so many hours earlier than they were."""
    pointer = read_record(grants / "CURRENT")
    with duckdb.connect(str(grants / pointer["path"])) as file:
        file.execute("UPDATE meta SET read_at = read_at - to_hours(?) WHERE source_id = ?", [hours, source])
    write_record(grants / "CURRENT", pointer | {"bytes": (grants / pointer["path"]).stat().st_size})


def _link_two_records(home: Path, first: str, second: str, counts: dict[str, int]) -> None:
    """One person of Kenya with a record in each store: each store counts them, and who sees both counts them once."""
    kenyan = "SELECT individual_id FROM individual WHERE process_status_code = 'A' AND country_of_asylum_code = 'KEN'"
    ids = []
    for url in (first, second):
        with closing(connect(url)) as store:
            ids.append(store.query(kenyan + " ORDER BY individual_id LIMIT 1")["individual_id"][0].as_py())
            rows = store.query("SELECT user_id, login FROM user_account").to_pylist()
            both = [row | {"login": BOTH} for row in rows if row["login"].startswith("statistician.hq@")]
            with store.write() as writer:
                writer.update("user_account", both)
    with (home / "dataport.toml").open("a") as toml:
        toml.write(
            f'\n[[confirmed_logins]]\nlogin = "{BOTH}"\nsources = ["registration", "second"]\n'
            'reason = "The same statistician"\nconfirmed_by = "M. Otieno"\nconfirmed_on = 2022-03-01\n'
        )
    add = [
        "links",
        "add",
        f"registration:{ids[0]}",
        f"second:{ids[1]}",
        "--reason",
        "Asked",
        "--confirmed-by",
        "M. Otieno",
    ]
    kenya = [answer(home, "active_individuals", "--as", f"analyst.ken@{domain}")["rows"][0][0] for domain in counts]
    assert run(*add, home=home).returncode == 0
    assert run(*add, home=home).returncode == 2, "a record is joined once"
    assert "links were changed" in run("status", home=home).stdout.decode()
    assert run("refresh", home=home).returncode == 0
    checked = run("links", "check", home=home)
    assert (checked.returncode, "counts 1 persons with two records once" in checked.stdout.decode()) == (0, True)
    again = [answer(home, "active_individuals", "--as", f"analyst.ken@{domain}")["rows"][0][0] for domain in counts]
    assert again == kenya, "each store finds its own numbers again"
    told = answer(home, "active_individuals", "--by", "country_of_asylum", "--totals", "--as", BOTH)
    assert sum(row[1] for row in told["rows"]) == told["totals"][0]["rows"][0][-1] == sum(counts.values()) - 1
    assert any("counts once" in note for note in told["meta"]["limits"])
    (home / "links.csv").unlink()
    assert run("refresh", home=home).returncode == 0
    assert answer(home, "active_individuals", "--as", BOTH)["rows"] == [[sum(counts.values())]]
