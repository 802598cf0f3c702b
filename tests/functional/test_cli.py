"""The command line as a person or a program meets it: words, exit codes, formats."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import click
import forked
import jsonschema
import polars as pl
import pytest
from click.testing import CliRunner

from dataport.cli.main import cli

from .conftest import Lived

pytestmark = pytest.mark.xdist_group("homes")

SCHEMA = json.loads((Path(__file__).parent / "answer.schema.json").read_text())


def run(*words: str, home: Path | None = None, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """A command in a process of its own."""
    return forked.run(*words, *(["--home", str(home)] if home else []), **environment)


@pytest.fixture(scope="module")
def home(sqlite_home: Lived) -> Path:
    return sqlite_home.settings.home


def answer(home: Path, *words: str) -> dict[str, Any]:
    done = run("ask", *words, "--format", "json", home=home)
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(told, SCHEMA)
    return told


def test_json_is_the_contract(home: Path) -> None:
    told = answer(home, "active_individuals", "--by", "country_of_asylum", "--as-of", "2021-12-31", "--totals")
    assert [column["name"] for column in told["columns"]] == ["country_of_asylum", "active_individuals"]
    assert told["meta"]["as_of"] == "2021-12-31"
    assert told["totals"][0]["rows"] == [[None, sum(row[1] for row in told["rows"])]]


def test_two_runs_differ_in_elapsed_only(home: Path) -> None:
    """Two processes that share nothing, the order of their sets neither."""
    words = ("active_individuals", "share_of_children", "--by", "sex", "--grain", "month", "--totals")
    asked = ("ask", *words, "--format", "json", "--home", str(home))
    one, other = (json.loads(forked.run_anew(*asked).stdout) for _ in range(2))
    one["meta"].pop("elapsed")
    other["meta"].pop("elapsed")
    assert one == other


def test_a_month_outside_history_is_null_and_says_so(home: Path) -> None:
    told = answer(home, "active_individuals", "--grain", "month", "--period", "2021-10-01..2022-01-31")
    assert [row[0] for row in told["rows"]] == ["2021-10-01", "2021-11-01", "2021-12-01", "2022-01-01"]
    assert [row[1] is None for row in told["rows"]] == [True, True, False, False]
    assert {(one["row"], one["code"]) for one in told["status"]} == {(0, "outside_history"), (1, "outside_history")}


def test_csv_parquet_and_arrow_hold_the_same_rows(home: Path) -> None:
    words = ("ask", "active_individuals", "--by", "unhcr_bureau")
    csv = pl.read_csv(BytesIO(run(*words, "--format", "csv", home=home).stdout))
    parquet = pl.read_parquet(BytesIO(run(*words, "--format", "parquet", home=home).stdout))
    arrow = pl.read_ipc_stream(BytesIO(run(*words, "--format", "arrow", home=home).stdout))
    assert csv.rows() == parquet.rows() == arrow.rows()


WRONG = [
    (
        ("ask", "active_individual"),
        2,
        "There is no indicator called 'active_individual'. Did you mean active_individuals",
    ),
    (("ask", "active_individuals", "--by", "sexx"), 2, "There is no breakdown called 'sexx'. Did you mean sex?"),
    (("ask", "active_individuals", "--where", "sex = 'Femal'"), 2, "There is no value of sex called 'Femal'"),
    (("ask", "active_individuals", "--where", "unhcr_bureau = 'MENAA'"), 2, "Did you mean MENA?"),
    (("ask", "active_individuals", "--where", "country_of_asylum = 'Kenia'"), 2, "Did you mean Kenya"),
    (("ask", "active_individuals", "--as-of", "2019-01-01"), 2, "this warehouse knows 2021-12-31 to 2022-02-28"),
    (("ask", "active_individuals", "--as-of", "2022-13-01"), 2, "'2022-13-01' is not a date"),
    (("ask", "active_groups", "--by", "sex"), 2, "a group has many members"),
    (("ask",), 2, "Name at least one indicator"),
    (("ask", "active_individuals", "--as", "nobody@example.org"), 3, "not an enabled account"),
    (("ask", "active_individuals", "--as", "former.hq@example.org"), 3, "not an enabled account"),
    (("ask", "registered_individuals", "--as", "excel.hq@example.org"), 3, "class statistics"),
    (("ask", "active_groups", "--class", "statistics"), 3, "class statistics"),
    (("ask", "active_individuals", "--as", "protected.statistics@example.org"), 3, "class service"),
    (("ask", "active_individuals", "--as", "analyst.mena@example.org", "--by", "location"), 3, "finer place"),
    (("register", "create"), 2, "already has a registration store"),
    (("demo",), 2, "not made by the demo"),
]


@pytest.mark.parametrize(("words", "code", "said"), WRONG)
def test_bad_input_gets_one_clear_sentence(home: Path, words: tuple[str, ...], code: int, said: str) -> None:
    done = run(*words, home=home)
    assert (done.returncode, done.stdout) == (code, b"")
    assert said in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()


@pytest.mark.parametrize("login", ["nobody@example.org", "analyst.ke@example.org", "former.hq@example.org"])
def test_an_unknown_viewer_is_never_helped_to_a_known_one(home: Path, login: str) -> None:
    said = run("ask", "active_individuals", "--as", login, home=home).stderr.decode()
    assert said == run("ask", "active_individuals", "--as", "x", home=home).stderr.decode()


def test_when_nobody_asks_nothing_is_answered(home: Path) -> None:
    done = run("ask", "active_individuals", home=home, DATAPORT_VIEWER="")
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"Nobody is asking" in done.stderr


def test_an_unknown_home_and_a_wrong_url_get_no_suggestion_and_no_credential(tmp_path: Path) -> None:
    done = run("ask", "active_individuals", home=tmp_path / "nowhere")
    assert done.returncode == 2 and b"There is no Dataport home at this place" in done.stderr
    for url, code in (("mysql://u:sesame@h/db", 2), ("postgresql://u:sesame@127.0.0.1:1/db", 1)):
        done = run("register", "create", "--url", url, home=tmp_path / "new")
        assert done.returncode == code and done.stderr
        assert b"sesame" not in done.stderr + done.stdout


def _commands(group: click.Group, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command and sub-command there is, as the words that call it."""
    yield words
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from _commands(command, (*words, name))
        else:
            yield (*words, name)


