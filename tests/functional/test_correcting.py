"""The quality of records from a store to the list of what to correct: what people touch, on a home that has lived."""

from __future__ import annotations

import json
import re
import shutil
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest

import dataport
from dataport.access import Grants
from dataport.api import Port
from dataport.audit import open_log
from dataport.errors import DataportError, NotVisible, Refused, WrongRequest
from dataport.house import House
from dataport.jobs.backup import backup
from dataport.jobs.quality_reports import monthly_reports
from dataport.jobs.refresh import refresh
from dataport.quality.drill import link_of
from dataport.settings import read_settings
from dataport.state import State, WorkingList, subjects
from dataport.store import connect
from dataport.synthetic import DEFAULT_SEED, advance

from .conftest import DATES, Lived, quiet
from .test_cli import run

pytestmark = pytest.mark.xdist_group("homes")

OFFICER, CLERK, ELSEWHERE = "registrar.ken@example.org", "clerk.ken@example.org", "registrar.uga@example.org"
COUNTING, EVERYWHERE = "analyst.ken@example.org", "statistician.hq@example.org"
WHY = "Correcting records of Kenya"


@pytest.fixture
def home(unsaid_home: Lived) -> Path:
    """The shared home, of whose records nobody has said anything."""
    return unsaid_home.settings.home


def port(home: Path, who: str = OFFICER) -> Port:
    return dataport.open(home, viewer=who)


def looks(home: Path) -> list[dict[str, Any]]:
    log = open_log(read_settings(home))
    return sorted((dict(one) for one in log.entries()), key=lambda one: one["number"])


def told(home: Path, *words: str, code: int = 0) -> Any:
    done = run("quality", *words, "--format", "json", home=home)
    assert done.returncode == code, done.stderr.decode()
    return json.loads(done.stdout) if code == 0 else done.stderr.decode()


def test_the_scorecard_for_programs_is_what_was_promised(home: Path) -> None:
    card = told(home, "scorecard", "--unit", "CO-KEN", "--as", OFFICER)
    assert set(card) == {"kpis", "score", "as_of", "scope"}
    assert [one["name"] for one in card["kpis"]] == [f"K{number:02}" for number in range(1, 32)]
    keys = {"name", "label", "dimension", "severity", "numerator", "denominator", "value", "target", "trend"}
    assert all(set(one) == keys for one in card["kpis"])
    assert card["as_of"] == DATES[-1].isoformat() and "FO-KEN-1" in card["scope"]
    assert 0 < card["score"] < 1
    for one in card["kpis"]:
        assert one["value"] == (one["numerator"] / one["denominator"] if one["denominator"] else None)
        assert [point["as_of"] for point in one["trend"]] == [day.isoformat() for day in DATES]


def test_each_number_of_it_is_an_answer_of_the_other_door(home: Path) -> None:
    with port(home) as open_port:
        card = open_port.quality.scorecard("CO-KEN", as_of=DATES[1]).told
        below = "business_unit in ('CO-KEN', 'FO-KEN-1', 'FO-KEN-2', 'FO-KEN-3')"
        for one in (card.lines[4], card.lines[24]):
            names = [one.kpi.numerator, one.kpi.denominator, one.kpi.indicator]
            (row,) = open_port.ask(names, where=below, as_of=DATES[1]).to_dicts()
            assert [row[name] for name in names] == [one.numerator, one.denominator, one.value]
            assert one.trend[-1].value == one.value


@pytest.mark.parametrize("who", [OFFICER, CLERK, ELSEWHERE])
def test_what_is_listed_is_what_is_counted_for_everybody_who_opens_records(home: Path, who: str) -> None:
    """All records of all measures: the count, and as many keys, by the roles of each viewer."""
    with port(home, who) as open_port:
        card = open_port.quality.scorecard().told
        compared = 0
        for one in card.lines:
            if not one.kpi.column:
                continue
            if not one.is_permitted:
                with pytest.raises(Refused):
                    open_port.quality.records(one.kpi.name, purpose=WHY)
                continue
            found = open_port.quality.records(one.kpi.name, purpose=WHY).told
            assert len(found.records) + found.more == one.numerator, one.kpi.name
            assert len({record.subject for record in found.records}) == len(found.records)
            assert all(record.issues for record in found.records), one.kpi.name
            compared += len(found.records)
        assert compared > 50


