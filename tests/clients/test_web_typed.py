"""What somebody types stands until they hand it in, whatever arrives meanwhile and however the page is drawn again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .browsing import REGISTRAR, Site, goto

FILTERED = "where=sex+%3D+%27F%27"


@pytest.fixture
def officer(site: Site, browser: Browser) -> Iterator[Page]:
    with site.page(browser, REGISTRAR) as page:
        yield page


def held_back(page: Page, path: str) -> list[Route]:
    """Requests that are not answered before somebody has typed."""
    waiting: list[Route] = []
    page.route(path, lambda route: waiting.append(route))
    return waiting


def let_go(page: Page, waiting: list[Route], path: str) -> None:
    for route in waiting:
        route.continue_()
    page.unroute(path)
    page.wait_for_load_state("networkidle")


def test_what_a_list_is_for_stands_when_an_answer_arrives(officer: Page) -> None:
    goto(officer, "/#/quality/K09")
    expect(officer.get_by_label("What for")).to_be_visible()
    waiting = held_back(officer, "**/api/v1/query")
    officer.evaluate(f"location.hash = '#/quality/K09?{FILTERED}'")
    expect(officer.locator(".chip.on")).to_be_visible()
    officer.get_by_label("What for").fill("Calling people")
    let_go(officer, waiting, "**/api/v1/query")
    expect(officer.locator(".figures dd").first).to_contain_text("%")
    expect(officer.get_by_label("What for")).to_have_value("Calling people")
    # another filter lists other records, for the same errand
    officer.locator(".chip.on button").click()
    expect(officer.locator(".chip.on")).to_have_count(0)
    expect(officer.get_by_label("What for")).to_have_value("Calling people")


def test_a_unit_stands_when_the_scorecard_arrives(officer: Page) -> None:
    goto(officer, "/#/quality")
    path = "**/api/v1/quality/scorecard**"
    waiting = held_back(officer, path)
    officer.evaluate("location.hash = '#/quality?as_of=2021-06-30'")
    expect(officer.locator("input[name=as_of]")).to_have_value("2021-06-30")
    officer.locator("input[name=unit]").fill("FO-K")
    let_go(officer, waiting, path)
    expect(officer.locator(".head")).to_contain_text("2021")
    expect(officer.locator("input[name=unit]")).to_have_value("FO-K")


def test_how_many_stands_when_an_answer_arrives_and_follows_the_address(page: Page) -> None:
    goto(page, "/#/ask?indicators=active_individuals&by=country_of_asylum&view=table")
    most = page.locator("input[type=number]")
    expect(most).to_have_value("")
    waiting = held_back(page, "**/api/v1/query")
    page.evaluate("location.hash = '#/ask?indicators=active_individuals&by=country_of_asylum&top=3&view=table'")
    expect(most).to_have_value("3")
    most.press_sequentially("1")
    let_go(page, waiting, "**/api/v1/query")
    expect(page.get_by_role("grid")).to_be_visible()
    expect(most).to_have_value("31")
    most.press("Enter")
    expect(page).to_have_url(re.compile("top=31"))
    # both steps in one are no step: the rows of the one are there before the other
    expect(page.get_by_role("rowheader").nth(5)).to_be_visible()
    page.go_back()
    expect(most).to_have_value("3")
