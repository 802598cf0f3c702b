"""Where a cell leads is about the number that was clicked: its days, its filters. Or it is refused, with a reason."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, Page, expect

from .browsing import REGISTRAR, Site, answering, goto
from .test_web_honest import told

KENYA, FEMALE = "country_of_asylum = 'unhcr:KEN'", "sex = 'F'"
LEADS = ("Break it down by", "A finer place", "Over twelve months", "Over its days", "By week", "Why did it change?",
         "See these records")  # fmt: skip
DAYS = {"as_of": "2022-02-28", "compared_with": {"as_of": "2021-12-31", "flows": "2021-11-01..2021-12-31"}}
FLOWS = {"as_of": "2022-02-28", "flows": "2022-01-15..2022-02-28"}


def answered(levels: dict[str, Any], numbers: list[str], **meta: Any) -> dict[str, Any]:
    """An answer of one row."""
    found = told([*levels], [[*levels.values(), *range(40, 40 + len(numbers))]], [])
    (number,) = found["columns"][len(levels) :]
    roles = {"start": "start", "end": "end", "deaths": "movement"}
    found["columns"][len(levels) :] = [
        {
            **number,
            "name": one,
            "label": one,
            "role": roles.get(one, "movement" if one == "active_individuals_change" else "indicator"),
        }
        for one in numbers
    ]
    for column in found["columns"]:
        if column["name"] == "period":
            column["label"] = "Month"
    return {**found, "meta": {**found["meta"], **meta}}


@pytest.fixture
def officer(site: Site, browser: Browser) -> Iterator[Page]:
    with site.page(browser, REGISTRAR) as page:
        yield page


def opened(page: Page, address: str, answer: dict[str, Any], cell: int = 0, path: str = "**/api/v1/query") -> Page:
    """The menu of a cell of a table."""
    answering(page, answer, path)
    goto(page, address)
    page.get_by_role("gridcell").nth(cell).click()
    expect(page.get_by_role("menuitem", name="What is this number?")).to_be_visible()
    return page


def led(page: Page, *names: str) -> tuple[str, dict[str, list[str]]]:
    """Where items of the menu lead: the page and its words."""
    before = page.url
    for name in names:
        page.get_by_role("menuitem", name=name, exact=True).click()
    page.wait_for_url(lambda url: url != before)
    place, _, words = page.url.partition("#/")[2].partition("?")
    return place, parse_qs(words)


COMPARED = (
    "/#/ask?indicators=active_individuals&by=country_of_asylum&by=sex&where=country_of_origin+is+unknown"
    "&where=active_individuals+>=+3&as_of=2022-02-28&compare=2021-12-31&geography=as-was&view=table"
    "&top=5&order=active_individuals:desc&totals=yes"
)
WITHIN = ["country_of_origin is unknown", KENYA, FEMALE]
HERE = {"indicators": ["active_individuals"], "where": WITHIN, "geography": ["as-was"]}
BOTH = {"as_of": ["2022-02-28"], "compare": ["2021-12-31"]}


@pytest.mark.parametrize(
    ("cell", "names", "place", "words"),
    [
        (0, ("Break it down by", "Population type"), "ask", {**HERE, **BOTH, "by": ["population_type"]}),
        (0, ("A finer place", "Location, level 1"), "ask", {**HERE, **BOTH, "by": ["location_level_1"]}),
        (0, ("Over twelve months",), "ask", {**HERE, "grain": ["month"], "period": ["2021-03-01..2022-02-28"]}),
        (1, ("Over twelve months",), "ask", {**HERE, "grain": ["month"], "period": ["2021-01-01..2021-12-31"]}),
        (0, ("Why did it change?",), "why", {**HERE, "between": ["2021-12-31..2022-02-28"]}),
        (2, ("Why did it change?",), "why", {**HERE, "between": ["2021-12-31..2022-02-28"]}),
        (0, ("See these records",), "records/active_individuals",
         {"where": WITHIN, "as_of": ["2022-02-28"], "geography": ["as-was"]}),
        (1, ("See these records",), "records/active_individuals",
         {"where": WITHIN, "as_of": ["2021-12-31"], "geography": ["as-was"]}),
    ],
)  # fmt: skip
def test_a_cell_of_places_as_they_were_leads_to_them(
    officer: Page, cell: int, names: tuple[str, ...], place: str, words: dict[str, list[str]]
) -> None:
    answer = answered(
        {"country_of_asylum": "KEN", "sex": "F"},
        ["active_individuals", "active_individuals_before", "active_individuals_change"], **DAYS,
    )  # fmt: skip
    opened(officer, COMPARED, answer, cell)
    assert led(officer, *names) == (place, words)


def test_why_asks_of_places_as_they_were_and_says_so(officer: Page) -> None:
    opened(officer, COMPARED, answered({"country_of_asylum": "KEN", "sex": "F"}, ["active_individuals"], **DAYS))
    answering(officer, answered({}, ["start", "deaths", "end"], **DAYS), "**/api/v1/change")
    with officer.expect_request("**/api/v1/change") as asked:
        officer.get_by_role("menuitem", name="Why did it change?").click()
    assert asked.value.post_data_json == {
        "indicator": "active_individuals", "between": ["2021-12-31", "2022-02-28"], "by": [], "where": WITHIN,
        "geography": "as-was",
    }  # fmt: skip
    expect(officer.get_by_label("Places")).to_have_value("as-was")
    with officer.expect_request("**/api/v1/change") as again:
        officer.get_by_label("Places").select_option("today")
    assert "geography" not in again.value.post_data_json


TREND = "/#/ask?indicators={}&by=sex&grain=month&period=2022-01-15..2022-02-28&geography=as-was&view=table"
JANUARY = {"where": [FEMALE], "geography": ["as-was"], "period": ["2022-01-15..2022-01-31"]}


@pytest.mark.parametrize("indicator", ["new_registrations", "net_change", "active_individuals", "share_of_children"])
def test_a_cell_of_a_trend_leads_to_the_days_of_its_period(officer: Page, indicator: str) -> None:
    answer = answered({"period": "2022-01-01", "sex": "F"}, [indicator], **FLOWS)
    opened(officer, TREND.format(indicator), answer)
    here = {**JANUARY, "indicators": [indicator]}
    assert led(officer, "Break it down by", "Population type") == ("ask", {**here, "by": ["population_type"]})
    opened(officer, TREND.format(indicator), answer)
    assert led(officer, "By week") == ("ask", {**here, "grain": ["week"]})


def test_a_breakdown_by_a_period_is_a_trend_too(officer: Page) -> None:
    address = "/#/ask?indicators=new_registrations&by=month&by=sex&period=2022-01-15..2022-02-28&view=table"
    opened(officer, address, answered({"period": "2022-01-01", "sex": "F"}, ["new_registrations"], **FLOWS))
    place, words = led(officer, "Break it down by", "Population type")
    assert (place, words["period"], words["where"]) == ("ask", ["2022-01-15..2022-01-31"], [FEMALE])


def test_why_a_point_of_a_trend_moved_is_told_of_its_period(officer: Page) -> None:
    answer = answered({"period": "2022-02-01", "sex": "F"}, ["active_individuals"], as_of="2022-02-20", flows=None)
    opened(officer, TREND.format("active_individuals"), answer)
    place, words = led(officer, "Why did it change?")
    assert (place, words["between"], words["geography"]) == ("why", ["2022-01-31..2022-02-20"], ["as-was"])


@pytest.mark.parametrize(
    ("numbers", "meta", "why", "offered"),
    [
        (["share_of_active_total"], DAYS, "A share is of the other rows", set()),
        (["new_registrations"], FLOWS, "Only a count", {*LEADS} - {"Why did it change?"}),
        (["median_age"], DAYS, "Only a count", {*LEADS} - {"Why did it change?"}),
        (["cumulative_registrations"], FLOWS, "other days too",
         {"Break it down by", "A finer place", "See these records"}),
    ],
)  # fmt: skip
def test_what_would_be_about_another_number_is_refused_with_the_reason(
    officer: Page, numbers: list[str], meta: dict[str, Any], why: str, offered: set[str]
) -> None:
    address = f"/#/ask?indicators={numbers[0]}&by=sex&view=table"
    opened(officer, address, answered({"sex": "F"}, numbers, **meta))
    seen = officer.locator("[role=menuitem]").filter(has_text=re.compile("|".join(map(re.escape, LEADS))))
    for item in seen.all():
        is_offered = any(item.inner_text().startswith(name) for name in offered)
        assert (item.get_attribute("aria-disabled") is None) == is_offered, item.inner_text()
    expect(officer.get_by_role("menu")).to_contain_text(why)


def test_a_movement_is_no_number_of_a_day_and_both_ends_are(officer: Page) -> None:
    address = "/#/why?indicators=active_individuals&between=2021-12-31..2022-02-28&by=sex&geography=as-was"
    answer = answered({"sex": "F"}, ["start", "deaths", "end"], **DAYS)
    opened(officer, address, answer, 1, "**/api/v1/change")
    for name in ("Break it down by", "Over twelve months", "Why did it change?", "See these records"):
        expect(officer.get_by_role("menuitem", name=name)).to_have_attribute("aria-disabled", "true")
    for cell, day in ((0, "2021-12-31"), (2, "2022-02-28")):
        opened(officer, address, answer, cell, "**/api/v1/change")
        assert led(officer, "See these records")[1] == {"where": [FEMALE], "as_of": [day], "geography": ["as-was"]}


def test_a_tile_leads_on_with_the_filters_of_its_dashboard_and_its_places(page: Page) -> None:
    ask = {"indicators": ["active_individuals"], "geography": "as-was", "where": ["active_individuals > 0"]}
    board = {"name": "b", "title": "B", "filters": [], "tiles": [
        {"id": "a", "kind": "number", "title": "A", "place": [0, 0, 6, 2], "ask": ask},
        {"id": "w", "kind": "change", "title": "W", "place": [6, 0, 6, 2],
         "ask": {"indicators": ["active_individuals"], "geography": "as-was", "compare": "2021-12-31",
                 "as_of": "2022-02-28"}},
    ]}  # fmt: skip
    answering(page, {"dashboards": [board]}, "**/api/v1/dashboards")
    one = answered({}, ["active_individuals"], as_of="2022-02-28")
    lines = [
        {"id": "a", "status": 200, "body": one},
        {"id": "w", "status": 200, "body": answered({}, ["start", "end"], **DAYS)},
    ]
    body = "\n".join(map(json.dumps, lines))
    page.route("**/api/v1/queries", lambda route: route.fulfill(body=body, content_type="application/x-ndjson"))
    address = "/#/look/b?where=sex+%3D+%27F%27&from="
    goto(page, address)
    page.get_by_role("button", name="More about A", exact=True).click()
    place, words = led(page, "Why did it change?")
    assert (place, words) == ("why", {"indicators": ["active_individuals"], "where": [FEMALE], "until": ["2022-02-28"],
                                      "geography": ["as-was"]})  # fmt: skip
    goto(page, address)
    foot = page.get_by_role("article", name="W", exact=True).locator("footer")
    expect(foot).to_contain_text("31 Dec 2021 to 28 Feb 2022")
    page.get_by_role("button", name="More about W", exact=True).click()
    place, words = led(page, "Ask further")
    assert (place, words) == ("why", {"indicators": ["active_individuals"], "where": [FEMALE],
                                      "between": ["2021-12-31..2022-02-28"], "geography": ["as-was"]})  # fmt: skip


def test_a_tile_whose_own_filter_gave_way_says_so(page: Page) -> None:
    ask = {"indicators": ["active_individuals"], "where": ["sex = 'M'"]}
    tile = {"id": "a", "kind": "number", "title": "Men", "place": [0, 0, 6, 2], "ask": ask}
    board = {"name": "b", "title": "B", "filters": ["sex"], "tiles": [tile]}
    answering(page, {"dashboards": [board]}, "**/api/v1/dashboards")
    goto(page, "/#/look/b?where=sex+%3D+%27F%27&from=")
    expect(page.get_by_role("article", name="Men").locator(".badge")).to_have_text(re.compile("^instead of sex: M"))