@pytest.mark.parametrize("who", [OFFICER, CLERK, ELSEWHERE])
def test_of_many_the_same_are_listed_as_of_few(home: Path, who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where more fail than are handed over, all that may be opened are read, and nobody more is told."""
    for kpi in ("K05", "K09", "K25", "K26"):
        with port(home, who) as open_port:
            few = open_port.quality.records(kpi, purpose=WHY).told
            monkeypatch.setattr(sys.modules["dataport.records.failing"], "_MANY", 0)
            many = open_port.quality.records(kpi, purpose=WHY).told
            monkeypatch.undo()
        assert few.records or kpi not in ("K05", "K09")
        assert (many.records, many.more) == (few.records, few.more)


def test_no_more_are_listed_than_the_role_opens_at_a_time(home: Path) -> None:
    """A clerk opens 200 at a time; fewer are listed where fewer are wanted, and the rest is counted."""
    with port(home) as open_port:
        everything = open_port.quality.records("K09", purpose=WHY).told
        few = open_port.quality.records("K09", purpose=WHY, limit=3).told
    assert len(few.records) == 3
    assert few.more == len(everything.records) + everything.more - 3
    assert [one.subject for one in few.records] == [one.subject for one in everything.records[:3]]


def test_a_list_that_goes_on_says_so_in_every_form(home: Path, tmp_path: Path) -> None:
    """A file of three records is one of three however many there are, and nobody would look for the others."""
    for form in ("csv", "xlsx"):
        path = tmp_path / f"list.{form}"
        words = ("--as", OFFICER, "--purpose", WHY, "--limit", "3", "--output", str(path))
        done = run("quality", "records", "K09", *words, home=home)
        assert done.returncode == 0
        assert b"more may be opened" in done.stderr


def test_the_worst_and_easiest_come_first(home: Path) -> None:
    severities = ("critical", "warning", "information")
    with port(home) as open_port:
        for kpi in ("K03", "K18", "K28"):
            found = open_port.quality.records(kpi, purpose=WHY).told.records
            order = [(severities.index(one.issues[0].check.severity), one.issues[0].check.ease) for one in found]
            assert order == sorted(order)


def test_who_opens_no_records_is_listed_none_and_who_says_no_purpose_neither(home: Path) -> None:
    for who in (COUNTING, EVERYWHERE):
        assert "permits opening" in told(home, "records", "K05", "--as", who, "--purpose", WHY, code=3)
    assert "purpose is needed" in told(home, "records", "K05", "--as", OFFICER, code=3)
    assert "no scorecard" not in told(home, "scorecard", "--as", "excel.hq@example.org", code=3)


def test_every_look_at_records_is_in_the_log_with_whom_it_was_of(home: Path) -> None:
    before = len(looks(home))
    found = told(home, "records", "K05", "--as", OFFICER, "--purpose", WHY, "--limit", "2")
    (look,) = looks(home)[before:]
    assert (look["door"], look["purpose"], look["rows"], look["outcome"]) == ("quality records", WHY, 2, "answered")
    assert len(re.findall(r"~[0-9a-f]{16}", look["question"])) == 2
    number = found["rows"][0][0]
    assert number and number not in json.dumps(look)


def test_records_for_programs_have_the_shape_of_an_answer(home: Path) -> None:
    found = told(home, "records", "K05", "--as", OFFICER, "--purpose", WHY, "--limit", "3")
    assert set(found) == {"columns", "rows", "status", "totals", "meta"}
    names = [one["name"] for one in found["columns"]]
    assert {"number", "wrong", "since", "recorded_by", "link", "severity"} <= set(names)
    assert all(len(row) == len(names) for row in found["rows"])
    row = dict(zip(names, found["rows"][0], strict=True))
    assert row["wrong"] == "The record has no photograph of the person."
    assert found["meta"]["more"] > 0 and found["meta"]["records"] == 3


def test_a_file_is_a_file(home: Path, tmp_path: Path) -> None:
    words = ("records", "K05", "--as", OFFICER, "--purpose", WHY, "--limit", "3", "--output")
    for name in ("list.csv", "list.xlsx", "list.json", "list.txt"):
        done = run("quality", *words, str(tmp_path / name), home=home)
        assert done.returncode == 0, done.stderr.decode()
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    assert book.sheetnames == ["Records", "About"] and book["Records"].max_row == 4
    assert len((tmp_path / "list.csv").read_text().splitlines()) == 4
    assert run("quality", *words, str(tmp_path / "list.csv"), home=home).returncode == 2, "it is there already"


def test_each_in_plain_words_and_as_wide_as_a_terminal(home: Path) -> None:
    for words in (
        ("scorecard", "--unit", "CO-KEN", "--as", OFFICER, "--purpose", WHY),
        ("scorecard", "--as", CLERK),
        ("records", "K18", "--as", OFFICER, "--purpose", WHY),
        ("show", "K31"),
        ("kept", "--as", OFFICER),
    ):
        done = run("quality", *words, home=home, COLUMNS="80")
        assert done.returncode == 0, done.stderr.decode()
        assert max(len(line) for line in done.stdout.decode().splitlines()) <= 80, words
        assert b"None" not in done.stdout


def test_what_a_role_may_not_know_has_no_number_on_its_card(home: Path) -> None:
    card = told(home, "scorecard", "--as", CLERK)
    told_of = {one["name"]: one for one in card["kpis"]}
    assert told_of["K29"]["value"] is None and told_of["K29"]["trend"] == [] and card["score"] is None
    assert told_of["K05"]["value"] is not None


def test_what_a_measure_says_is_public_and_calls_its_numbers_stand_ins(home: Path) -> None:
    done = run("quality", "show", "K31", home=home)
    assert b"stand-in" in done.stdout and b"out_of_date_months" in done.stdout
    shown = told(home, "show", "k31")
    assert shown["name"] == "K31" and shown["checks"][0]["examples"] and shown["version"] >= 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "K99"), "no KPI called 'K99'"),
        (("records", "K1", "--purpose", WHY), "Did you mean"),
        (("records", "K01", "--purpose", WHY), "no count of records"),
        (("scorecard", "--unit", "CO-KNE"), "Did you mean"),
        (("scorecard", "--as-of", "1999-12-31"), "cannot be answered"),
        (("scorecard", "--compare", "year-ago"), "cannot be answered"),
        (("report", "--unit", "CO-KEN", "--month", "2022-13"), "is no month"),
        (("report", "--unit", "CO-KEN", "--month", "2031-01"), "cannot be answered"),
        (("report", "--unit", "Nowhere", "--month", "2022-01"), "no unit called 'Nowhere'"),
        (("records", "K05", "--purpose", WHY, "--where", "sexx = 'F'"), "Did you mean"),
        (("assign", "K05", "--to", CLERK, "--purpose", WHY), "Name at least one record"),
        (("assign", "K05", "X", "--purpose", WHY), "Say to whom"),
        (("excuse", "K05", "X", "--reason", "r", "--purpose", WHY), "a reason and a day"),
        (("excuse", "K05", "X", "--reason", "r", "--until", "2001-01-01", "--purpose", WHY), "is over"),
        (("note", "K05", "X", "--text", "…", "--purpose", WHY), "a letter or a digit"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing_half_written(
    home: Path, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    before = subjects(State(read_settings(home).state))
    who = () if words[0] == "show" else ("--as", OFFICER)
    folder = ("--folder", str(tmp_path)) if words[0] == "report" else ()
    done = run("quality", *words, *who, *folder, home=home)
    assert done.returncode == 2 and said in done.stderr.decode(), done.stderr.decode()
    assert list(tmp_path.iterdir()) == []
    assert subjects(State(read_settings(home).state)) == before


def test_a_working_list_is_for_who_may_open_the_record(home: Path) -> None:
    with port(home, CLERK) as clerk:
        numbers = [str(row["number"]) for row in clerk.quality.records("K09", purpose=WHY, limit=3).to_dicts()]
    with port(home) as officer:
        assert officer.quality.assign("K09", numbers, CLERK, purpose=WHY) == 3
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        assert officer.quality.excuse("K09", numbers[0], "Lost at sea", tomorrow, purpose=WHY) == 1
        assert officer.quality.note("K09", numbers[1], "Asked for it", purpose=WHY) == 1
        work = officer.quality.work(purpose=WHY)
        assert {row["record"] for row in work.to_dicts()} == set(numbers)
        assert len(work) == 5
        found = officer.quality.records("K09", purpose=WHY).told
        excused = [one for one in found.records if one.excuse]
        assert [one.number for one in excused] == [numbers[0]] and found.records[-1].excuse
        counted = next(one for one in officer.quality.scorecard(purpose=WHY).told.lines if one.kpi.name == "K09")
        assert (counted.excused, counted.numerator) == (1, len(found.records) + found.more)
    with port(home, ELSEWHERE) as other:
        assert len(other.quality.work(purpose=WHY)) == 0
        with pytest.raises(NotVisible):
            other.quality.note("K09", numbers[0], "Not mine", purpose=WHY)
    with port(home, COUNTING) as counting, pytest.raises(Refused):
        counting.quality.work(purpose=WHY)


def test_what_was_said_by_a_kpi_is_told_to_whom_the_kpi_may_be(home: Path) -> None:
    """A need is not for this clerk, so neither is a note that speaks of one, although the record is theirs to open."""
    with port(home) as officer:
        number = str(officer.quality.records("K09", purpose=WHY, limit=1).to_dicts()[0]["number"])
        officer.quality.note("K29", number, "Of her need", purpose=WHY)
        officer.quality.assign("K29", number, OFFICER, purpose=WHY)
        with pytest.raises(WrongRequest, match="no enabled account that may open all of these"):
            officer.quality.assign("K29", number, CLERK, purpose=WHY)
        officer.quality.note("K09", number, "Of her papers", purpose=WHY)
        assert len(officer.quality.work(purpose=WHY)) == 3
        [said] = [row["notes"] for row in officer.quality.records("K09", purpose=WHY).to_dicts() if row["notes"]]
        assert "Of her need" in str(said)
    with port(home, CLERK) as clerk:
        assert [row["said"] for row in clerk.quality.work(purpose=WHY).to_dicts()] in ([], ["Of her papers"])
        assert len(clerk.quality.work(purpose=WHY, mine=True)) == 0
        assert "Of her need" not in str(clerk.quality.records("K09", purpose=WHY).to_dicts())


@pytest.mark.parametrize(
    "to", [ELSEWHERE, COUNTING, "former.hq@example.org", "excel.hq@example.org", "nobody@example.org"]
)
def test_records_are_given_to_who_may_open_them_and_the_refusal_is_one(home: Path, to: str) -> None:
    """Of another office, one that only counts, a disabled one, one of another class, and none at all: nothing is told
    of which it is. Who may not open the records is told of no account either."""
    with port(home) as officer:
        number = str(officer.quality.records("K09", purpose=WHY, limit=1).to_dicts()[0]["number"])
        with pytest.raises(WrongRequest) as refusal:
            officer.quality.assign("K09", number, to, purpose=WHY)
        assert str(refusal.value).replace(to, "X") == (
            "'X' is no enabled account that may open all of these records and be told what is wrong with them, so "
            "nothing was assigned. Name an account whose role may, by its login."
        )
    with port(home, ELSEWHERE) as other, pytest.raises(NotVisible):
        other.quality.assign("K09", number, to, purpose=WHY)
    assert subjects(State(read_settings(home).state)) == frozenset()


@pytest.mark.parametrize("logins", [(CLERK, "analyst.ken@example.org"), (OFFICER, "analyst.mena@example.org")])
def test_of_who_has_several_roles_the_card_is_what_is_asked_and_listed(
    home: Path, logins: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No number on a card is of fewer rows than the same KPI by itself, whatever other KPIs are on it."""
    alone = House.grants

    def both(house: House, login: str) -> Grants:
        found = [alone(house, one) for one in logins]
        return replace(found[0], permissions=tuple(one for each in found for one in each.permissions))

    monkeypatch.setattr(House, "grants", both)
    with port(home, logins[0]) as open_port:
        card = open_port.quality.scorecard().told
        parts = {one.scopes["quality"] for one in card.rights if "quality" in one.scopes}
        for line in (one for one in card.lines if one.is_permitted):
            kpi = line.kpi
            (row,) = open_port.ask([kpi.numerator, kpi.denominator, kpi.indicator]).to_dicts()
            assert list(row.values()) == [line.numerator, line.denominator, line.value], kpi.name
        listed = 0
        for line in (one for one in card.lines if one.kpi.column and one.is_permitted):
            # what one role counts and only the other opens is listed to neither
            with suppress(Refused):
                found = open_port.quality.records(line.kpi.name, purpose=WHY, limit=1).told
                assert len(found.records) + found.more <= line.numerator, line.kpi.name
                listed += 1
        assert listed
        for name, told in (("quality_score", card.score),):
            if name in {each for one in card.rights for each in one.names}:
                (row,) = open_port.ask([name]).to_dicts()
                assert row[name] == told
    assert len(parts) > 1, "the roles open different rows to different KPIs, or this tests nothing"


def test_an_excuse_changes_no_number_and_no_day_that_has_passed(home: Path) -> None:
    with port(home) as officer:
        before = officer.quality.scorecard("CO-KEN", as_of=DATES[1]).to_dict()
        number = officer.quality.records("K09", purpose=WHY, limit=1).to_dicts()[0]["number"]
        officer.quality.excuse("K09", str(number), "Lost at sea", "2099-12-31", purpose=WHY)
        assert officer.quality.scorecard("CO-KEN", as_of=DATES[1]).to_dict() == before
        assert officer.quality.records("K09", purpose=WHY, as_of=DATES[1]).told.excused == 0


def test_what_is_done_is_in_the_log_by_pseudonym_before_it_is_done(home: Path) -> None:
    found = told(home, "records", "K09", "--as", OFFICER, "--purpose", WHY, "--limit", "1")
    number = found["rows"][0][0]
    before = len(looks(home))
    told(home, "note", "K09", number, "--text", "A word", "--as", OFFICER, "--purpose", WHY)
    (look,) = looks(home)[before:]
    assert look["door"] == "quality note" and re.search(r"K09 noted: ~[0-9a-f]{16}$", look["question"])
    assert number not in json.dumps(look) and "A word" not in json.dumps(look)


def test_one_that_is_not_to_be_opened_keeps_all_from_being_written(home: Path) -> None:
    with port(home) as officer:
        number = str(officer.quality.records("K09", purpose=WHY, limit=1).to_dicts()[0]["number"])
        with pytest.raises(NotVisible):
            officer.quality.assign("K09", [number, "KEN-NOBODY"], CLERK, purpose=WHY)
    assert subjects(State(read_settings(home).state)) == frozenset()


def test_a_page_of_its_own_and_a_workbook_for_a_meeting(home: Path, tmp_path: Path) -> None:
    done = run("quality", "report", "--unit", "CO-KEN", "--month", "2022-01", "--as", OFFICER, "--purpose", WHY,
               "--folder", str(tmp_path), home=home)  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    page = (tmp_path / "quality-CO-KEN-2022-01.html").read_text()
    assert all((path.stat().st_mode & 0o077) == 0 for path in tmp_path.iterdir())
    assert not re.search(r"https?://|<script|<link|<img|url\(|@import", page), "it loads nothing and runs nothing"
    assert '<html lang="en">' in page and page.count("<caption>") >= 2 and 'scope="col"' in page
    assert "Content-Security-Policy" in page and "2022-01-31" in page and "@media print" in page
    book = openpyxl.load_workbook(tmp_path / "quality-CO-KEN-2022-01.xlsx")
    assert {"Scorecard", "Worst", "Improved most", "Working list", "About"} <= set(book.sheetnames)
    away = run("quality", "report", "--unit", "CO-UGA", "--month", "2022-01", "--as", OFFICER, "--purpose", WHY,
               "--folder", str(tmp_path), home=home)  # fmt: skip
    assert (away.returncode, b"outside the scope" in away.stderr) == (3, True)
    assert len(list(tmp_path.iterdir())) == 2
    assert book["Scorecard"].max_row == 1 + 31 + 1
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)
    kept = told(home, "kept", "--as", OFFICER)["kept"]
    assert kept[-1]["as_of"] == "2022-01-31"
    one = told(home, "kept", str(kept[-1]["number"]), "--as", OFFICER)
    assert one == told(home, "scorecard", "--unit", "CO-KEN", "--as-of", "2022-01-31", "--as", OFFICER)
    assert told(home, "kept", "--as", CLERK)["kept"] == []
    assert "handed out" in told(home, "kept", str(kept[-1]["number"]), "--as", CLERK, code=4)


