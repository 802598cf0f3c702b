"""From a number to the records behind it, and what is done with them: for who may open them, by mouse and by keys."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from .browsing import REGISTRAR, Site, goto

BY_SEX = "/#/ask?indicators=active_individuals&by=sex&view="
PURPOSE = "Calling people for an interview"


@pytest.fixture
def officer(site: Site, browser: Browser) -> Iterator[Page]:
    """A page of a registrar, who may open the records of an operation."""
    with site.page(browser, REGISTRAR) as page:
        yield page


def listed(page: Page, purpose: str = PURPOSE) -> None:
    page.get_by_label("What for").fill(purpose)
    page.get_by_role("button", name="List them").click()
    expect(page.locator(".listing tbody tr").first).to_be_visible()


def test_a_bar_leads_to_its_records_by_mouse(officer: Page) -> None:
    goto(officer, f"{BY_SEX}bars")
    officer.locator("svg [role=button][aria-label^=Female]").click()
    officer.get_by_role("menuitem", name="See these records").click()
    expect(officer.get_by_role("heading", level=1)).to_have_text("The records behind: Active individuals")
    assert "sex+%3D+%27F%27" in officer.url
    listed(officer)
    assert set(officer.locator(".listing tbody tr td:nth-child(9)").all_inner_texts()) <= {"F"}
    assert "interview" not in officer.url


def test_with_places_as_they_were_the_records_are_of_them_too(officer: Page) -> None:
    goto(officer, f"{BY_SEX}bars&geography=as-was")
    officer.locator("svg [role=button][aria-label^=Female]").click()
    officer.get_by_role("menuitem", name="See these records").click()
    with officer.expect_request("**/api/v1/records") as asked:
        listed(officer)
    assert asked.value.post_data_json["geography"] == "as-was"


def test_a_cell_leads_to_its_records_by_keys_alone(officer: Page) -> None:
    goto(officer, f"{BY_SEX}table")
    officer.get_by_role("grid").focus()
    officer.keyboard.press("Enter")
    # the first letter goes to it
    officer.keyboard.press("s")
    expect(officer.get_by_role("menuitem", name="See these records")).to_be_focused()
    officer.keyboard.press("Enter")
    officer.get_by_label("What for").focus()
    officer.keyboard.type(PURPOSE)
    officer.keyboard.press("Enter")
    expect(officer.locator(".listing tbody tr").first).to_be_visible()


def test_who_may_open_no_records_is_not_led_to_any(page: Page) -> None:
    goto(page, f"{BY_SEX}bars")
    page.locator("svg [role=button]").first.click()
    expect(page.get_by_role("menuitem", name="Why did it change?")).to_be_visible()
    expect(page.get_by_role("menuitem", name="See these records")).to_have_count(0)
    goto(page, "/#/quality/K09")
    expect(page.get_by_role("heading", level=1)).to_have_text("No valid UNHCR document")
    expect(page.get_by_label("What for")).to_have_count(0)
    # an address carries no rights
    goto(page, "/#/records/active_individuals")
    page.get_by_label("What for").fill(PURPOSE)
    page.get_by_role("button", name="List them").click()
    expect(page.get_by_role("alert")).to_contain_text("None of this viewer's roles permits opening")


def test_the_others_together_lead_nowhere_that_would_be_about_more_than_them(page: Page) -> None:
    goto(page, "/#/ask?indicators=active_individuals&by=country_of_asylum&top=3&other=yes&view=bars")
    page.locator("svg [role=button][aria-label^=Other]").click()
    for name in ("Break it down by", "A finer place", "Why did it change?"):
        expect(page.get_by_role("menuitem", name=name)).to_have_attribute("aria-disabled", "true")


def test_a_scorecard_leads_to_a_kpi_to_records_and_to_the_working_list(officer: Page) -> None:
    goto(officer, "/#/quality")
    expect(officer.locator(".asked")).to_have_text(re.compile(r"\d+ of 31 checks miss their target"))
    # fields by their weight, and no records
    expect(officer.get_by_role("row", name="Completeness Factor")).to_contain_text(re.compile(r"\d of [\d,]+ points"))
    officer.get_by_role("link", name="No valid UNHCR document").click()
    expect(officer.locator(".definition")).to_contain_text("The person holds no valid document of UNHCR")
    officer.get_by_role("combobox", name="By").select_option("sex")
    officer.locator("section svg [role=button][aria-label^=Female]").click()
    officer.get_by_role("menuitem", name="Filter by").click()
    expect(officer.locator(".chip.on")).to_contain_text("Sex: Female")
    listed(officer, "Correcting records")
    officer.get_by_role("button", name="Pick all").click()
    officer.get_by_role("button", name="Note", exact=True).click()
    officer.get_by_role("dialog").get_by_label("What to remember").fill("Asked for papers")
    officer.get_by_role("button", name="Done").click()
    expect(officer.locator(".listing tbody tr").first).to_contain_text("Asked for papers")
    # what was done is said, and seen, beside what the list says of itself
    expect(officer.locator(".listing .newer")).to_have_text(re.compile(r"^\d+ records: done$"))
    expect(officer.get_by_role("status")).to_contain_text(re.compile(r"records: done The answer has"))
    officer.locator(".listing tbody input").first.check()
    officer.get_by_role("button", name="Give to somebody").click()
    officer.get_by_role("button", name="Done").click()
    expect(officer.locator(".listing .newer")).to_have_text("1 record: done")
    goto(officer, "/#/quality/work")
    listed(officer, "Correcting records")
    expect(officer.locator(".listing tbody tr", has_text="assigned").first).to_contain_text(REGISTRAR)


def test_units_are_ranked_and_lead_to_their_scorecards(officer: Page) -> None:
    goto(officer, "/#/quality/units")
    officer.locator(".card tbody a").first.click()
    expect(officer.get_by_role("link", name="All units")).to_be_visible()
    assert "unit=FO-KEN" in officer.url
