"""What `ask` returns equals a count taken straight in the store.

For every indicator and every breakdown that goes with it, three viewers, three dates, and both kinds of store.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from dataport.ask import Asker, ask, open_house
from dataport.errors import Refused
from dataport.house import House
from dataport.semantic import DateRange, Request, breaks_down

from .conftest import DATES, Lived
from .counting import (
    ARRIVAL_LEVELS,
    ASSISTANCE_LEVELS,
    DOCUMENT_LEVELS,
    EVENT_LEVELS,
    GROUP_LEVELS,
    NEED_LEVELS,
    OF_AGES,
    OF_ASSISTANCE,
    OF_EVENTS,
    OF_GROUPS,
    OF_PERSONS,
    OF_THINGS,
    OF_WHOLE,
    PERSON_LEVELS,
    PLACED_BY,
    SCOPED_BY,
    Row,
    expected,
)
from .test_quality import OF_EPISODES, OF_QUALITY

# The bureau's analyst has a role of tier T1 whose finest place is level 2.
TOO_FINE_FOR_A_BUREAU = {"location", "location_level_3", "location_level_4", "has_specific_need"}
OF_NEEDS = {"individuals_with_specific_needs", "share_with_specific_needs", "active_specific_needs"}
OF_NEEDS |= {"unaccompanied_and_separated_children", "needs_per_group"}
TOO_SENSITIVE_FOR_A_BUREAU = OF_NEEDS | {"needs_per_person_in_need"}
# Documents themselves, not who has a valid one.
# No analyst may count documents, nor whether somebody has one.
NOT_FOR_ANALYSTS = {"valid_documents", "individuals_with_valid_document", "share_with_valid_document"}
OWN_LEVELS = {
    "active_specific_needs": NEED_LEVELS,
    "valid_documents": DOCUMENT_LEVELS,
    "needs_per_person_in_need": SCOPED_BY,
    "unaccompanied_and_separated_children": NEED_LEVELS,
    "needs_per_group": PLACED_BY,
    **dict.fromkeys(OF_ASSISTANCE, ASSISTANCE_LEVELS),
    "arrivals": ARRIVAL_LEVELS,
}
# What is made of several dates is held against the answers for each of them.
OVER_TIME = {
    "average_active_individuals", "birth_rate", "change_in_active_individuals", "documented_within_90_days",
    "yearly_change_in_active_individuals", "yearly_change_in_registrations",
}  # fmt: skip
VIEWERS = {
    "statistician.hq@example.org": None,
    "analyst.ken@example.org": "CO-KEN",
    "analyst.mena@example.org": "RB-MENA",
}
FLOWS = (*OF_EVENTS, "net_change", "persons_verified")
STOCKS = (*OF_PERSONS, *OF_WHOLE, *OF_AGES)

# Each kind of store on a worker of its own, for a home is made once for each worker that needs it.
KINDS = [
    pytest.param("sqlite", marks=pytest.mark.xdist_group("homes")),
    pytest.param("postgres", marks=pytest.mark.xdist_group("homes on postgres")),
]
pytestmark = pytest.mark.parametrize("lived", KINDS, indirect=True)


def _levels(indicator: str) -> tuple[str, ...]:
    if indicator in OWN_LEVELS:
        return OWN_LEVELS[indicator]
    if indicator in OF_GROUPS:
        return GROUP_LEVELS
    return EVENT_LEVELS if indicator in FLOWS else PERSON_LEVELS


def _house(lived: Lived) -> House:
    return open_house(lived.settings)


def _span(day: date) -> DateRange:
    """The month that ends on the day."""
    return DateRange(day.replace(day=1), day)


def _answers(house: House, login: str, indicators: list[str], level: str, day: date) -> dict[str, Row]:
    """Indicator to member to number. Where nothing was counted the member is left out, as in a count by hand."""
    period = _span(day) if indicators[0] in (*FLOWS, *OF_ASSISTANCE, "arrivals") else None
    request = Request(tuple(indicators), (level,), as_of=None if period else day, period=period)
    rows = ask(request, Asker(login, "tests"), house).data.to_pylist()
    # a quotient may be 0 of something; a share of the whole that is 0 is a cell that others have been counted in
    shares = {name for name in indicators if house.catalog.indicator(name).type == "number"} - set(OF_WHOLE)
    return {
        name: {row[level]: row[name] for row in rows if row[name] is not None and (row[name] or name in shares)}
        for name in indicators
    }


def test_the_tests_cover_the_whole_catalogue(lived: Lived) -> None:
    catalog = _house(lived).catalog
    counted = {*STOCKS, *FLOWS, *OF_GROUPS, *OF_THINGS, *OWN_LEVELS}
    kpis = {name for kpi in catalog.kpis for name in (kpi.indicator, kpi.numerator, kpi.denominator)}
    assert set(catalog.public_indicators()) == counted | OVER_TIME | {*OF_QUALITY, *OF_EPISODES} | kpis
    for name in counted:
        own = [level.name for level in catalog.levels.values() if breaks_down(catalog, catalog.indicator(name), level)]
        assert set(own) == set(_levels(name)), name


def _subjects(login: str, day: date) -> list[tuple[list[str], tuple[str, ...]]]:
    """The indicators that a viewer may ask together on a day, and the breakdowns that go with them."""
    hidden, too_fine = (TOO_SENSITIVE_FOR_A_BUREAU, TOO_FINE_FOR_A_BUREAU) if "mena" in login else (set(), set())
    if not login.startswith("statistician"):
        # nor may one see the finest recorded place, whatever level it has
        hidden, too_fine = hidden | NOT_FOR_ANALYSTS, too_fine | {"has_valid_document", "location"}
    alone = [(name,) for name in OWN_LEVELS]
    alone = [names for names in alone if day != DATES[0] or names[0] not in (*OF_ASSISTANCE, "arrivals")]
    subjects = [STOCKS, OF_GROUPS, *alone] + ([FLOWS] if day != DATES[0] else [])
    asked = [[name for name in subject if name not in hidden] for subject in subjects]
    return [(names, tuple(level for level in _levels(names[0]) if level not in too_fine)) for names in asked if names]


@pytest.mark.parametrize("login", VIEWERS)
@pytest.mark.parametrize("day", DATES, ids=str)
def test_ask_equals_the_store(lived: Lived, login: str, day: date) -> None:
    house, world, span = _house(lived), lived.worlds[day], _span(day)
    top = VIEWERS[login]
    units = world.units_below[top] if top else None
    for indicators, levels in _subjects(login, day):
        for level in levels:
            told = _answers(house, login, indicators, level, day)
            for indicator in indicators:
                counted = expected(world, indicator, level, units, span.first, span.last)
                assert told[indicator] == pytest.approx(counted, abs=1e-12), (indicator, level)


def test_the_viewers_have_something_to_see(lived: Lived) -> None:
    world = lived.worlds[DATES[-1]]
    for top in filter(None, VIEWERS.values()):
        for indicator in ("active_individuals", "active_groups", "new_registrations"):
            assert expected(world, indicator, "country_of_asylum", world.units_below[top], DATES[0], DATES[-1])


def test_what_a_role_does_not_permit_is_refused(lived: Lived) -> None:
    house, login = _house(lived), "analyst.mena@example.org"
    for level in TOO_FINE_FOR_A_BUREAU:
        with pytest.raises(Refused):
            _answers(house, login, ["active_individuals"], level, DATES[0])
    for indicator in TOO_SENSITIVE_FOR_A_BUREAU | NOT_FOR_ANALYSTS:
        with pytest.raises(Refused):
            _answers(house, login, [indicator], "country_of_asylum", DATES[0])


def test_a_viewer_of_one_country_sees_that_country_and_nothing_else(lived: Lived) -> None:
    login, asked = "analyst.ken@example.org", ["registered_individuals"]
    told = _answers(_house(lived), login, asked, "country_of_asylum", DATES[-1])
    assert set(told["registered_individuals"]) == {"KEN"}


def test_a_trend_is_the_single_answers_side_by_side(lived: Lived) -> None:
    house, asker = _house(lived), Asker("statistician.hq@example.org", "tests")
    period = DateRange(date(2021, 12, 1), date(2022, 2, 28))
    names = ("active_individuals", "average_group_size", "share_of_children")
    trend = ask(Request(names, ("unhcr_bureau",), period=period, grain="month"), asker, house).data.to_pylist()
    for number, day in enumerate(DATES):
        single: list[dict[str, Any]] = ask(Request(names, ("unhcr_bureau",), as_of=day), asker, house).data.to_pylist()
        month = [{k: v for k, v in row.items() if k != "period"} for row in trend[number :: len(DATES)]]
        assert month == single


def test_totals_are_what_the_coarser_question_answers(lived: Lived) -> None:
    """Computed at their own grain: a share's total is neither the sum nor the mean of the shares above it."""
    house, asker, day = _house(lived), Asker("analyst.mena@example.org", "tests"), DATES[-1]
    names, by = ("active_individuals", "average_group_size", "share_of_children"), ("country_of_asylum", "operation")
    totals = ask(Request(names, by, as_of=day, totals=True), asker, house).totals
    assert {total.levels for total in totals} >= {(), by[:1]}
    for total in totals:
        single = ask(Request(names, total.levels, as_of=day), asker, house).data
        assert total.data.select([*total.levels, *names]).to_pylist() == single.to_pylist(), total.levels


