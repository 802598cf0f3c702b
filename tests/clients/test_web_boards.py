"""A dashboard while it is open: in full, on paper, by keys, and when newer figures are published."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from .browsing import ANALYST, Site, Watch, answering, goto
from .test_web_drills import answered

STATUS = {"watermark": "2022-02-28T23:59:59Z", "last_refresh": "2022-03-01T01:00:00Z", "sources": []}
OPERATIONS = "/#/look/operations"


class Service:
    """A service whose version of the data can change while a page is open."""

    def __init__(self, page: Page) -> None:
        self.version, self.asked, self.held = 1, list[list[str]](), list[Route]()
        self.is_held = False
        page.route("**/api/v1/status", lambda route: route.fulfill(json={**STATUS, "data_version": self.version}))
        page.route("**/api/v1/queries", self.answer)

    def answer(self, route: Route) -> None:
        if self.is_held:
            self.held.append(route)
            return
        questions = route.request.post_data_json["questions"]
        self.asked.append([one["id"] for one in questions])
        body = "\n".join(json.dumps(self.line(one)) for one in questions)
        headers = {"Dataport-Data-Version": str(self.version)}
        route.fulfill(body=body, content_type="application/x-ndjson", headers=headers)

    def line(self, question: dict[str, Any]) -> dict[str, Any]:
        """A number that tells of which version it is; outside history where it is compared with an earlier day."""
        if question.get("compare") == "2001-12-31":
            return {"id": question["id"], "status": 422, "body": {"code": "outside_history", "detail": "Too early."}}
        told = answered({}, ["active_individuals"], as_of="2022-02-28", data_version=self.version)
        told["rows"] = [[1000 * self.version]]
        return {"id": question["id"], "status": 200, "body": told}


def board(*asks: dict[str, Any]) -> dict[str, Any]:
    tiles = [
        {"id": f"t{place}", "kind": "number", "title": f"T{place}", "place": [place * 3, 0, 3, 2],
         "ask": {"indicators": ["active_individuals"], **ask}}
        for place, ask in enumerate(asks)
    ]  # fmt: skip
    return {"dashboards": [{"name": "b", "title": "B", "filters": [], "tiles": tiles}]}


@pytest.mark.parametrize(
    ("ask", "said"),
    [({}, "= 0 since 31 Jan 2022"), ({"period": "last-month"}, "= 0 against 1 Jan 2022 to 31 Jan 2022")],
)
def test_what_is_counted_over_days_stands_against_other_days(page: Page, ask: dict[str, Any], said: str) -> None:
    before = {"as_of": "2022-01-31", "flows": "2022-01-01..2022-01-31"}
    numbers = ["active_individuals", "active_individuals_change"]
    told = answered({}, numbers, flows="2022-02-01..2022-02-28", compared_with=before)
    told["rows"] = [[40, 0]]
    body = json.dumps({"id": "t0", "status": 200, "body": told})
    page.route("**/api/v1/queries", lambda route: route.fulfill(body=body, content_type="application/x-ndjson"))
    answering(page, board({"compare": "previous", **ask}), "**/api/v1/dashboards")
    goto(page, "/#/look/b")
    expect(page.locator(".tile .difference")).to_have_text(said)


def looked_at_again(page: Page) -> None:
    """Somebody comes back to the window."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_newer_figures_are_said_and_shown_all_at_once(page: Page) -> None:
    service = Service(page)
    answering(page, board({}, {"as_of": "2022-02-28"}), "**/api/v1/dashboards")
    goto(page, "/#/look/b")
    values = page.locator(".tile .value")
    expect(values).to_have_text(["1,000", "1,000"])
    looked_at_again(page)
    page.wait_for_load_state("networkidle")
    assert len(service.asked) == 1  # nothing is newer, and nothing is asked again
    service.version, service.is_held = 2, True
    with page.expect_request("**/api/v1/queries"):
        looked_at_again(page)
    expect(page.locator(".newer")).to_contain_text("newer figures")
    expect(page.get_by_role("status")).to_contain_text("newer figures")
    # until all of the new ones are there, the old ones are, dimmed
    expect(values).to_have_text(["1,000", "1,000"])
    expect(page.locator(".tile.old")).to_have_count(2)
    service.is_held = False
    service.answer(service.held.pop())
    expect(values).to_have_text(["2,000", "2,000"])
    expect(page.locator(".newer")).to_have_count(0)


