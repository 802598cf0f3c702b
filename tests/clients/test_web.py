"""The pages in a real browser: what somebody does first, by mouse, by keyboard alone, and as a screen reader has it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .browsing import ANALYST, LEAVING, STATISTICIAN, Site, Watch, answering, goto

ASKED = "/#/ask?indicators=active_individuals&by=country_of_asylum&by=sex&across_table=sex&view=table&totals=yes"


def test_dashboards_show_numbers_with_their_date_scope_and_age(page: Page) -> None:
    goto(page, "/")
    tile = page.get_by_role("article", name="Active individuals")
    expect(tile.locator(".value")).to_have_text(re.compile(r"^[\d,]+$"))
    # this warehouse knows one day: the number is there, and what it would be compared with is not
    expect(tile.locator(".difference")).to_have_text(re.compile("^No comparison: outside"))
    expect(tile.locator("footer")).to_contain_text(re.compile(r"\d+ \w+ 20\d\d · all rows · read "))
    for name in ("Statistics", "Data quality"):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        expect(page.locator(".value").first).to_be_visible()


def test_a_page_that_comes_late_is_not_shown_to_who_went_back(page: Page) -> None:
    held: list[Route] = []
    page.route("**/app/ask.js", lambda one: held.append(one))
    goto(page, "/#/look/statistics")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/api/v1/quer" in one.url else None)
    page.get_by_role("link", name="Ask", exact=True).click()
    expect(page).to_have_url(re.compile("#/ask"))
    # until it is there, nothing of another dashboard is asked
    expect(page.get_by_role("heading", level=1)).to_have_text("Statistics")
    for _ in range(500):
        if not held:
            page.wait_for_timeout(20)
    assert held and not asked
    page.go_back()
    expect(page).to_have_url(re.compile("#/look/statistics"))
    held[0].continue_()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    expect(page.get_by_role("heading", level=1)).to_have_text("Statistics")
    page.get_by_role("link", name="Ask", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Statistics")


def test_a_question_is_put_together_by_mouse_by_drag_and_by_menu_alike(page: Page) -> None:
    addresses = []
    for put in (_by_click, _by_drag, _by_menu):
        goto(page, "/#/ask")
        page.get_by_role("button", name="Active individuals", exact=True).click()
        page.wait_for_selector(".result .chart, .result .grid")
        put(page)
        expect(page.locator(".shelf").first.get_by_role("button", name="Sex ▾")).to_be_visible()
        addresses.append(page.url)
    assert len(set(addresses)) == 1


def _by_click(page: Page) -> None:
    page.locator(".fieldrow .name", has_text=re.compile("^Sex$")).click()


def _by_drag(page: Page) -> None:
    source = page.locator(".fieldrow .name", has_text=re.compile("^Sex$"))
    source.scroll_into_view_if_needed()
    source.drag_to(page.get_by_role("group", name="Rows"))


def _by_menu(page: Page) -> None:
    page.get_by_role("button", name="More about Sex", exact=True).click()
    page.get_by_role("menuitem", name="To the rows").click()


def test_a_question_is_put_together_by_keyboard_alone(page: Page) -> None:
    goto(page, "/#/ask")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("share of children")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "Share of children":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(re.compile("row|added"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # the menu of the same field, which takes the focus
    expect(page.locator("[role=menu] [role=menuitem]").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="More about Share of children")).to_be_focused()
    expect(page.locator(".result")).to_contain_text("Share of children")


def test_a_table_is_walked_by_arrows_and_leads_on(page: Page) -> None:
    goto(page, ASKED)
    grid = page.get_by_role("grid")
    grid.focus()
    for key in ("ArrowDown", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    menu = page.get_by_role("menu")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    for wanted in ("Filter by Country of asylum", "Break it down by", "A finer place", "Why did it change?", "What is"):
        expect(menu.get_by_role("menuitem", name=wanted).first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".chip.filters")).to_contain_text("Country of asylum:")
    page.go_back()
    expect(page.locator(".chip.filters")).to_have_count(0)


def test_the_accessibility_tree_says_what_the_eye_sees(page: Page) -> None:
    goto(page, ASKED)
    tree = page.locator("body").aria_snapshot()
    seen = ("banner:", "navigation", "main:", "grid ", "columnheader", "rowheader", "gridcell", "status")
    for wanted in (*(f"- {one}" for one in seen), 'group "Rows"', 'group "Filters"', '- combobox "When"'):
        assert wanted in tree, wanted


def test_a_link_opens_the_same_elsewhere_and_carries_no_rights(page: Page, site: Site, browser: Browser) -> None:
    goto(page, ASKED)
    shown = page.get_by_role("grid").inner_text()
    other = site.context(browser)
    assert goto(other.new_page(), page.url).get_by_role("grid").inner_text() == shown
    other.close()
    fewer = site.context(browser, ANALYST)
    theirs = goto(fewer.new_page(), page.url)
    expect(theirs.get_by_role("grid")).to_contain_text("Kenya")
    expect(theirs.get_by_role("grid")).not_to_contain_text("Uganda")
    fewer.close()


def test_a_click_in_one_tile_filters_the_others_with_a_badge(page: Page) -> None:
    goto(page, "/#/look/operations")
    bars = page.get_by_role("article", name="People by country of asylum")
    before = page.get_by_role("article", name="Active individuals").locator(".value").inner_text()
    bars.get_by_role("button", name=re.compile("Kenya")).click()
    page.get_by_role("menuitem", name=re.compile("^Filter by Country of asylum")).click()
    expect(page.locator(".filters .chip.on")).to_contain_text("Kenya")
    expect(page.get_by_role("article", name="Active individuals").locator(".value")).not_to_have_text(before)
    expect(bars).to_contain_text("Uganda")  # the tile that was clicked in is left as it is
    page.get_by_role("button", name=re.compile("^Remove the filter")).click()
    expect(page.get_by_role("article", name="Active individuals").locator(".value")).to_have_text(before)


def test_why_a_number_moved_has_both_ends_and_what_lies_between(page: Page) -> None:
    columns = [("start", "start"), ("registrations", "movement"), ("deaths", "movement"), ("end", "end")]
    meta = {"question": "why", "data_version": 1, "as_of": "2022-02-28", "scope": "all rows", "limits": []}
    told = {
        "columns": [
            {"name": name, "label": name.capitalize(), "type": "integer", "unit": "persons", "role": role}
            for name, role in columns
        ],
        "rows": [[100, 9, -2, 107]], "status": [{"row": 0, "column": "deaths", "code": "not_for_release"}],
        "totals": [], "members": {}, "meta": {**meta, "viewer_class": "registration"},
    }  # fmt: skip
    answering(page, told, "**/api/v1/change")
    goto(page, "/#/why?indicators=active_individuals&between=2021-12-31..2022-02-28")
    picture = page.get_by_role("img", name=re.compile("Why it moved"))
    said = picture.get_attribute("aria-label") or ""
    assert "Start 100; Registrations +9; Deaths -2*; End 107" in said


def test_the_question_is_copied_as_it_is_asked_elsewhere(page: Page) -> None:
    goto(page, ASKED)
    page.get_by_role("button", name="Copy the question").click()
    said = page.get_by_role("dialog").inner_text()
    assert "dataport ask active_individuals --by country_of_asylum --by sex --totals" in said
    assert "/api/v1/query" in said and "port.ask(" in said
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Copy the question")).to_be_focused()


@pytest.mark.parametrize("form", ["Excel", "spreadsheets", "JSON", "Parquet", "Arrow"])
def test_an_answer_is_downloaded(page: Page, form: str) -> None:
    goto(page, ASKED)
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as waiting:
        page.get_by_role("menuitem", name=re.compile(form)).click()
    assert waiting.value.suggested_filename.startswith("active_individuals.")


def test_a_dashboard_is_arranged_by_keys_kept_and_taken_back(page: Page) -> None:
    goto(page, "/#/look/operations")
    page.get_by_role("button", name="Arrange").click()
    tile = page.locator(".held").first
    expect(tile).to_be_visible()
    tile.focus()
    for key in ("Enter", "Shift+ArrowRight", "Enter"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_have_text(re.compile("is dropped"))
    tile.focus()
    for key in ("Enter", "ArrowDown", "Escape"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_have_text(re.compile("back where it was"))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Operations, mine")
    page.get_by_role("button", name="More about Operations, mine", exact=True).click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name="Operations, mine")).to_have_count(0)


def test_two_accounts_in_turn_see_nothing_of_each_other(site: Site, browser: Browser) -> None:
    context, watch = site.context(browser, LEAVING), Watch(site.address)
    page = goto(watch.over(context.new_page()), ASKED)
    expect(page.get_by_role("grid")).to_contain_text("Kenya")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator(".signin")).to_be_visible()
    assert context.cookies() == []
    kept = page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length,"
        " (await caches.keys()).length]"
    )
    assert kept == [0, 0, 0, 0]
    page.go_back()
    expect(page.locator("body")).not_to_contain_text("Kenya")
    context.close()
    assert [one for one in watch.said if "401" not in one] == []


def test_nothing_is_asked_of_anywhere_else_and_all_is_kept_for_ever(site: Site, browser: Browser) -> None:
    context, watch = site.context(browser, STATISTICIAN), Watch(site.address)
    page = watch.over(context.new_page())
    answers = []
    page.on("response", lambda one: answers.append(one))
    goto(page, "/")
    assert watch.said == []
    files = [one for one in answers if "/static/" in one.url]
    assert all("immutable" in one.headers["cache-control"] for one in files)
    assert all(one.headers.get("content-encoding") for one in files if one.url.endswith(".js"))
    assert "script-src 'self'" in answers[0].headers["content-security-policy"]
    context.close()
