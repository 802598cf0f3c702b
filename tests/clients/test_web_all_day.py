"""A page that stays open all day: what was looked at before is not kept."""

from __future__ import annotations

from playwright.sync_api import Browser, CDPSession, Page, expect

from .browsing import REGISTRAR, Site, goto
from .test_web_access import ADDRESSES


def _held(page: Page, tools: CDPSession) -> dict[str, float]:
    """What the browser holds for one page, drawn to its end, once nothing is kept that nobody can reach."""
    page.evaluate("location.hash = '#/ask'")
    expect(page.get_by_role("button", name="Active individuals", exact=True)).to_be_visible()
    expect(page.locator(".waiting, [aria-busy=true]")).to_have_count(0)
    for _ in range(2):
        tools.send("HeapProfiler.collectGarbage")
    told = {one["name"]: one["value"] for one in tools.send("Performance.getMetrics")["metrics"]}
    return {name: told[name] for name in ("Nodes", "JSEventListeners", "JSHeapUsedSize")}


def _round(page: Page) -> None:
    for address in ADDRESSES.values():
        page.evaluate("address => { location.hash = address.slice(1) }", address)
        page.locator("main h1, main h2").first.wait_for()
        expect(page.locator(".waiting, [aria-busy=true]")).to_have_count(0)
        page.keyboard.press("Tab")


def test_a_page_holds_no_more_in_the_evening_than_in_the_morning(browser: Browser, site: Site) -> None:
    with site.page(browser, REGISTRAR) as page:
        tools = page.context.new_cdp_session(page)
        tools.send("Performance.enable")
        goto(page, "/")
        for _ in range(2):  # what is loaded once stays
            _round(page)
        morning = _held(page, tools)
        for _ in range(6):
            _round(page)
        evening = _held(page, tools)
    assert evening["Nodes"] < morning["Nodes"] * 1.2
    assert evening["JSEventListeners"] < morning["JSEventListeners"] * 1.2
    assert evening["JSHeapUsedSize"] < morning["JSHeapUsedSize"] * 1.3
