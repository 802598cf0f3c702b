"""Hostile texts in the store, in a command's words and in files, through every command and format: nothing that steers
a terminal, nothing that a spreadsheet runs, nothing without end; and nothing lost in the formats for programs."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import dataport
from dataport.audit import open_log
from dataport.errors import DataportError, UnknownName, WrongRequest
from dataport.settings import read_settings
from dataport.texts import SPREADSHEET, inert, inert_json, on_one_line, written

from .conftest import Lived
from .test_cli import run

pytestmark = pytest.mark.xdist_group("homes")

LONG = "M" * 1_000_000
HOSTILE = (
    "\x1b[2J\x1b]0;owned\x07",
    '=HYPERLINK("http://example.org","click")',
    "@SUM(1+1)",
    "+1;=1+1",
    "-2+cmd|' /C calc'!A0",
    "ab\u202egnp.exe\u2066",
    "a\x00b",
    "\x9b31mred\x85",
    "[bold red]:smile: markup[/]",
    "line\r\nbreak\x08\u2028\u2029",
    "＝1+1",
    "\u200b\ufeff\u00ad",
    "\U000e0041\U000f0000",
    LONG,
)
TYPED = "\x1b[2Jab\u202ecd\x9b\x07"
LOGIN = "=1+1\x1b[2J\u202e@example.org"
CLERK = "registrar.ken@example.org"
# What is written into each free text of the store.
FREE = {
    "individual": ("family_name", "given_name", "fathers_name", "birth_city", "phone", "occupation_code"),
    "address": ("line",),
    "document": ("number", "issued_by"),
    "assistance": ("provider_name",),
    "business_unit": ("name",),
    "location": ("name",),
    "code_value": ("label",),
    "role": ("name",),
    "user_account": ("full_name",),
}
_HERE = "operation_code = 'KEN' AND process_status_code = 'A'"
_OF_THEM = f"WHERE individual_id IN (SELECT individual_id FROM individual WHERE {_HERE})"
WHICH = {"individual": f"WHERE {_HERE}", "address": _OF_THEM, "document": _OF_THEM}


@pytest.fixture(scope="module")
def home(sqlite_home: Lived, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of a good home whose store holds hostile texts, refreshed."""
    copy = Path(shutil.copytree(sqlite_home.settings.home, tmp_path_factory.mktemp("hostile") / "home"))
    settings = copy / "dataport.toml"
    settings.write_text(settings.read_text().replace(str(sqlite_home.settings.home), str(copy)))
    open_log(read_settings(copy)).adopt()
    with closing(sqlite3.connect(copy / "registration.sqlite")) as store, store:
        for table, columns in FREE.items():
            found = f"SELECT rowid FROM {table} {WHICH.get(table, '')} ORDER BY rowid LIMIT {len(HOSTILE)}"
            for text, (row,) in zip(HOSTILE, store.execute(found).fetchall(), strict=False):
                for column in columns:
                    told = text[:100] if column == "occupation_code" else text
                    store.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (told, row))
        store.execute("UPDATE user_account SET login = ? WHERE login = ?", (LOGIN, "clerk.ken@example.org"))
    done = run("refresh", home=copy)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    _is_inert(done)
    return copy


@pytest.fixture(scope="module")
def case_no(home: Path) -> str:
    """A person with hostile names, by their number."""
    with closing(sqlite3.connect(home / "registration.sqlite")) as store:
        found = store.execute(
            "SELECT individual_no FROM individual AS i WHERE operation_code = 'KEN' AND process_status_code = 'A' "
            "AND family_name LIKE '%2J%' ORDER BY rowid LIMIT 1"
        ).fetchone()
    return str(found[0])


def _is_inert(done: subprocess.CompletedProcess[bytes], longest: int = 400_000) -> str:
    """What was said, if it can do nothing and ends."""
    assert b"This is a defect" not in done.stderr, done.stderr[:500]
    told = done.stdout.decode("utf-8") + done.stderr.decode("utf-8")
    odd = {one for one in told if not one.isprintable() and one != "\n"}
    assert not odd, (odd, done.args)
    assert len(done.stdout) + len(done.stderr) < longest, done.args
    return told


