"""Who reads protected statistics has the same pages over the cube: what is not shown says so, and says no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .browsing import READER, Site, goto

TABLE = "/#/ask?indicators=active_individuals&by=country_of_asylum&by=sex&across_table=sex&view=table&totals=yes"


@pytest.fixture
def reader(site: Site, browser: Browser) -> Iterator[Page]:
    with site.page(browser, READER) as page:
        yield page


def test_dashboards_say_once_that_they_are_protected(reader: Page) -> None:
    goto(reader, "/#/look/operations")
    expect(reader.get_by_role("article", name="Active individuals").locator(".value")).to_be_visible()
    expect(reader.locator("main").get_by_text("Protected statistics:")).to_have_count(1)
    tile = reader.get_by_role("article", name="Who came and who left")
    expect(tile).to_contain_text("Not among the protected statistics.")
    expect(tile.locator(".problem")).to_have_count(0)
    goto(reader, "/#/look/statistics")
    expect(
        reader.get_by_role("article", name="Where they come from").locator("svg [role=button]").first
    ).to_be_visible()


def test_a_table_of_the_cube_shows_marks_and_explains_each_once(reader: Page) -> None:
    goto(reader, TABLE)
    expect(reader.get_by_role("grid")).to_be_visible()
    cells = reader.locator("[role=gridcell]").all_inner_texts()
    assert any(one.startswith(":") for one in cells)
    assert all(one.strip() and one.strip() != "0" for one in cells)
    # every cell that is not shown is the same as every other, whether it is withheld or nothing was there
    hidden = {" ".join(one.split()) for one in cells if one.startswith(":")}
    assert hidden == {": not shown, to protect people"}
    notes = reader.locator(".result .notes").inner_text()
    assert notes.count(":") == 1 and "not shown" in notes
    expect(reader.locator(".result .foot").get_by_text("protected: each number")).to_have_count(1)


def test_what_can_be_asked_is_what_the_cube_holds(reader: Page) -> None:
    goto(reader, "/#/ask?indicators=active_individuals&by=sex")
    listed = reader.locator(".fieldrow .name")
    expect(listed.filter(has_text="Age group").first).to_be_visible()
    expect(listed.filter(has_text="Location level 3")).to_have_count(0)
    reader.locator("svg [role=button]").first.click()
    expect(reader.get_by_role("menuitem", name="Break it down by")).to_be_visible()
    expect(reader.get_by_role("menuitem", name="See these records")).to_have_count(0)
    goto(reader, "/#/ask?indicators=active_individuals&by=marital_status&by=age_group&by=sex&by=location")
    expect(reader.get_by_role("alert")).to_contain_text("not among the protected statistics")