def test_the_job_makes_reports_where_it_is_told_to_and_once(sqlite_home: Lived, home: Path, tmp_path: Path) -> None:
    text = (home / "dataport.toml").read_text()
    named = (
        f"[quality_report]\naccount = '{OFFICER}'\nunits = ['CO-KEN', 'CO-NOWHERE']\nfolder = '{tmp_path / 'out'}'\n"
    )
    (home / "dataport.toml").write_text(f"{text}\n{named}")
    try:
        settings = read_settings(home)
        (problem,) = monthly_reports(settings, quiet)
        assert "CO-NOWHERE" in problem
        made = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
        assert set(made) == {"quality-CO-KEN-2022-02.html", "quality-CO-KEN-2022-02.xlsx"}
        monthly_reports(settings, quiet)
        assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == made
        assert looks(home)[-1]["door"] == "quality report"
    finally:
        (home / "dataport.toml").write_text(text)


def test_a_link_leads_to_the_record_in_its_store_and_nowhere_else(home: Path) -> None:
    text = (home / "dataport.toml").read_text()
    (home / "dataport.toml").write_text(
        f"{text}\n[record_links]\nindividual = 'https://store.example.org/?id={{id}}'\n"
    )
    try:
        with port(home) as officer:
            row = officer.quality.records("K09", purpose=WHY, limit=1).to_dicts()[0]
        assert row["link"] == f"https://store.example.org/?id={row['id']}"
    finally:
        (home / "dataport.toml").write_text(text)
    assert link_of("https://x/{number}", "individual", {"individual_id": "a"}) is None
    assert link_of("https://x/{id}", "individual", {"individual_id": "a/?&b c"}) == "https://x/a%2F%3F%26b%20c"