BY = ("--by", "occupation")
ASKED = [
    ("ask", "active_individuals", *BY, "--totals"),
    ("ask", "active_individuals", "--by", "business_unit"),
    ("ask", "active_individuals", "--by", "location"),
    ("ask", "active_individuals", *BY, "--chart"),
    ("ask", "active_individuals", "--by", "business_unit", "--chart", "--labels", "both"),
    ("ask", "active_individuals", *BY, "--by", "sex", "--pivot", "sex", "--chart"),
    ("ask", "active_individuals", "--by", "sex", *BY, "--pivot", "occupation"),
    ("ask", "active_individuals", *BY, "--grain", "month", "--period", "2022-01-01..2022-02-28", "--chart"),
    ("ask", "active_individuals", "--where", f"business_unit = '{TYPED}'"),
    ("ask", "active_individuals", "--where", f"sex = '{TYPED}'"),
    ("ask", f"active{TYPED}", "--by", TYPED),
    ("ask", "active_individuals", "--by", "sex", "--order", TYPED),
    ("ask", "active_individuals", "--as-of", TYPED),
    ("ask", "active_individuals", "--as", TYPED),
    ("ask", "active_individuals", "--by", "occupation", "--as", LOGIN),
    ("ask", f"--{TYPED}"),
    ("ask", "active_individuals", "--format", TYPED),
    ("ask", "active_individuals", "--where", f"sex = 'F' {TYPED}"),
    ("ask", "x" * 100_000),
    ("ask", "active_individuals", "--where", "business_unit = '" + "x" * 100_000 + "'"),
    (TYPED,),
    ("change", "active_individuals", "--between", "2021-12-31", "2022-02-28", *BY, "--totals"),
    ("change", "active_individuals", "--between", "2021-12-31", "2022-02-28", "--by", "business_unit"),
    ("explain", "active_individuals", *BY, "--where", f"business_unit in ('{TYPED}', '=1+1')"),
    ("catalog", "values", "occupation"),
    ("catalog", "values", "business_unit"),
    ("catalog", "values", TYPED),
    ("catalog", "show", TYPED),
    ("catalog", "search", TYPED),
    ("access", "why", LOGIN, "active_individuals", "--by", "occupation"),
    ("access", "why", TYPED, "active_individuals"),
    ("access", "why", CLERK, "active_individuals", "--where", f"business_unit = '{TYPED}'"),
    ("access", "check",),
    ("audit", "show", "--last", "50"),
    ("audit", "show", "--viewer", TYPED),
    ("audit", "export"),
    ("audit", "verify"),
    ("audit", "begin", "--reason", TYPED),
    ("audit", "export", "--output", "/nowhere/" + TYPED),
    ("links", "check"),
    ("links", "add", f"{TYPED}:1", f"x:{TYPED}", "--reason", TYPED, "--confirmed-by", TYPED),
    ("status",),
    ("extract", "--reconcile"),
    ("build",),
]  # fmt: skip


@pytest.mark.parametrize("words", ASKED, ids=lambda words: ascii(" ".join(words)[:40]))
def test_no_command_shows_what_does_something(home: Path, words: tuple[str, ...]) -> None:
    (home / "links.csv").write_text(
        "source_a,id_a,source_b,id_b,kind,reason,confirmed_by,confirmed_on\n"
        f"{TYPED},1,registration,2,moved,{TYPED},=1+1,2022-01-01\n"
    )
    (home / "links.csv").chmod(0o600)
    # a log is as long as what was asked before
    longest = 4_000_000 if words[:2] == ("audit", "export") else 400_000
    _is_inert(run(*words, home=None if words[0] == TYPED else home), longest)
    if words[0] in ("ask", "change", "explain", "access", "audit", "links", "status", "catalog"):
        done = run(*words, "--format", "json", home=home)
        _is_inert(done, 4_000_000)
        assert (
            done.returncode
            or not done.stdout
            or json.loads(done.stdout.splitlines()[0] if words[1] == "export" else done.stdout)
        )
    (home / "links.csv").unlink()


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize("verb", ["show", "history", "changes", "family", "compare"])
def test_a_case_shows_nothing_that_does_something(home: Path, case_no: str, verb: str, form: str) -> None:
    days = {"compare": ("--between", "2021-12-31", "2022-03-31"), "changes": ("--since", "2022-01-01")}.get(verb, ())
    words = ("case", verb, case_no, *days, "--as", CLERK, "--purpose", f"for {TYPED}", "--format", form)
    done = run(*words, home=home)
    told = _is_inert(done, 20_000_000)
    assert done.returncode in (0, 2), told[:500]
    if verb == "show":
        assert done.returncode == 0 and "\\u001b[2J" in told if form == "json" else "\\x1b[2J" in told
    _is_inert(run("case", verb, TYPED, *days, "--as", CLERK, "--purpose", "x", "--format", form, home=home))