def test_stocks_and_flows_reconcile(lived: Lived) -> None:
    """Last month's end, and what was recorded since, make this month's end."""
    house, asker = _house(lived), Asker("statistician.hq@example.org", "tests")
    before, after = (
        ask(Request(("registered_individuals",), as_of=day), asker, house).data.column(0)[0].as_py()
        for day in DATES[1:]
    )
    by_kind = ask(
        Request(("new_registrations",), ("event_type",), period=_span(DATES[2])), asker, house
    ).data.to_pylist()
    new = sum(row["new_registrations"] for row in by_kind)
    gone = sum(e["event_type"] == "deletion" and e["at"].date() > DATES[1] for e in lived.worlds[DATES[2]].events)
    assert after == before + new - gone


def test_an_average_is_that_of_the_days_and_a_change_that_of_two(lived: Lived) -> None:
    house, asker = _house(lived), Asker("statistician.hq@example.org", "tests")
    month, by = _span(DATES[2]), ("unhcr_bureau",)

    def cells(request: Request, name: str) -> dict[Any, Any]:
        rows = ask(request, asker, house).data.to_pylist()
        return {row["unhcr_bureau"]: row[name] for row in rows}

    days = ask(Request(("active_individuals",), by, period=month, grain="day"), asker, house).data.to_pylist()
    average = cells(Request(("average_active_individuals",), by, period=month), "average_active_individuals")
    number = (month.last - month.first).days + 1
    for member, told in average.items():
        daily = [row["active_individuals"] for row in days if row["unhcr_bureau"] == member]
        assert told == pytest.approx(sum(daily) / number)
    now, before = (cells(Request(("active_individuals",), by, as_of=day), "active_individuals") for day in DATES[:0:-1])
    change = cells(Request(("change_in_active_individuals",), by, period=month), "change_in_active_individuals")
    assert change == {member: now[member] - before[member] for member in now}