@pytest.mark.parametrize("link", ["javascript:{id}", "https://x/", "https://x/{name}", "https://x/{id} {id}", "{id}"])
def test_an_address_that_is_none_refuses_to_start(small_home: Path, link: str) -> None:
    (small_home / "dataport.toml").write_text(f'[record_links]\nindividual = "{link}"\n')
    with pytest.raises(WrongRequest, match="record_links"):
        read_settings(small_home)


def test_twenty_are_corrected_and_gone_and_the_score_has_risen_and_it_says_why(
    sqlite_home: Lived, tmp_path: Path
) -> None:
    """The story of the manual: scorecard, a measure, records, the store, a refresh, and what `change` says of it."""
    copy = Path(shutil.copytree(sqlite_home.settings.home, tmp_path / "home"))
    settings_file = copy / "dataport.toml"
    settings_file.write_text(settings_file.read_text().replace(str(sqlite_home.settings.home), str(copy)))
    open_log(read_settings(copy)).adopt()
    settings = read_settings(copy)
    with port(copy) as officer:
        before = officer.quality.scorecard("CO-KEN").told
        listed = officer.quality.records("K06", purpose=WHY, limit=20).to_dicts()
        officer.quality.note("K06", [str(row["number"]) for row in listed], "For the next visit", purpose=WHY)
    store = connect(settings.sources[0].url.reveal())
    advance(store, 1, DEFAULT_SEED, quiet)
    with store.write() as register:
        register.update("individual", [{"individual_id": row["id"], "has_biometrics": True} for row in listed])
    store.close()
    refresh(settings, quiet)
    with port(copy) as officer:
        after = officer.quality.scorecard("CO-KEN").told
        gone = {row["id"] for row in listed} & {
            row["id"] for row in officer.quality.records("K06", purpose=WHY).to_dicts()
        }
        assert not gone
        moved = officer.change("kpi_k06_failing", (DATES[-1], after.as_of), where="operation = 'KEN'").to_dicts()
        assert after.score is not None and before.score is not None and after.score > before.score
        line_before, line_after = before.lines[5], after.lines[5]
        assert line_after.value is not None and line_before.value is not None and line_after.value < line_before.value
        assert moved[0]["put_right"] == -20
        # the past is as it was, and what was noted of the records is there still
        assert officer.quality.scorecard("CO-KEN", as_of=DATES[-1]).to_dict()["kpis"] == before.as_dict()["kpis"]
        assert len(officer.quality.work(purpose=WHY)) == 20


