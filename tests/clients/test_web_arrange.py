"""Dashboards of one's own: brought as a file, asked in one request, shared, duplicated, taken back, and removed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from .browsing import ANALYST, Site, Watch, goto

NUMBERS = ["active_individuals", "active_refugees", "active_groups", "share_of_children", "average_group_size"]


def described() -> dict[str, object]:
    """A dashboard of twelve tiles, of every kind."""
    tiles: list[dict[str, object]] = [
        {"id": f"n{place}", "kind": "number", "title": name, "place": [place % 4 * 3, place // 4 * 2, 3, 2],
         "ask": {"indicators": [name]}}
        for place, name in enumerate(NUMBERS)
    ]  # fmt: skip
    tiles += [
        {"id": "k1", "kind": "kpi", "title": "No papers", "place": [3, 2, 3, 2], "ask": {"indicators": ["kpi_k09"]}},
        {"id": "k2", "kind": "kpi", "title": "No photo", "place": [6, 2, 3, 2], "ask": {"indicators": ["kpi_k05"]}},
        {"id": "t1", "kind": "text", "title": "Read me", "place": [9, 2, 3, 2], "text": "What this is for."},
        {"id": "c1", "kind": "change", "title": "Why", "place": [0, 4, 6, 4],
         "ask": {"indicators": ["active_individuals"]}},
        {"id": "b1", "kind": "chart", "chart": "bars", "title": "By sex", "place": [6, 4, 6, 4],
         "ask": {"indicators": ["active_individuals"], "by": ["sex"]}},
        {"id": "b2", "kind": "chart", "chart": "pyramid", "title": "Ages", "place": [0, 8, 6, 4],
         "ask": {"indicators": ["active_individuals"], "by": ["age_in_five_years", "sex"]}},
        {"id": "b3", "kind": "table", "title": "Countries", "place": [6, 8, 6, 4],
         "ask": {"indicators": ["active_individuals"], "by": ["country_of_asylum"], "top": 5}},
    ]  # fmt: skip
    return {"name": "twelve", "title": "Twelve", "filters": ["sex"], "tiles": tiles}


@pytest.fixture
def twelve(page: Page, tmp_path: Path) -> Page:
    """The dashboard of twelve tiles, from a file."""
    file = tmp_path / "twelve.yml"
    file.write_text(yaml.safe_dump(described()), encoding="utf-8")
    goto(page, "/#/look/operations")
    more(page, "Operations")
    with page.expect_file_chooser() as waiting:
        page.get_by_role("menuitem", name="From a file").click()
    waiting.value.set_files(file)
    expect(page.get_by_role("heading", level=1)).to_have_text("Twelve")
    return page


def more(page: Page, title: str) -> None:
    page.get_by_role("button", name=f"More about {title}", exact=True).first.click()


def removed(page: Page, title: str) -> None:
    more(page, title)
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name=title, exact=True)).to_have_count(0)


def test_twelve_tiles_are_asked_in_one_request(twelve: Page) -> None:
    asked: list[str] = []
    twelve.on("request", lambda one: asked.append(one.url) if "/api/v1/quer" in one.url else None)
    twelve.reload()
    expect(twelve.locator(".tile")).to_have_count(12)
    expect(twelve.locator(".tile .value")).to_have_count(7)
    expect(twelve.get_by_role("article", name="No papers")).to_contain_text("Target 10.0%")
    expect(twelve.get_by_role("article", name="Countries").get_by_role("grid")).to_be_visible()
    expect(twelve.locator(".tile .waiting")).to_have_count(0)
    # one more is asked where what would be compared lies before history
    assert 1 <= len(asked) <= 2
    removed(twelve, "Twelve")


def test_a_dashboard_is_duplicated_changed_taken_back_and_kept_as_a_file(twelve: Page) -> None:
    twelve.get_by_role("button", name="Arrange").click()
    twelve.locator(".held").first.focus()
    twelve.keyboard.press("Delete")
    expect(twelve.locator(".held")).to_have_count(11)
    twelve.get_by_role("button", name="Undo").click()
    expect(twelve.locator(".held")).to_have_count(12)
    twelve.locator(".held").nth(1).focus()
    twelve.keyboard.press("Delete")
    twelve.get_by_role("button", name="Save", exact=True).click()
    expect(twelve.locator(".held")).to_have_count(0)
    expect(twelve.locator(".tile")).to_have_count(11)
    more(twelve, "Twelve")
    twelve.get_by_role("menuitem", name="Earlier versions").click()
    twelve.get_by_role("menuitem", name=re.compile("^Version 1")).click()
    expect(twelve.locator(".tile")).to_have_count(12)
    more(twelve, "Twelve")
    with twelve.expect_download() as waiting:
        twelve.get_by_role("menuitem", name="Save as a file").click()
    kept = yaml.safe_load(Path(waiting.value.path()).read_text(encoding="utf-8"))
    assert [one["place"] for one in kept["tiles"]] == [one["place"] for one in described()["tiles"]]  # type: ignore[attr-defined]
    more(twelve, "Twelve")
    twelve.get_by_role("menuitem", name="Duplicate").click()
    expect(twelve.get_by_role("heading", level=1)).to_have_text("Twelve, mine")
    removed(twelve, "Twelve, mine")
    twelve.get_by_role("link", name="Twelve", exact=True).click()
    removed(twelve, "Twelve")


def test_a_tile_is_moved_as_soon_as_it_is_there(twelve: Page) -> None:
    """A press between the drawing and what is done after it; the page found no grid to move in."""
    twelve.evaluate(
        """() => new MutationObserver((_, watching) => {
          const button = document.querySelector('.held button[aria-label^="Move"]');
          if (button) { watching.disconnect(); button.click(); window.pressed = button.ariaLabel; }
        }).observe(document.body, {childList: true, subtree: true})"""
    )
    twelve.get_by_role("button", name="Arrange").click()
    expect(twelve.locator(".held")).to_have_count(12)
    assert twelve.evaluate("window.pressed")
    twelve.get_by_role("button", name="Leave").click()
    removed(twelve, "Twelve")


def test_what_is_arranged_is_there_until_it_is_saved_or_given_up(twelve: Page) -> None:
    twelve.get_by_role("button", name="Arrange").click()
    expect(twelve.get_by_role("button", name="More about Twelve", exact=True)).to_have_count(0)
    twelve.locator(".held").first.focus()
    twelve.keyboard.press("Delete")
    expect(twelve.locator("[aria-live]").first).to_contain_text("Undo brings it back")
    expect(twelve.get_by_role("button", name="Undo")).to_be_focused()
    twelve.get_by_role("navigation").get_by_role("link", name="Ask").first.click()
    expect(twelve.locator(".held")).to_have_count(0)
    twelve.go_back()
    twelve.get_by_role("button", name="Arrange").click()
    expect(twelve.locator(".held")).to_have_count(11)
    twelve.get_by_role("button", name="Leave without saving").click()
    twelve.get_by_role("button", name="Go on arranging").click()
    expect(twelve.locator(".held")).to_have_count(11)
    twelve.get_by_role("button", name="Leave without saving").click()
    twelve.get_by_role("dialog").get_by_role("button", name="Leave without saving").click()
    expect(twelve.locator(".tile")).to_have_count(12)
    twelve.get_by_role("button", name="Arrange").click()
    expect(twelve.locator(".held")).to_have_count(12)
    twelve.get_by_role("button", name="Leave without saving").click()
    removed(twelve, "Twelve")


def test_who_signs_out_leaves_whatever_is_not_saved(twelve: Page) -> None:
    """A question of the browser, answered with "stay", would leave on the screen what was seen."""
    asked: list[str] = []
    twelve.on("dialog", lambda one: (asked.append(one.type), one.accept()))
    twelve.route("**/api/v1/sign-out", lambda route: route.fulfill(status=204))
    for leave in ("reload", "sign out"):
        twelve.get_by_role("button", name="Arrange").click()
        twelve.locator(".held").first.focus()
        twelve.keyboard.press("Delete")
        expect(twelve.locator(".held")).to_have_count(11)
        if leave == "reload":
            twelve.reload()
            assert asked == ["beforeunload"]
        else:
            twelve.get_by_role("button", name="Sign out").click()
            expect(twelve.locator(".held")).to_have_count(0)
    assert asked == ["beforeunload"]
    twelve.get_by_role("link", name="Twelve", exact=True).click()
    removed(twelve, "Twelve")


def test_a_name_is_given_where_it_is_arranged_and_where_somebody_was_first(twelve: Page) -> None:
    address = twelve.url
    twelve.get_by_role("button", name="Arrange").click()
    twelve.locator(".held").first.focus()
    twelve.keyboard.press("Delete")
    other = twelve.context.new_page()
    goto(other, address)
    other.get_by_role("button", name="Arrange").click()
    other.get_by_label("Name", exact=True).fill("Thirteen")
    other.get_by_role("button", name="Save", exact=True).click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Thirteen")
    # somebody was first: nothing is written over, and nothing is lost
    twelve.get_by_role("button", name="Save", exact=True).click()
    expect(twelve.get_by_role("alert")).to_contain_text("changed meanwhile")
    twelve.get_by_role("button", name="Save as a dashboard of its own").click()
    expect(twelve.get_by_role("heading", level=1)).to_have_text("Twelve")
    expect(twelve.locator(".tile")).to_have_count(11)
    removed(twelve, "Twelve")
    other.close()
    goto(twelve, address)
    removed(twelve, "Thirteen")


def test_a_ready_made_one_is_arranged_twice_and_duplicated_twice(page: Page) -> None:
    goto(page, "/#/look/statistics")
    for _ in range(2):
        more(page, "Statistics")
        page.get_by_role("menuitem", name="Duplicate").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Statistics, mine")
        page.get_by_role("link", name="Statistics", exact=True).click()
    page.get_by_role("button", name="Arrange").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Give this one another name")
    page.get_by_label("Name", exact=True).fill("Figures of ours")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Figures of ours")
    for name in ("Figures of ours", "Statistics, mine 2", "Statistics, mine"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        removed(page, name)


def test_a_file_under_the_name_of_a_dashboard_is_a_version_of_it_where_one_says_so(
    twelve: Page, tmp_path: Path
) -> None:
    number = twelve.url.split("/")[-1]
    file = tmp_path / "renamed.yml"
    file.write_text(yaml.safe_dump(described() | {"name": f"board_{number}", "title": "Dozen"}), encoding="utf-8")
    for answer in ("Escape", "A further version of Twelve"):
        more(twelve, "Twelve")
        with twelve.expect_file_chooser() as waiting:
            twelve.get_by_role("menuitem", name="From a file").click()
        waiting.value.set_files(file)
        expect(twelve.get_by_role("dialog")).to_contain_text("What is it?")
        if answer == "Escape":
            twelve.keyboard.press("Escape")
            expect(twelve.get_by_role("dialog")).to_have_count(0)
            expect(twelve.get_by_role("heading", level=1)).to_have_text("Twelve")
        else:
            twelve.get_by_role("button", name=answer).click()
    expect(twelve.get_by_role("heading", level=1)).to_have_text("Dozen")
    assert twelve.url.split("/")[-1] == number
    removed(twelve, "Dozen")


def test_a_new_tile_is_led_to_and_a_table_is_a_table(twelve: Page) -> None:
    expect(twelve.get_by_role("article", name="Countries").get_by_role("grid")).to_be_visible()
    twelve.get_by_role("button", name="Arrange").click()
    twelve.get_by_role("button", name="Add a tile").click()
    twelve.get_by_role("dialog").get_by_role("textbox").first.fill("Mine")
    twelve.get_by_role("dialog").get_by_role("button", name="Done").click()
    expect(twelve.locator(".held:focus")).to_have_attribute("aria-label", "Mine")
    expect(twelve.locator(".held:focus")).to_be_in_viewport()
    twelve.get_by_role("button", name="Leave without saving").click()
    twelve.get_by_role("dialog").get_by_role("button", name="Leave without saving").click()
    removed(twelve, "Twelve")


def test_what_is_shared_is_seen_with_the_rights_of_who_looks(twelve: Page, site: Site, browser: Browser) -> None:
    more(twelve, "Twelve")
    twelve.get_by_role("menuitem", name="Share").click()
    twelve.get_by_label("Shared with").select_option("everybody")
    twelve.get_by_role("button", name="Done").click()
    expect(twelve.get_by_role("dialog")).to_have_count(0)  # it is shared, and not before
    mine = twelve.get_by_role("article", name="active_individuals").locator(".value").inner_text()
    context, watch = site.context(browser, ANALYST), Watch(site.address)
    page = goto(watch.over(context.new_page()), "/")
    page.get_by_role("link", name="Twelve", exact=True).click(timeout=60_000)
    expect(page.get_by_role("article", name="active_individuals").locator(".value")).to_have_text(
        re.compile(r"^[\d,]+$")
    )
    assert page.get_by_role("article", name="active_individuals").locator(".value").inner_text() != mine
    context.close()
    assert watch.said == []
    removed(twelve, "Twelve")


def test_a_question_is_kept_opened_shared_and_removed(page: Page, site: Site, browser: Browser) -> None:
    asked = "/#/ask?indicators=active_individuals&by=sex&where=country_of_asylum+%3D+%27KEN%27&geography=as-was&top=2"
    goto(page, asked)
    for time in (1, 2):  # a second one of the same name is its next version
        page.get_by_role("button", name="Keep this question").click()
        page.get_by_label("Name").fill("People of Kenya")
        if time == 2:
            expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("next version")
        page.get_by_role("dialog").get_by_role("button", name="Keep this question").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
    goto(page, "/#/ask")
    page.get_by_role("button", name="Kept questions").click()
    page.get_by_role("button", name="Share: People of Kenya").click()
    page.get_by_label("Shared with").select_option("everybody")
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_label("Shared with")).to_have_count(0)
    page.get_by_role("link", name="People of Kenya").click()
    for word in ("geography=as-was", "top=2", "by=sex"):
        assert word in page.url
    context, watch = site.context(browser, ANALYST), Watch(site.address)
    theirs = goto(watch.over(context.new_page()), "/#/ask")
    theirs.get_by_role("button", name="Kept questions").click()
    expect(theirs.get_by_role("link", name="People of Kenya")).to_be_visible()
    expect(theirs.get_by_role("button", name=re.compile("^(Share|Remove): People of Kenya"))).to_have_count(0)
    context.close()
    assert watch.said == []
    page.get_by_role("button", name="Kept questions").click()
    page.get_by_role("button", name="Remove: People of Kenya").click()
    expect(page.get_by_role("link", name="People of Kenya")).to_have_count(0)