def test_every_command_has_help_with_an_example() -> None:
    commands = list(_commands(cli))
    assert {("ask",), ("register", "advance"), ("catalog", "values"), ("audit", "verify")} <= set(commands)
    for words in commands:
        done = CliRunner().invoke(cli, [*words, "--help"])
        assert done.exit_code == 0 and "Example" in done.output, words
        # an example stands on lines of its own, as it is typed
        assert re.search(r"^  +dataport ", done.output, re.MULTILINE) and "\\b" not in done.output, words


def test_status_tells_a_monitor_what_it_needs(home: Path) -> None:
    told = json.loads(run("status", "--format", "json", home=home).stdout)
    assert {"history_start", "watermark", "data_version", "last_refresh", "sources"} <= set(told)
    assert told["data_version"] == 3 and told["is_current"] is True


def test_catalog_lists_what_can_be_asked(home: Path) -> None:
    told = json.loads(run("catalog", "search", "valid", "DOCUMENT", "--format", "json").stdout)
    assert {"share_with_valid_document", "has_valid_document"} <= {one["name"] for one in told["found"]}
    assert b"Nothing has all" in run("catalog", "search", "valid", "zebra").stdout
    told = json.loads(run("catalog", "indicators", "--format", "json").stdout)
    assert {"name", "label", "unit"} <= set(told["indicators"][0])
    words = ("catalog", "values", "country_of_asylum", "--as", "analyst.ken@example.org", "--format", "json")
    assert json.loads(run(*words, home=home).stdout)["values"] == [{"code": "KEN", "label": "Kenya"}]


def test_explain_tells_the_plan_and_no_value(home: Path) -> None:
    words = ("explain", "average_group_size", "--by", "country_of_asylum", "--as", "analyst.ken@example.org")
    told = json.loads(run(*words, "--format", "json", home=home).stdout)
    assert any("only rows of the viewer's" in step for step in told["steps"])
    assert "CO-KEN" not in told["sql"]


def test_every_look_is_written_down(home: Path) -> None:
    def looks() -> int:
        told = json.loads(run("audit", "verify", "--format", "json", home=home).stdout)
        assert told["intact"] is True
        return int(told["looks"])

    before = looks()
    run("ask", "active_individuals", home=home)
    run("ask", "no_such_thing", home=home)
    run("explain", "active_individuals", "--as", "nobody@example.org", home=home)
    assert looks() == before + 3
    last = json.loads(run("audit", "show", "--last", "3", "--format", "json", home=home).stdout)["looks"]
    assert [one["outcome"] for one in last] == ["answered", "unknown_name", "unknown_viewer"]
    assert "no_such_thing" not in json.dumps(last)


def test_home_is_private(home: Path) -> None:
    for path in [home, *home.rglob("*")]:
        if path.is_symlink():
            continue
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_process_that_asks_imports_no_arrays_and_no_drivers(home: Path) -> None:
    # pyarrow itself imports pandas, and numpy with it, for any array of a list where pandas is installed, as for tests
    script = (
        "import sys; sys.modules['pandas'] = None; from dataport.cli.main import main; main(sys.argv[1:]); "
        "print([name for name in ('numpy', 'psycopg', 'adbc_driver_postgresql', 'polars') if name in sys.modules])"
    )
    words = ["ask", "median_age", "--by", "sex", "--format", "json", "--home", str(home)]
    told = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, check=True, text=True)
    assert told.stdout.splitlines()[-1] == "[]", told.stdout[-200:]