def test_state_is_in_the_backup(home: Path, tmp_path: Path) -> None:
    with port(home) as officer:
        number = str(officer.quality.records("K09", purpose=WHY, limit=1).to_dicts()[0]["number"])
        officer.quality.note("K09", number, "Kept", purpose=WHY)
    done = backup(read_settings(home), tmp_path / "b" / "home", tmp_path / "b" / "keys", quiet)
    assert "state/state.sqlite3" in done.files
    found = WorkingList(State(tmp_path / "b" / "home" / "home" / "state" / "state.sqlite3"))
    (about,) = subjects(State(read_settings(home).state))
    assert [one.said for one in found.of([about])[about].notes] == ["Kept"]


def test_no_word_of_an_excuse_reaches_an_error_or_a_repr(home: Path) -> None:
    with port(home) as officer:
        number = str(officer.quality.records("K09", purpose=WHY, limit=1).to_dicts()[0]["number"])
        officer.quality.excuse("K09", number, "a secret reason", date(2099, 1, 1), purpose=WHY)
        told_of = officer.quality.records("K09", purpose=WHY)
        assert "secret" not in repr(told_of) and "secret" not in repr(told_of.told)
        with pytest.raises(DataportError) as problem:
            officer.quality.excuse("K99", number, "a secret reason", date(2099, 1, 1), purpose=WHY)
        assert "secret" not in str(problem.value)