def test_what_is_asked_a_second_time_is_of_no_other_version_than_the_rest(page: Page) -> None:
    service = Service(page)
    answering(page, board({}, {"compare": "2001-12-31"}), "**/api/v1/dashboards")

    def publish() -> None:
        service.version = 2 if service.asked else 1

    page.on("request", lambda one: publish() if one.url.endswith("/queries") else None)
    goto(page, "/#/look/b")
    expect(page.locator(".tile .value")).to_have_text(["2,000", "2,000"])
    assert service.asked == [["t0", "t1"], ["t1"], ["t0", "t1"]]
    expect(page.get_by_role("article", name="T1")).to_contain_text("No comparison")


@pytest.fixture
def printing(site: Site, browser: Browser) -> Iterator[Page]:
    """A page whose printer is a mark in it."""
    context, watch = site.context(browser), Watch(site.address)
    page = watch.over(context.new_page())
    page.add_init_script("window.print = () => { window.isPrinted = true; }")
    yield goto(page, OPERATIONS)
    context.close()
    assert watch.said == []


def menu_by_keys(page: Page, title: str, letter: str) -> None:
    """The dashboard's menu, and the item with a first letter, by keys alone."""
    page.get_by_role("button", name=f"More about {title}", exact=True).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[role=menu] [role=menuitem]").first).to_be_focused()
    if letter:
        page.keyboard.press(letter)
    page.keyboard.press("Enter")


@pytest.mark.parametrize("way", ["mouse", "keys"])
def test_a_dashboard_is_seen_in_full_and_printed(printing: Page, way: str) -> None:
    page = printing
    if way == "mouse":
        page.get_by_role("button", name="More about Operations", exact=True).first.click()
        page.get_by_role("menuitem", name="Full screen").click()
    else:
        menu_by_keys(page, "Operations", "")  # it is the first
    expect(page.locator("#main:fullscreen")).to_be_visible()
    # what a tile leads to is reached in full, too
    page.get_by_role("button", name="More about Active individuals", exact=True).click()
    expect(page.get_by_role("menuitem", name="Ask further")).to_be_visible()
    page.keyboard.press("Escape")
    page.evaluate("document.exitFullscreen()")
    if way == "mouse":
        page.get_by_role("button", name="More about Operations", exact=True).first.click()
        page.get_by_role("menuitem", name="Print").click()
    else:
        menu_by_keys(page, "Operations", "p")
    assert page.evaluate("window.isPrinted") is True


def test_a_dashboard_on_paper_has_its_numbers_and_no_buttons(page: Page) -> None:
    goto(page, OPERATIONS)
    page.emulate_media(media="print")
    expect(page.get_by_role("article", name="Active individuals").locator(".value")).to_be_visible()
    for gone in (".top nav", ".tabs", ".titled button", ".tile .more"):
        expect(page.locator(gone).first).to_be_hidden()


def test_dashboards_are_gone_through_by_keys(page: Page) -> None:
    goto(page, OPERATIONS)
    page.get_by_role("link", name="Statistics").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Statistics")
    expect(page.get_by_role("link", name="Statistics")).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Operations")


def share(page: Page, kind: str, name: str) -> None:
    page.get_by_role("button", name="More about Operations, mine", exact=True).first.click()
    page.get_by_role("menuitem", name="Share").click()
    page.get_by_label("Shared with").select_option(kind)
    if name:
        page.get_by_label("Which").fill(name)
    page.get_by_role("button", name="Done").click()


def test_what_is_shared_with_a_role_is_seen_until_it_is_not(page: Page, site: Site, browser: Browser) -> None:
    goto(page, OPERATIONS)
    page.get_by_role("button", name="More about Operations", exact=True).first.click()
    page.get_by_role("menuitem", name="Duplicate").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Operations, mine")
    context, watch = site.context(browser, ANALYST), Watch(site.address)
    theirs = watch.over(context.new_page())
    link = theirs.get_by_role("link", name="Operations, mine")
    for kind, name, sees in (
        ("role", "Country analyst", 1),
        ("unit", "CO-KEN", 1),
        ("unit", "CO-UGA", 0),
        ("nobody", "", 0),
    ):
        share(page, kind, name)
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(goto(theirs, OPERATIONS).get_by_role("link", name="Statistics")).to_be_visible()
        expect(link).to_have_count(sees)
    share(page, "role", "Country analist")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("Did you mean Country analyst")
    page.keyboard.press("Escape")
    context.close()
    assert watch.said == []
    page.get_by_role("button", name="More about Operations, mine", exact=True).first.click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("link", name="Operations, mine")).to_have_count(0)


def test_a_link_of_somebody_else_names_what_it_is_filtered_by(page: Page) -> None:
    goto(page, f"{OPERATIONS}?where=country_of_origin+%3D+%27unhcr:SOM%27&from=")
    expect(page.locator(".chip.on")).to_contain_text("country of origin: Somalia")
