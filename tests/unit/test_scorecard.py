"""A scorecard over a few hand-made records: its numbers are those of `ask`, its ranks need all siblings in scope.

The measures are small stand-ins over the population, so that what is tested is the card and not a check.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from itertools import count
from pathlib import Path

import duckdb
import openpyxl
import pytest
from figures import WIDE, catalog_with, world, write_home

from dataport.access import Permission, Viewer, ViewerClass
from dataport.ask import ask
from dataport.cli.quality_output import Wish
from dataport.cli.render_quality import print_card
from dataport.errors import Damaged, OutsideHistory, Refused, UnknownName, UnknownViewer, WrongRequest
from dataport.house import House
from dataport.quality import Scorecard, Wanted, end_of_month, handed_out, keep, scorecard
from dataport.quality.page import page_of
from dataport.quality.report import MOST, Report, report
from dataport.quality.tables import card_table
from dataport.quality.words import improved_none, nothing_judged, off_target
from dataport.quality.workbook import write_report
from dataport.semantic import Request
from dataport.semantic.offices import Office, Offices
from dataport.settings import read_settings
from dataport.visit import Asker

_KPIS = """
kpis:
  k91:
    {label: No photograph, description: They have none, fact: population, dimension: completeness, severity: warning,
     weight: 2, target: 0.1, tier: T0, owner: us, source: here, reason: a stand-in,
     numerator: test_without, denominator: test_all}
  k92:
    {label: Relationship, description: It is odd, fact: population, dimension: consistency, severity: critical,
     weight: 1, target: 0.5, tier: T2, owner: us, source: here, reason: a stand-in,
     numerator: test_odd, denominator: test_all}
indicators:
  test_all:
    {label: All, description: All, unit: records, tier: T0, over: a day,
     stock: {fact: population, where: process_status = 'A'}}
  test_without:
    {label: Without, description: Without, unit: records, tier: T0, over: a day,
     stock: {fact: population, where: process_status = 'A' and sex = 'M'}}
  test_odd:
    {label: Odd, description: Odd, unit: records, tier: T2, over: a day,
     stock: {fact: population, where: process_status = 'A' and sex = 'F'}}
