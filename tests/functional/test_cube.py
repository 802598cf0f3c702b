"""The protected statistics of a home: built by the refresh, asked by anybody, and never made twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

import dataport
from dataport.ask import ask, catalog_for, members, open_house
from dataport.cube import build as building
from dataport.cube.build import OtherPolicy, build_due, build_month
from dataport.cube.status import status_of
from dataport.disclosure.protected.mapping import NotProtected
from dataport.disclosure.protected.served import ServedCube
from dataport.disclosure.release import SafeTable
from dataport.disclosure.words import marks_in
from dataport.errors import Refused, WrongRequest
from dataport.house import House
from dataport.semantic import Request
from dataport.visit import Asker

from .conftest import Lived

EXCEL = Asker("excel.hq@example.org", "tests")
EXACT = Asker("statistician.hq@example.org", "tests")
LAST = date(2022, 2, 28)


@pytest.fixture(scope="module")
def house(sqlite_home: Lived) -> House:
    return open_house(sqlite_home.settings)


def numbers(table: SafeTable, *levels: str) -> dict[tuple[Any, ...], Any]:
    """The first indicator of each row."""
    name = next(one.name for one in table.columns if one.role == "indicator")
    return {tuple(row[level] for level in levels): row[name] for row in table.data.to_pylist()}


def test_a_refresh_built_every_month_that_was_due(house: House) -> None:
    found = status_of(house)
    assert [one.day for one in found.snapshots] == [date(2021, 12, 31), date(2022, 1, 31), LAST]
    assert (found.due, found.problems) == ((), ())
    assert build_due(house, lambda _: None) == ()


def test_numbers_are_near_the_truth_and_the_same_however_they_are_asked_for(house: House) -> None:
    by = ("country_of_asylum",)
    answer = ask(Request(("active_individuals",), by), EXCEL, house)
    told, exact = numbers(answer, *by), numbers(ask(Request(("active_individuals",), by), EXACT, house), *by)
    shown = {row: value for row, value in told.items() if value is not None}
    assert len(shown) > 10
    # each value is of the day that it says
    since = {tuple(told)[one.row]: one.since for one in answer.status if one.code == "kept"}
    assert set(since.values()) <= {date(2021, 12, 31), date(2022, 1, 31)} and 0 < len(since) < len(shown)
    for day in {LAST, *since.values()}:
        then = numbers(ask(Request(("active_individuals",), by, as_of=day), EXACT, house), *by)
        assert all(abs(value - then[row]) <= 5 for row, value in shown.items() if since.get(row, LAST) == day)
    ((country,), value) = max(shown.items(), key=lambda one: one[1])
    one = Request(("active_individuals",), where=(f"country_of_asylum = '{country}'",))
    assert numbers(ask(one, EXCEL, house)) == {(): value}
    with_totals = ask(Request(("active_individuals",), (*by, "sex"), totals=True), EXCEL, house)
    totals = {
        tuple(row[level] for level in by): row["active_individuals"] for row in with_totals.totals[1].data.to_pylist()
    }
    assert totals[country,] == value
    lesser = replace(EXACT, as_class=EXCEL.as_class)
    assert numbers(ask(Request(("active_individuals",), by), lesser, house), *by) == exact


def test_groups_are_counted_at_their_focal_points_and_means_are_made_of_perturbed_parts(house: House) -> None:
    # of the first month: beside what was printed, a home as small as this one is told the ages of few countries later
    first, by = date(2021, 12, 31), ("country_of_asylum",)
    for name, off in (
        ("active_focal_points", 5),
        ("active_individuals_per_focal_point", 0.2),
        ("average_age", 1.5),
    ):
        asked = Request((name,), by, as_of=first)
        told, exact = (numbers(ask(asked, who, house), *by) for who in (EXCEL, EXACT))
        shown = {row: value for row, value in told.items() if value is not None}
        assert len(shown) > 5, name
        whole, true = (numbers(ask(Request((name,), as_of=first), who, house))[()] for who in (EXCEL, EXACT))
        assert abs(whole - true) <= off, name
        assert any(value != exact[row] for row, value in shown.items())
    assert numbers(ask(Request(("active_focal_points",), by), EXCEL, house))
    foot = ask(Request(("average_age",)), EXCEL, house).meta["limits"]
    assert any("perturbed sum" in one for one in foot)
    by_age = Request(("average_age",), ("age_group",))
    with pytest.raises(NotProtected):
        ask(by_age, EXCEL, house)


def test_every_row_of_a_public_list_is_there_whether_anybody_is_in_it_or_not(house: House) -> None:
    answer = ask(Request(("active_individuals",), ("country_of_asylum",)), EXCEL, house)
    assert answer.data.num_rows == 117
    assert {one.code for one in answer.status} <= {"withheld", "kept"}
    assert 0 not in answer.data.column("active_individuals").to_pylist()


def test_what_is_not_told_is_refused_in_one_wording_before_a_snapshot_is_opened(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def touched(*_: Any) -> Any:
        raise AssertionError("data was touched")

    monkeypatch.setattr(ServedCube, "table", touched)
    monkeypatch.setattr(House, "figures", touched)
    refused = (
        Request(("active_individuals",), ("sex", "age_group", "marital_status", "accommodation")),
        Request(("active_individuals",), ("location", "sex", "age_group")),
        Request(("active_individuals",), ("has_specific_need",), ("need_category = 'SV'",)),
        Request(("active_individuals",), where=("need_category = 'SV'",)),
        Request(("active_individuals",), where=("need_category = 'DS'", "has_specific_need = true")),
        Request(("active_individuals",), where=("sex != 'F'",)),
        Request(("active_individuals",), where=("country_of_asylum in ('KEN', 'UGA')",)),
        Request(("active_individuals",), where=("active_individuals > 5",)),
        Request(("registered_individuals",)),
        Request(("median_age",)),
        Request(("active_individuals",), ("occupation",)),
        Request(("active_individuals",), as_of=date(2022, 1, 15)),
    )
    said = set()
    for request in refused:
        with pytest.raises(Refused) as problem:
            ask(request, EXCEL, house)
        said.add(str(problem.value))
    assert said == {str(NotProtected())}


def test_lookups_open_no_figures(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(House, "figures", lambda *_: pytest.fail("the figures were opened"))
    trend = Request(("active_individuals", "share_of_children"), ("country_of_asylum",), grain="month")
    answer = ask(trend, EXCEL, house)
    assert {row["period"] for row in answer.data.to_pylist()} >= {date(2022, 1, 1), date(2022, 2, 1)}
    assert answer.meta["protected"]["most_off"] == 5
    compared = ask(Request(("individuals_with_specific_needs",), compare=date(2022, 1, 31)), EXCEL, house)
    assert compared.meta["protected"]["most_off"] == 10


def test_what_rare_categories_are_left_out_of_says_so(house: House) -> None:
    """Refugees are few in some countries, and Others there: of all countries together they are missing too."""
    for name, is_said in (("active_refugees", True), ("active_individuals", False)):
        answer = ask(Request((name,)), EXCEL, house)
        limits = " ".join(answer.meta["limits"])
        assert ("rare in their country is counted in that country's Other" in limits) == is_said
        assert answer.meta["protected"]["recoded"] == (["population_type"] if is_said else [])
        assert ("that country's Other" in catalog_for(EXCEL, house).indicators[name].description) == is_said
    by_origin = ask(Request(("active_individuals",), by=("country_of_origin",)), EXCEL, house)
    assert by_origin.meta["protected"]["recoded"] == ["country_of_origin"]
    of_days = ask(Request(("active_individuals",), grain="week"), EXCEL, house)
    assert "ends of months" in " ".join(said for _, _, said in marks_in(of_days))


def test_the_catalog_of_that_class_shows_what_the_cube_holds(house: House) -> None:
    told = catalog_for(EXCEL, house)
    assert {"active_individuals", "share_of_children"} <= set(told.public_indicators())
    assert not {"registered_individuals", "median_age", "active_groups"} & set(told.public_indicators())
    assert "occupation" not in told.levels and "sex" in told.levels
    for name in told.public_indicators():
        ask(Request((name,)), EXCEL, house)
    assert catalog_for(EXACT, house) is house.catalog


@pytest.mark.parametrize("level", ["sex", "country_of_origin", "location", "is_focal_point"])
def test_the_members_of_what_the_cube_holds_are_listed(level: str, house: House) -> None:
    """By something that it holds at that level: the places of all who have needs are too many, those of all are not."""
    assert members(level, EXCEL, house).data.column(level).to_pylist()


def test_a_state_that_is_told_to_that_class_counts_nothing(house: House) -> None:
    with dataport.open(house.settings.home, viewer=EXACT.login) as port:
        whole = port.status()
    with dataport.open(house.settings.home, viewer=EXCEL.login) as port:
        told = port.status()
    assert whole.sources and whole.versions and whole.figures_bytes
    assert (told.watermark, told.data_version, told.last_refresh) == (
        whole.watermark,
        whole.data_version,
        whole.last_refresh,
    )
    assert told.protected and told.protected.served[-1] == LAST
    counted = (told.sources, told.damaged, told.versions, told.problems, told.notes, told.broken, told.last_run)
    assert counted == ((), (), (), (), (), (), None)
    assert told.figures_bytes + told.records_bytes + told.landing_bytes + told.warehouse_bytes == 0


def test_what_is_served_is_never_built_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WrongRequest, match="never built again"):
        build_month(house, LAST, lambda _: None)
    with pytest.raises(WrongRequest, match="cannot be built"):
        build_month(house, date(2022, 3, 31), lambda _: None)
    monkeypatch.setattr(building, "policy_version", lambda: "another")
    with pytest.raises(OtherPolicy):
        build_month(house, LAST, lambda _: None)


def test_a_grant_that_was_narrowed_stops_the_build(house: House) -> None:
    narrow = House(structs.replace(house.settings, cube_viewer="analyst.ken@example.org"), house.catalog)
    with pytest.raises(Refused, match="narrowed"):
        building.service_viewer(narrow)


def test_a_served_file_that_was_changed_is_not_shown(house: House, tmp_path: Path) -> None:
    served = house.statistics()
    cube = served.of(LAST)
    assert cube
    assert set(cube.names()) >= {"all", "country_of_asylum", "country_of_asylum+sex"}
    columns = set(cube.table("country_of_asylum+sex").column_names)
    assert columns == {"unhcr_bureau", "country_of_asylum", "sex", "persons", "as_of"}
