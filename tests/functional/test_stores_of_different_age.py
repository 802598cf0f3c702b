"""Two stores, of which one has two years behind it and the other begins at their end: told is what is known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from dataport.cli.register import make_store
from dataport.jobs.refresh import refresh
from dataport.settings import read_settings
from dataport.store import connect
from dataport.synthetic import create, plan

from .conftest import quiet
from .test_cli import answer, run

pytestmark = pytest.mark.xdist_group("sources")

EARLY, LATE = "2020-11-26", "2021-12-31"
BOTH, OLD, YOUNG = "statistician.hq@example.org", "analyst.ken@example.org", "analyst.ken@second.example.org"
CONFIRMED = f"""
[[confirmed_logins]]
login = "{BOTH}"
sources = ["registration", "second"]
reason = "Asked on the telephone"
confirmed_by = "M. Otieno"
confirmed_on = 2022-03-01
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ages")
    found, second = folder / "home", f"sqlite://{folder}/second.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAPORT_KEYRING", str(folder / "keys" / "keys.json"))
        make_store(
            read_settings(found), scale=0.0002, onboarded=73, url=None, seed=1, tell=quiet, history=2, dirty=False
        )
        with closing(connect(second)) as store:
            create(store, plan(0.0001, 73, 2))
            accounts = store.query("SELECT user_id, login FROM user_account").to_pylist()
            others = [
                row | {"login": row["login"].replace("@", "@second.")} for row in accounts if row["login"] != BOTH
            ]
            with store.write() as writer:
                writer.update("user_account", others)
        toml = found / "dataport.toml"
        more = f'\n[[sources]]\nsource_id = "second"\nkind = "sqlite"\nurl = "{second}"\n'
        toml.write_text(toml.read_text().replace("\n[synthetic]", more + CONFIRMED + "\n[synthetic]"))
        refresh(read_settings(found), quiet)
        yield found


def number(home: Path, login: str, *words: str) -> Any:
    return answer(home, "active_individuals", "--as", login, *words)["rows"][0][0]


def test_each_store_answers_its_own_people_on_every_date_that_it_knows(home: Path) -> None:
    assert number(home, OLD, "--as-of", EARLY) > 0 and number(home, OLD, "--as-of", LATE) > 0
    assert number(home, YOUNG, "--as-of", LATE) > 0
    refused = run("ask", "active_individuals", "--as", YOUNG, "--as-of", EARLY, home=home)
    assert refused.returncode == 2 and b"this warehouse knows 2021-12-31" in refused.stderr


def test_a_viewer_of_both_is_never_told_a_smaller_number(home: Path) -> None:
    late = answer(home, "active_individuals", "--by", "source", "--totals", "--as", BOTH, "--as-of", LATE)
    by_source = dict(late["rows"])
    assert set(by_source) == {"registration", "second"} and late["status"] == []
    assert late["totals"][0]["rows"][0][-1] == sum(by_source.values())

    early = answer(home, "active_individuals", "--as", BOTH, "--as-of", EARLY)
    assert early["rows"] == [[None]]
    assert [one["code"] for one in early["status"]] == ["outside_history"]
    assert any("second is known from 2021-12-31" in note for note in early["meta"]["limits"])

    fixed = answer(home, "active_individuals", "--as", BOTH, "--as-of", EARLY, "--where", "source = 'registration'")
    assert fixed["rows"][0][0] > 100 and fixed["status"] == []
    by_source = answer(home, "active_individuals", "--by", "source", "--totals", "--as", BOTH, "--as-of", EARLY)
    assert by_source["rows"] == [["registration", fixed["rows"][0][0]]]
    assert by_source["totals"][0]["rows"][0][-1] is None


def test_a_trend_of_both_begins_where_both_are_known(home: Path) -> None:
    told = answer(
        home, "active_individuals", "--by", "source", "--grain", "quarter", "--period", "2020-01-01..2021-12-31",
        "--totals", "--as", BOTH,
    )  # fmt: skip
    known = {(source, period): value for source, period, value in told["rows"]}
    assert known["second", "2021-10-01"] > 0 and known["registration", "2020-01-01"] > 0
    assert [value for (source, period), value in known.items() if source == "second"][:-1] == [None] * 7
