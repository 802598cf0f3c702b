"""Why a number moved, from a store to the terminal: against the persons of the store on both days."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import dataport
from dataport.ask import open_house
from dataport.errors import WrongRequest
from dataport.warehouse.sealed import open_sealed
from dataport.warehouse.versions import published

from .conftest import DATES, Lived
from .test_cli import SCHEMA, run

pytestmark = pytest.mark.xdist_group("homes")

FIRST, LAST = date(2021, 12, 31), date(2022, 2, 28)
BETWEEN = ("--between", FIRST.isoformat(), LAST.isoformat())


def told(home: Path, *words: str) -> dict[str, Any]:
    done: subprocess.CompletedProcess[bytes] = run("change", *words, "--format", "json", home=home)
    assert done.returncode == 0, done.stderr.decode()
    answer: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMA)
    return answer


def test_both_numbers_are_those_of_the_store_and_the_movements_lead_from_one_to_the_other(sqlite_home: Lived) -> None:
    answer = told(sqlite_home.settings.home, "active_individuals", *BETWEEN, "--by", "country_of_asylum", "--totals")
    roles = [column["role"] for column in answer["columns"]]
    assert roles[:2] == ["level", "start"] and roles[-1] == "end" and set(roles[2:-1]) == {"movement"}
    names = [column["name"] for column in answer["columns"]]
    assert {"registrations", "births", "deaths", "inactivations"} <= set(names)
    for row in (*answer["rows"], *answer["totals"][0]["rows"]):
        assert sum(row[1:-1]) == row[-1]
    ends = answer["totals"][0]["rows"][0]
    persons = [sqlite_home.worlds[day].persons for day in (FIRST, LAST)]
    assert [ends[1], ends[-1]] == [sum(p["process_status"] == "A" for p in several) for several in persons]


def test_movements_are_as_many_as_what_the_register_says_to_have_happened(sqlite_home: Lived) -> None:
    """That the numbers meet says nothing of the causes: these are held against the events, person by person."""
    answer = told(sqlite_home.settings.home, "active_individuals", *BETWEEN)
    (row,) = answer["rows"]
    told_of = dict(zip((column["name"] for column in answer["columns"]), row, strict=True))
    names = {"registration": "registrations", "birth": "births", "reactivation": "reactivations"}
    names |= {"inactivation": "inactivations", "departure": "departures", "resettlement": "resettlements"}
    names |= {"return": "returns", "death": "deaths", "merge": "merges", "deletion": "deletions"}
    happened = Counter[str]()
    for is_added, kinds in _crossings(sqlite_home):
        assert kinds & set(names), "every crossing has an event"
        # a birth is a registration too, and the reason of an inactivation is told before it
        kind = next(one for one in ("deletion", "merge", *_LEAVING, "birth", *names) if one in kinds)
        happened[names[kind]] += 1 if is_added else -1
    assert happened == {name: count for name, count in told_of.items() if name not in ("start", "end")}


_LEAVING = ("death", "resettlement", "return", "departure")


def _crossings(lived: Lived) -> Iterator[tuple[bool, set[str]]]:
    """Each time that somebody became active or ceased to be: in the published rows, one after the other."""
    path = published(lived.settings.published).figures
    with open_sealed(path) as reader:
        rows = reader.execute(
            "select individual_key, valid_from, valid_to, process_status_code = 'A' from fct_population order by 1, 2"
        ).fetchall()
        events = reader.execute("select individual_key, boundary_at, event_type_code from fct_registration_event")
        kinds: dict[tuple[Any, Any], set[str]] = {}
        for key, at, kind in events.fetchall():
            kinds.setdefault((key, at), set()).add(kind)
    begin, end = (datetime.combine(day + timedelta(days=1), time.min) for day in (FIRST, LAST))
    after = {(key, first) for key, first, _, is_active in rows if is_active}
    before = {(key, until) for key, _, until, is_active in rows if is_active}
    for key, first, until, is_active in rows:
        if is_active and begin <= first < end and (key, first) not in before:
            yield True, kinds.get((key, first), set())
        if is_active and begin <= until < end and (key, until) not in after:
            yield False, kinds.get((key, until), set())


def test_a_change_is_the_same_as_the_numbers_side_by_side(sqlite_home: Lived) -> None:
    home = sqlite_home.settings.home
    answer = told(home, "active_individuals", *BETWEEN, "--by", "sex", "--as", "analyst.ken@example.org")
    words = ("ask", "active_individuals", "--by", "sex", "--as-of", str(LAST), "--compare", str(FIRST))
    done = run(*words, "--as", "analyst.ken@example.org", "--format", "json", home=home)
    beside = [row[:3] for row in json.loads(done.stdout)["rows"]]
    assert [[row[0], row[-1], row[1]] for row in answer["rows"]] == beside
    assert answer["meta"]["viewer"] == "analyst.ken@example.org"


def test_a_terminal_shows_a_waterfall_and_what_moved_each_cell(sqlite_home: Lived) -> None:
    home = sqlite_home.settings.home
    shown = run("change", "active_individuals", *BETWEEN, home=home).stdout.decode()
    assert "Start" in shown and "Registrations" in shown and "█" in shown and "End" in shown
    shown = run("change", "share_of_children", *BETWEEN, "--by", "unhcr_bureau", home=home).stdout.decode()
    assert "What moved it" in shown and "pp" in shown and "Mix" in shown


def test_who_may_not_count_events_is_told_no_cause(sqlite_home: Lived) -> None:
    home = sqlite_home.settings.home
    done = run("change", "active_individuals", *BETWEEN, "--as", "clerk.ken@example.org", home=home)
    assert done.returncode == 3 and b"event records" in done.stderr
    nearest = b"The nearest that can be answered: dataport ask active_individuals"
    assert nearest in done.stderr


def test_a_change_that_cannot_be_taken_apart_says_what_can_be_asked(sqlite_home: Lived) -> None:
    home = sqlite_home.settings.home
    done = run("change", "median_age", *BETWEEN, home=home)
    assert done.returncode == 2 and b"--compare 2021-12-31" in done.stderr
    done = run("change", "active_individuals", "--between", str(LAST), str(FIRST), home=home)
    assert done.returncode == 2 and b"Give the earlier day first" in done.stderr


def test_a_port_tells_why(sqlite_home: Lived) -> None:
    port = dataport.open(home=sqlite_home.settings.home)
    change = port.change("active_individuals", (str(FIRST), LAST), by=["unhcr_bureau"], totals=True)
    for row in change.to_dicts():
        assert (
            row["start"] + sum(row[name] for name in row if name not in ("unhcr_bureau", "start", "end")) == row["end"]
        )
    html = change._repr_html_()
    assert html.startswith("<table>") and "Registrations" in html
    with pytest.raises(WrongRequest):
        port.change("active_individuals", ("2021-12-31", 5))  # type: ignore[arg-type]


def test_a_look_at_a_change_is_written_down(sqlite_home: Lived) -> None:
    home = sqlite_home.settings.home
    told(home, "active_individuals", *BETWEEN)
    looks = json.loads(run("audit", "show", "--last", "1", "--format", "json", home=home).stdout)["looks"]
    assert looks[0]["door"] == "change"
    assert looks[0]["question"] == "active individuals, change between 2021-12-31 and 2022-02-28"


# Movements that the flows count too, each under the name of a flow.
FLOWS = {
    "new_registrations": ("registrations", "births"),
    "reactivations": ("reactivations",),
    "inactivations": ("inactivations",),
    "departures": ("departures", "resettlements", "returns"),
    "deaths": ("deaths",),
}


@pytest.mark.parametrize("by", [(), ("country_of_asylum",), ("country_of_asylum", "population_type")])
@pytest.mark.parametrize("first, last", [(0, 1), (1, 2), (0, 2)])
def test_net_change_the_stocks_and_their_change_tell_one_story(
    sqlite_home: Lived, by: tuple[str, ...], first: int, last: int
) -> None:
    """What net_change leaves out is named, and is all that lies between it and the stocks."""
    port = dataport.open(home=sqlite_home.settings.home, viewer="statistician.hq@example.org")
    days = DATES[first], DATES[last]

    def cells(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
        return {tuple(row[name] for name in by): row for row in rows}

    span = f"{days[0] + timedelta(days=1)}..{days[1]}"
    flows = cells(port.ask(["net_change", *FLOWS], by, period=span).to_dicts())
    stocks = [cells(port.ask(["active_individuals"], by, as_of=day).to_dicts()) for day in days]
    moves = cells(port.change("active_individuals", days, by).to_dicts())
    left_out = set()
    for cell in {*flows, *moves, *stocks[0], *stocks[1]}:
        flow, moved = flows.get(cell, {}), moves.get(cell, {})
        before, after = (stock.get(cell, {}).get("active_individuals") or 0 for stock in stocks)
        for name, movements in FLOWS.items():
            assert (flow.get(name) or 0) == abs(sum(moved.get(one) or 0 for one in movements)), (cell, name)
        told = {*(one for several in FLOWS.values() for one in several), *by, "start", "end"}
        rest = {name: value for name, value in moved.items() if name not in told and value}
        assert after - before == (flow.get("net_change") or 0) + sum(rest.values()), (cell, rest)
        left_out |= set(rest)
    within = {f"{name}_{side}" for name in ("moved", "status_changed", "corrected") for side in ("in", "out")}
    assert left_out <= {"merges", "deletions"} | (within if by else set())
    text = open_house(sqlite_home.settings).catalog.indicators["net_change"].description
    assert all(word in text for word in ("merges", "deletions", "active_individuals", "move", "status", "correction"))