@pytest.mark.parametrize("form", ["table", "json"])
def test_who_is_found_shows_nothing_that_does_something(home: Path, case_no: str, form: str) -> None:
    for words in (("--number", case_no), ("--name", TYPED), ("--number", TYPED)):
        done = run("case", "find", *words, "--as", CLERK, "--purpose", "x", "--format", form, home=home)
        _is_inert(done, 20_000_000)


def test_a_csv_is_inert_unless_it_is_to_be_raw(home: Path) -> None:
    words = ("ask", "active_individuals", *BY, "--totals", "--format")
    done = run(*words, "csv", home=home)
    assert _is_inert(done)
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    shown = [row["occupation"] for row in rows]
    assert not [one for one in shown if re.match(r"\s*[=+\-@\t\r＝]", one) or ";=" in one]
    raw = pl.read_csv(io.BytesIO(run(*words, "csv", "--raw", home=home).stdout))
    exact = pl.read_parquet(io.BytesIO(run(*words, "parquet", home=home).stdout))
    assert raw["occupation"].to_list() == exact["occupation"].to_list()
    assert set(shown) == {inert(one or "") for one in exact["occupation"]}
    assert [int(row["active_individuals"]) for row in rows] == exact["active_individuals"].to_list()
    told = json.loads(run(*words, "json", home=home).stdout)
    assert [row[0] for row in told["rows"]] == exact.filter(pl.col("total_of").is_null())["occupation"].to_list()
    assert {one[:100] for one in HOSTILE} & set(exact["occupation"]), "the store's texts are in the answer"


def test_raw_is_said_of_a_csv_alone(home: Path) -> None:
    for words in (("ask", "active_individuals"), ("audit", "export")):
        assert run(*words, "--raw", home=home).returncode == 2
        assert run(*words, "--raw", "--format", "csv", home=home).returncode == 0


def test_an_exported_log_is_inert_and_says_the_same(home: Path) -> None:
    run("ask", "active_individuals", "--as", LOGIN, home=home)
    done = run("audit", "export", "--format", "csv", home=home)
    _is_inert(done, 4_000_000)
    viewers = [row["viewer"] for row in csv.DictReader(io.StringIO(done.stdout.decode()))]
    assert inert(LOGIN) in viewers and LOGIN not in viewers
    raw = run("audit", "export", "--format", "csv", "--raw", home=home).stdout.decode()
    assert LOGIN in [row["viewer"] for row in csv.DictReader(io.StringIO(raw, newline=""))]
    lines = [json.loads(line) for line in run("audit", "export", home=home).stdout.splitlines()]
    assert LOGIN in [one["viewer"] for one in lines]
    assert [one["mac"] for one in lines] == [one["mac"] for one in open_log(read_settings(home)).export()]


def test_definitions_and_files_of_ones_own_show_nothing_that_does_something(tmp_path: Path) -> None:
    (tmp_path / "model.yml").write_text(f"facts:\n  ? {json.dumps(TYPED + '=x')}\n  : {{label: F}}\n")
    for words in (
        ("check", "--definitions", str(tmp_path), "--database", str(tmp_path / TYPED)),
        ("check", "--definitions", str(tmp_path / TYPED), "--database", "x"),
        ("status", "--home", str(tmp_path / TYPED)),
    ):
        done = run(*words)
        assert done.returncode and _is_inert(done)