"""


def who(login: str, units: frozenset[str] | None, tier: str = "T2") -> Viewer:
    one = Permission("r", "individual", units, True, False, 6, tier, 0)  # type: ignore[arg-type]
    return Viewer(login, ViewerClass.REGISTRATION, (one,), 1)


KENYA, HALF, LOW = who("ken@x", frozenset({"KEN-CO"})), who("both@x", None), who("low@x", None, "T1")
NOBODY, BOTH = who("nobody@x", frozenset()), who("two-units@x", frozenset({"KEN-CO", "SSD-CO"}))
# Two roles: one counts what is sensitive in Kenya, the other everything else everywhere.
TWO = Viewer("two@x", ViewerClass.REGISTRATION, (*KENYA.permissions, replace(LOW.permissions[0], role="s")), 1)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("DATAPORT_KEYRING", str(tmp_path / "keys" / "keys.json"))
    found = house_of(tmp_path / "home", [*PEOPLE, {"business_unit_id": "SSD-CO"}])
    yield found
    found.close()


@pytest.fixture
def without_ssd(tmp_path: Path, house: House) -> Iterator[House]:
    """The same, and South Sudan has no records."""
    found = house_of(tmp_path / "other", PEOPLE)
    yield found
    found.close()


PEOPLE: list[dict[str, object]] = [
    {"sex_code": "M"}, {}, {}, {"sex_code": "M", "valid_from": datetime(2022, 2, 10)},
    {"business_unit_id": "UGA-CO", "sex_code": "M"},
]  # fmt: skip


def house_of(home: Path, people: list[dict[str, object]]) -> House:
    viewers = (WIDE, KENYA, HALF, LOW, NOBODY, TWO, BOTH)
    write_home(home, world(people), viewers, datetime.now(UTC).replace(tzinfo=None))
    for path in [home, *home.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    known = catalog_with(_KPIS)
    own = replace(known, kpis=tuple(one for one in known.kpis if one.name in ("K91", "K92")))
    return House(read_settings(home), own)


def asker(login: str) -> Asker:
    return Asker(login, "tester")


def test_its_numbers_are_answers_and_its_shape_is_the_contract(house: House) -> None:
    card = scorecard(Wanted(), asker(WIDE.login), house)
    told = json.loads(json.dumps(card.as_dict()))
    assert set(told) == {"kpis", "score", "as_of", "scope"}
    first = told["kpis"][0]
    assert list(first) == [
        "name", "label", "dimension", "severity", "numerator", "denominator", "value", "target", "trend",
    ]  # fmt: skip
    assert (first["name"], first["numerator"], first["denominator"], first["value"]) == ("K91", 3, 6, 0.5)
    assert first["target"] == 0.1
    assert told["as_of"] == "2022-02-28"
    assert [point["as_of"] for point in first["trend"]] == ["2021-12-31", "2022-01-31", "2022-02-28"]
    assert [point["value"] for point in first["trend"]] == [0.4, 0.4, 0.5]


def test_a_unit_is_asked_for_with_all_below_it_and_by_its_name_too(house: House) -> None:
    assert [one.numerator for one in scorecard(Wanted("KEN-CO"), asker(WIDE.login), house).lines] == [2, 2]
    assert [one.numerator for one in scorecard(Wanted("kenya"), asker(WIDE.login), house).lines] == [2, 2]
    assert [one.numerator for one in scorecard(Wanted("HQ"), asker(WIDE.login), house).lines] == [3, 3]


def test_it_is_held_against_another_day(house: House) -> None:
    line = scorecard(Wanted(compare=date(2022, 1, 31)), asker(WIDE.login), house).lines[0]
    assert [(one.as_of, one.value) for one in line.trend] == [(date(2022, 1, 31), 0.4), (date(2022, 2, 28), 0.5)]
    assert line.moved == pytest.approx(0.1) and line.improved == pytest.approx(-0.1)


def test_an_earlier_day_is_told_as_it_was(house: House) -> None:
    assert scorecard(Wanted(as_of=date(2022, 1, 31)), asker(WIDE.login), house).lines[0].numerator == 2
    with pytest.raises(OutsideHistory):
        scorecard(Wanted(as_of=date(2020, 1, 31)), asker(WIDE.login), house)


def test_the_place_among_siblings_is_told_where_all_of_them_are_in_scope(house: House) -> None:
    card = scorecard(Wanted("KEN-CO"), asker(WIDE.login), house)
    # South Sudan has none without, Kenya two in four, Uganda its only one
    assert [(one.rank.place, one.rank.of) for one in card.lines if one.rank] == [(2, 3), (2, 3)]
    assert [one.rank for one in scorecard(Wanted("KEN-CO"), asker(KENYA.login), house).lines] == [None, None]
    assert [one.rank for one in scorecard(Wanted("HQ"), asker(WIDE.login), house).lines] == [None, None]


def test_what_the_role_may_not_be_told_is_there_without_a_number_whatever_it_is(house: House) -> None:
    card = scorecard(Wanted(), asker(LOW.login), house)
    assert [one.is_permitted for one in card.lines] == [True, False]
    refused = card.as_dict()["kpis"][1]
    assert {refused[name] for name in ("numerator", "denominator", "value")} == {None}
    assert refused["trend"] == []
    assert not any("odd" in str(entry.get("question")) for entry in _looks(house)), "nothing of it was asked"


def test_who_may_be_told_nothing_is_refused_and_that_is_written_down(house: House) -> None:
    none = replace(house.catalog, kpis=house.catalog.kpis[1:])
    with pytest.raises(Refused, match="more sensitive"):
        scorecard(Wanted(), asker(LOW.login), House(house.settings, none))
    last = _looks(house)[-1]
    assert (last["door"], last["outcome"]) == ("quality scorecard", "refused")


def test_an_unknown_unit_is_told_with_the_nearest(house: House) -> None:
    with pytest.raises(UnknownName, match=r"There is no unit called 'KEN-C'. Did you mean KEN-CO"):
        scorecard(Wanted("KEN-C"), asker(WIDE.login), house)
    last = _looks(house)[-1]
    assert (last["door"], last["outcome"], last["viewer"]) == ("quality scorecard", "unknown_name", WIDE.login)
    with pytest.raises(WrongRequest, match="no KPIs"):
        scorecard(Wanted(), asker(WIDE.login), House(house.settings, replace(house.catalog, kpis=())))


def test_records_that_are_not_the_viewers_are_not_counted(house: House) -> None:
    line = scorecard(Wanted("UGA-CO"), asker(KENYA.login), house).lines[0]
    assert (line.numerator, line.denominator, line.value) == (0, 0, None)
    nobody = scorecard(Wanted("UGA-CO"), asker(NOBODY.login), house).lines[0]
    assert (nobody.numerator, nobody.denominator, nobody.value) == (0, 0, None)


EMPTY = (
    "No record of South Sudan (SSD-CO) was judged as of 2022-02-28: there is none, or none that this account may count."
)


def test_a_card_of_which_nothing_was_judged_says_so_and_not_why(house: House, without_ssd: House) -> None:
    """A unit without records in the scope, one without records outside it, and one with records outside it."""
    cards = [
        scorecard(Wanted("SSD-CO"), asker(login), where)
        for login, where in ((BOTH.login, without_ssd), (KENYA.login, without_ssd), (KENYA.login, house))
    ]
    assert cards[0].notes[0] == EMPTY and [one.notes for one in cards] == [cards[0].notes] * 3
    assert cards[1].as_dict() == cards[2].as_dict()
    assert [one.as_dict() | {"scope": ""} for one in cards] == [cards[0].as_dict() | {"scope": ""}] * 3
    assert [[row[-1] for row in card_table(one).rows] for one in cards] == [["nothing to judge"] * 3] * 3


def test_a_terminal_says_it_first_and_once(without_ssd: House, capsys: pytest.CaptureFixture[str]) -> None:
    print_card(scorecard(Wanted("SSD-CO"), asker(BOTH.login), without_ssd), Wish("table"))
    said = " ".join(capsys.readouterr().out.split())
    assert said.count(EMPTY) == 1 and said.index(EMPTY) < said.index("No photograph")
    assert "Score: none." in said and "n/a nothing to judge" in said


def test_a_card_of_something_does_not_say_that_there_is_nothing(house: House) -> None:
    assert scorecard(Wanted("SSD-CO"), asker(BOTH.login), house).notes == ()
    nowhere = scorecard(Wanted(), asker(NOBODY.login), house)
    assert nowhere.notes[0] == nothing_judged(None, date(2022, 2, 28))


def test_the_report_of_a_unit_without_records_says_so_on_its_page_and_in_its_workbook(without_ssd: House) -> None:
    told = reported(scorecard(Wanted("SSD-CO"), asker(BOTH.login), without_ssd))
    page = page_of(told)
    assert page.index(EMPTY) < page.index("<h2>Score</h2>"), "said before anything that would be read otherwise"
    assert '<p class="score">none</p>' in page
    assert "All are on target" not in page and "None improved" not in page
    assert page.count("No measure has a value") == page.count("No measure has two values to compare") == 1
    book = workbook_of(told)
    assert [one.value for one in book["About"]["B"]].count(EMPTY) == 1
    assert book["Worst"]["A2"].value == "No measure has a value, so none is held against its target."
    assert book["Improved most"]["A2"].value == "No measure has two values to compare."
    assert [book["Scorecard"][f"Q{row}"].value for row in (2, 3, 4)] == ["nothing to judge"] * 3


def test_the_report_of_a_unit_with_records_says_nothing_of_the_kind(house: House) -> None:
    told = reported(scorecard(Wanted("KEN-CO"), asker(BOTH.login), house))
    assert "was judged" not in page_of(told) and "No measure" not in page_of(told)
    assert workbook_of(told)["Worst"]["A2"].value == "K91"


def test_a_unit_outside_the_scope_is_refused_a_report_by_the_rights_alone(house: House, without_ssd: House) -> None:
    """The same words, whether or not the unit has records."""
    said = set()
    for where in (house, without_ssd):
        with pytest.raises(Refused, match="is outside the scope of this account") as refusal:
            report("SSD-CO", "2022-02", asker(KENYA.login), where)
        said.add(str(refusal.value))
    assert len(said) == 1


def test_what_is_said_of_targets_holds_of_the_lines_that_are_there(house: House) -> None:
    lines = scorecard(Wanted("SSD-CO"), asker(WIDE.login), house).lines
    good = tuple(replace(one, value=one.target) for one in lines)
    assert off_target(good) == "All are on target."
    assert off_target((good[0], replace(good[1], value=None))) == "All that have a value are on target."
    assert improved_none(lines) == "None improved."


def reported(card: Scorecard) -> Report:
    """As `report` makes it for who opens no records: the home of these tests has none."""
    return Report(card, "2022-02", card.worst[:MOST], card.most_improved[:MOST], None, datetime(2022, 3, 1))


def workbook_of(told: Report) -> openpyxl.Workbook:
    out = BytesIO()
    write_report(told, out)
    return openpyxl.load_workbook(BytesIO(out.getvalue()))


def test_the_newest_permissions_are_read_whatever_was_read_before(house: House) -> None:
    """A withdrawn permission is withdrawn at once, also in the middle of a piece of work."""
    assert house.grants(KENYA.login).permissions == KENYA.permissions
    grants = house.settings.grants
    (grants / "000002.duckdb").write_bytes((grants / "000001.duckdb").read_bytes())
    with duckdb.connect(str(grants / "000002.duckdb")) as connection:
        connection.execute("delete from permission")
    (grants / "000002.duckdb").chmod(0o600)
    current = json.loads((grants / "CURRENT").read_text())
    (grants / "CURRENT").write_text(json.dumps({**current, "version": 2, "path": "000002.duckdb"}))
    assert house.grants(KENYA.login).permissions == ()


def test_permissions_are_opened_once_for_each_account(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    scorecard(Wanted("KEN-CO"), asker(KENYA.login), house)
    monkeypatch.setattr(sys.modules["dataport.engines.duckdb.grants"], "open_sealed", None)  # opening would fail
    assert scorecard(Wanted("KEN-CO"), asker(KENYA.login), house).lines[0].denominator == 4
    with pytest.raises(TypeError):
        house.grants(TWO.login)


def test_permissions_that_cannot_be_read_answer_nobody(house: House) -> None:
    (house.settings.grants / "000001.duckdb").write_bytes(b"nothing that could be read")
    with pytest.raises(Damaged):
        scorecard(Wanted(), asker(KENYA.login), house)


def test_permissions_that_are_gone_are_refused_though_they_were_read_before(house: House) -> None:
    house.grants(KENYA.login)
    grants = house.settings.grants
    pointer = (grants / "CURRENT").read_bytes()
    (grants / "CURRENT").unlink()
    with pytest.raises(Damaged):
        house.grants(KENYA.login)
    (grants / "CURRENT").write_bytes(pointer)
    (grants / "000001.duckdb").unlink()
    with pytest.raises(Damaged):
        scorecard(Wanted(), asker(KENYA.login), house)


def test_who_has_two_roles_is_told_of_each_kpi_what_it_comes_to_by_itself(house: House) -> None:
    """One question about both would count the rows that a single role opens with both: those of Kenya alone."""
    card = scorecard(Wanted(), asker(TWO.login), house)
    for line in card.lines:
        kpi = line.kpi
        asked = ask(Request((kpi.indicator, kpi.numerator, kpi.denominator)), asker(TWO.login), house)
        assert [[line.value, line.numerator, line.denominator]] == [[*row.values()] for row in asked.data.to_pylist()]
        assert line.trend[-1].value == line.value
    assert [one.denominator for one in card.lines] == [6, 4]
    assert card.scope == "K91: all rows; K92: rows of business unit KEN-CO"


def test_the_place_is_told_for_the_kpis_whose_siblings_are_all_in_scope(house: House) -> None:
    card = scorecard(Wanted("KEN-CO"), asker(TWO.login), house)
    assert [one.rank and one.rank.place for one in card.lines] == [2, None]


def test_a_kept_card_is_shown_while_its_rights_are_held_and_all_of_it_can_be_asked(house: House) -> None:
    keep(scorecard(Wanted(), asker(TWO.login), house), house)
    assert [one.told["score"] for one in handed_out(asker(TWO.login), house)] == [None]
    gone = House(house.settings, replace(house.catalog, indicators={
        name: one for name, one in house.catalog.indicators.items() if name != "kpi_k91"
    }))  # fmt: skip
    assert handed_out(asker(TWO.login), gone) == ()


def test_every_answer_on_it_is_in_the_log(house: House) -> None:
    before = len(_looks(house))
    scorecard(Wanted("KEN-CO"), asker(WIDE.login), house)
    looks = _looks(house)[before:]
    assert [one["door"] for one in looks] == ["quality scorecard"] * 3, "the card, its trend, its siblings"


def _looks(house: House) -> list[dict[str, object]]:
    return [dict(one) for one in sorted(house.audit().entries(), key=lambda one: one["number"])]


def test_months_are_read_or_refused() -> None:
    assert end_of_month("2022-02") == date(2022, 2, 28)
    assert end_of_month("2024-02") == date(2024, 2, 29)
    for text in ("2022-13", "2022-00", "2022", "Feb 2022", "2022-2", "9999-12", "２０２２-02", ""):
        with pytest.raises(WrongRequest, match="is no month"):
            end_of_month(text)


def test_offices_that_are_below_each_other_end() -> None:
    tree = Offices(
        [Office("A", "B", "First"), Office("B", "A", "Second"), Office("C", None, "Same"), Office("D", "C", "Same")]
    )
    assert tree.below("A") == ("A", "B")
    assert tree.siblings("C") == ("C",)
    with pytest.raises(UnknownName, match="Several are: C, D"):
        tree.named("same")


def test_a_card_is_of_one_version_whatever_is_published_meanwhile(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = count(1)
    current = house.published()
    monkeypatch.setattr("dataport.house.published", lambda _: replace(current, build_number=next(numbers)))
    scorecard(Wanted("KEN-CO"), Asker(HALF.login, "os"), house)
    versions = [one["data_version"] for one in house.audit().entries()]
    assert len(versions) > 1
    assert len(set(versions)) == 1


def test_who_is_nobody_is_not_told_which_units_there_are(house: House) -> None:
    said = set()
    for unit in ("KEN-CO", "KEN-C0", "elsewhere"):
        with pytest.raises(UnknownViewer) as refusal:
            scorecard(Wanted(unit), Asker("stranger@x", "os"), house)
        said.add(str(refusal.value))
    assert len(said) == 1
    assert [one["outcome"] for one in house.audit().entries()] == ["unknown_viewer"] * 3
