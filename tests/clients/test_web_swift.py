"""Little comes before the first number, on a thin line too; tables draw what is in sight; long questions can end."""

from __future__ import annotations

import json
import re
from typing import Any

from playwright.sync_api import Browser, Page, Route, expect

from .browsing import Site, answering, goto
from .test_web_honest import told

# A field office: 400 ms to and fro, 256 kbit/s.
THIN = {"offline": False, "latency": 400, "downloadThroughput": 32_000, "uploadThroughput": 32_000}
# When the first number stands there, and what had come by then, by the page's own clock.
FIRST = """new MutationObserver(() => {
  if (!window.first && document.querySelector(".tile .value")) window.first = performance.now();
}).observe(document, { childList: true, subtree: true });"""
SEEN = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const seen = all.filter(one => one.responseEnd <= window.first);
  return { seconds: window.first / 1000, bytes: seen.reduce((sum, one) => sum + one.transferSize, 0),
    modules: seen.filter(one => one.name.endsWith(".js")).length };
}"""


def test_the_first_number_comes_soon_on_a_thin_line(site: Site, browser: Browser) -> None:
    """The best of three: a machine that does other things too is slow by itself."""
    seen = [first_number(site, browser)]
    while seen[-1]["seconds"] >= 6 and len(seen) < 3:
        seen.append(first_number(site, browser))
    assert all(one["modules"] <= 12 and one["bytes"] <= 70_000 for one in seen), seen
    assert seen[-1]["seconds"] < 6, seen


def first_number(site: Site, browser: Browser) -> dict[str, float]:
    context = site.context(browser)
    page = context.new_page()
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.send("Network.emulateNetworkConditions", THIN)
    page.add_init_script(FIRST)
    page.goto("/", wait_until="commit")
    page.wait_for_selector(".tile .value")
    seen: dict[str, float] = page.evaluate(SEEN)
    context.close()
    return seen


def large(rows: int, numbers: int) -> dict[str, Any]:
    """An answer of so many cells."""
    answer = told(["location"], [[f"L{row}", *range(row, row + numbers)] for row in range(rows)], [])
    level, number = answer["columns"]
    names = [{**number, "name": f"n{place}", "label": f"Number {place}"} for place in range(numbers)]
    return {**answer, "columns": [level, *names]}


def test_a_table_of_fifty_thousand_cells_scrolls_without_long_work(page: Page, browser: Browser) -> None:
    answering(page, large(5_000, 10))
    goto(page, "/#/ask?indicators=active_individuals&by=location&view=table")
    page.wait_for_selector(".grid td.number")
    browser.start_tracing(page=page, categories=["toplevel"])
    for step in range(20):
        page.evaluate(f"document.querySelector('.grid').scrollTop = {step * 2_400}")
        page.wait_for_timeout(30)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    named = [one for one in events if one.get("name") == "thread_name" and one["args"]["name"] == "CrRendererMain"]
    main = {(one["pid"], one["tid"]) for one in named}
    tasks = [one for one in events if (one["pid"], one["tid"]) in main and one["name"].endswith("RunTask")]
    # what the processor worked: where a machine does other things too, the clock counts those
    assert 0 < max(one.get("tdur", 0) for one in tasks) < 50_000
    assert page.locator(".grid tbody tr").count() < 60
    expect(page.get_by_role("rowheader", name="L1520", exact=True)).to_be_visible()


def test_a_wide_table_draws_the_columns_in_sight(page: Page) -> None:
    answering(page, large(50, 400))
    goto(page, "/#/ask?indicators=active_individuals&by=location&view=table")
    page.wait_for_selector(".grid td.number")
    assert page.locator("[role=gridcell]").count() < 50 * 40
    page.get_by_role("grid").focus()
    page.keyboard.press("Control+End")
    expect(page.locator(".here")).to_have_text("448")


def test_a_long_question_says_how_long_and_is_given_up(page: Page) -> None:
    waiting: list[Route] = []
    goto(page, "/#/ask?indicators=active_individuals&by=sex&view=table")
    page.route("**/api/v1/query", lambda route: waiting.append(route))
    page.locator(".fieldrow .name", has_text=re.compile("^Age group$")).click()
    expect(page.locator(".progress")).to_contain_text(re.compile(r"Asking for \d+\.\d s"))
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator(".progress")).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("Cancelled")
    expect(page.get_by_role("grid")).to_contain_text("Female")


def test_nothing_moves_where_less_motion_is_wanted(page: Page) -> None:
    page.route("**/api/v1/queries", lambda route: None)
    page.goto("/#/look/operations")
    page.wait_for_selector(".tile .waiting")
    assert page.evaluate("document.getAnimations().length") == 0


def test_a_tile_is_dragged_and_kept_where_it_was_dropped(page: Page) -> None:
    goto(page, "/#/look/statistics")
    page.get_by_role("button", name="Arrange").click()
    held = page.locator('[gs-id="refugees"]')
    expect(held).to_be_visible()
    # tiles move while their numbers come in
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)
    grip, there = held.locator(".grip").bounding_box(), page.locator('[gs-id="women"]').bounding_box()
    assert grip and there
    page.mouse.move(grip["x"] + 4, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(there["x"] + 20, there["y"] + 40, steps=12)
    page.mouse.up()
    expect(held).not_to_have_attribute("gs-x", re.compile("^(0|)$"))
    moved = held.get_attribute("gs-x")
    page.get_by_role("button", name="Leave without saving").click()
    page.get_by_role("dialog").get_by_role("button", name="Leave without saving").click()
    page.get_by_role("button", name="Arrange").click()
    assert moved is not None
    expect(page.locator('[gs-id="refugees"]')).not_to_have_attribute("gs-x", moved)


def test_what_people_write_into_records_is_shown_and_does_nothing(page: Page) -> None:
    evil = "<img src=x onerror=window.evil=1>"
    columns = [{"name": name, "label": evil} for name in ("id", "notes", "link")]
    answering(page, {"columns": columns, "rows": [["a1", evil, "javascript:window.evil=1"]], "more": 0},
              "**/api/v1/records")  # fmt: skip
    goto(page, "/#/records/active_individuals")
    page.get_by_label("What for").fill(evil)
    page.get_by_role("button", name="List them").click()
    expect(page.locator(".listing tbody")).to_contain_text(evil)
    assert page.locator(".listing a").count() == 0
    assert page.evaluate("window.evil") is None