def test_errors_and_notebooks_of_python_show_nothing_that_does_something(home: Path, case_no: str) -> None:
    port = dataport.open(home, viewer=CLERK)
    for ask in (
        lambda: port.ask([TYPED]),
        lambda: port.ask(["active_individuals"], by=[TYPED + LONG]),
        lambda: port.ask(["active_individuals"], where=[f"sex = '{LONG}'"]),
        lambda: dataport.open(home, viewer=TYPED).ask(["active_individuals"]),
        lambda: port.case(TYPED, purpose="a test").show(),
    ):
        with pytest.raises(DataportError) as problem:
            ask()
        said = str(problem.value)
        assert all(one.isprintable() or one == "\n" for one in said) and len(said) <= 11_000
    shown = port.case(case_no, purpose="a test").show()._repr_html_()
    assert all(one.isprintable() for one in shown) and len(shown) < 400_000
    changed = port.change("active_individuals", ("2021-12-31", "2022-02-28"), by=["occupation"])._repr_html_()
    table, _, _ = changed.partition("</table>")
    assert all(one.isprintable() for one in changed) and "<br>" not in table


def test_pictures_of_a_notebook_hold_nothing_that_does_something(home: Path) -> None:
    pytest.importorskip("altair")
    port = dataport.open(home, viewer="statistician.hq@example.org")
    for by in (["occupation"], ["business_unit", "sex"]):
        told = list(_texts(port.ask("active_individuals", by=by).plot().to_dict()))
        assert len(told) > 20, "the members are in it"
        assert not [ascii(one)[:80] for one in told if not one.isprintable() or len(one) > SPREADSHEET + 200]


def _texts(value: Any) -> Iterator[str]:
    """Every text in a description of a picture, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:20]))
def test_the_one_place_that_writes_out(text: str) -> None:
    for told in (written(text), on_one_line(text), inert(text)):
        assert all(one.isprintable() or one == "\n" for one in told) and len(told) < SPREADSHEET + 200
    assert "\n" not in on_one_line(text) + inert(text)
    assert not re.match(r"\s*[=+\-@＝]", inert(text))
    quoted = inert_json(json.dumps(text, ensure_ascii=False))
    assert quoted.isprintable() and json.loads(quoted) == text


def test_what_is_ordinary_is_shown_as_it_is() -> None:
    for text in ("Côte d'Ivoire", "أحمد", "'s-Hertogenbosch", "a - b", "3 = 3", "", "नेपाल", "李"):
        assert written(text) == on_one_line(text) == inert(text) == inert_json(text) == text


def test_different_texts_stay_different_in_a_csv() -> None:
    texts = ["=1", "'=1", "''=1", "1", "'1", "=", "'", "-", " =1", "' =1", ""]
    assert len({inert(one) for one in texts}) == len(texts)


def test_a_text_without_end_says_how_much_is_left_out() -> None:
    assert "… 990,000 characters …" in written(LONG)
    assert len(str(UnknownName("level", LONG))) < 400
    assert str(WrongRequest(f"start {LONG} what to do next.")).endswith("what to do next.")


def test_only_the_outlets_write() -> None:
    """Every other module of the command line hands its texts to `report` or `texts`."""
    folder = Path(dataport.__file__).parent / "cli"
    stray: dict[str, Any] = {}
    for path in folder.glob("*.py"):
        if path.name not in ("report.py", "texts.py"):
            found = re.findall(
                r"click\.s?echo\(|(?<![\w.])print\(|(?<![\w.])Text\(|(?<![\w.])Console\(", path.read_text()
            )
            stray |= {path.name: found} if found else {}
    # the bar has no text in it; what a shell is told has a form of its own, of public lists alone
    assert stray == {"render_change.py": ["Text("], "completion.py": ["click.echo("]}
