"""Pages for everybody: no finding of axe in either light, right to left, narrow and wide, printed, and by a monkey."""

from __future__ import annotations

import os
import random
import re
import subprocess
import time
from contextlib import suppress
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from .browsing import NODE, REGISTRAR, ROOT, Site, Watch, goto

ADDRESSES = {
    "operations": "/#/look/operations",
    "statistics": "/#/look/statistics",
    "quality": "/#/look/quality",
    "ask": "/#/ask",
    "table": "/#/ask?indicators=active_individuals&by=country_of_asylum&by=sex&across_table=sex&view=table&totals=yes",
    "pyramid": "/#/ask?indicators=active_individuals&by=age_in_five_years&by=sex&view=pyramid",
    "heat": "/#/ask?indicators=active_individuals&by=unhcr_bureau&by=sex&view=heat",
    "why": "/#/why",
    "scorecard": "/#/quality",
    "kpi": "/#/quality/K09",
    "units": "/#/quality/units",
}


def findings(page: Page) -> list[str]:
    """What axe finds, each with where."""
    axe = NODE / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.fail("axe-core is not installed. Run `make test-clients` where there is npm.")
    # what is dimmed until its answer is there is not what is read
    expect(page.locator(".old, .waiting")).to_have_count(0)
    page.evaluate(axe.read_text(encoding="utf-8"))
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    found: list[dict[str, Any]] = page.evaluate(
        "rules => axe.run({ runOnly: rules }).then(found => found.violations)", rules
    )
    return [
        f"{one['id']}: {node['target']} {node['failureSummary'][:160]}" for one in found for node in one["nodes"][:3]
    ]


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("name", list(ADDRESSES))
def test_axe_finds_nothing(site: Site, browser: Browser, name: str, light: str) -> None:
    context = site.context(browser, color_scheme=light)
    assert findings(goto(context.new_page(), ADDRESSES[name])) == []
    context.close()


def test_axe_finds_nothing_where_records_are_listed(site: Site, browser: Browser) -> None:
    context = site.context(browser, REGISTRAR)
    page = goto(context.new_page(), "/#/records/active_individuals")
    for address in ("/#/records/active_individuals", "/#/quality/K09", "/#/quality/work"):
        goto(page, address)
        page.get_by_label("What for").fill("Correcting records")
        page.get_by_role("button", name="List them").click()
        expect(page.locator(".listing .foot")).to_be_visible()
        assert findings(page) == []
    context.close()


def test_axe_finds_nothing_where_something_is_open_nor_at_the_door(site: Site, browser: Browser) -> None:
    context = site.context(browser)  # nobody watches this one: axe itself styles what it looks at
    page = goto(context.new_page(), ADDRESSES["table"])
    page.get_by_role("gridcell").first.click()
    page.wait_for_selector("[role=menu]")
    assert findings(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Copy the question").click()
    assert findings(page) == []
    page.keyboard.press("Escape")
    goto(page, ADDRESSES["operations"])
    page.get_by_role("button", name="Arrange").click()
    page.wait_for_selector(".held")
    assert findings(page) == []
    context.close()
    door = site.context(browser, None)
    assert findings(goto(door.new_page(), "/")) == []
    door.close()


@pytest.mark.parametrize("name", list(ADDRESSES))
def test_arabic_is_read_from_right_to_left(site: Site, browser: Browser, name: str) -> None:
    context, watch = site.context(browser), Watch(site.address)
    page = goto(watch.over(context.new_page()), f"/?lang=ar{ADDRESSES[name][1:]}")
    assert page.evaluate("[document.documentElement.dir, document.documentElement.lang]") == ["rtl", "ar"]
    expect(page.get_by_role("link", name="اسأل")).to_be_visible()
    assert page.locator(".brand").bounding_box()["x"] > 900  # type: ignore[index]
    assert _overflow(page) <= 0
    if name == "table":
        first = page.get_by_role("rowheader").first.bounding_box()
        cell = page.get_by_role("gridcell").first.bounding_box()
        assert first and cell and first["x"] > cell["x"]
    assert watch.said == []
    context.close()


def _overflow(page: Page) -> int:
    """How many pixels of the page lie beside the window."""
    found: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return found


@pytest.mark.parametrize("width", [320, 2560])
@pytest.mark.parametrize("name", list(ADDRESSES))
def test_narrow_and_wide_windows_hold_the_page(site: Site, browser: Browser, name: str, width: int) -> None:
    context = site.context(browser, viewport={"width": width, "height": 800})
    page = goto(context.new_page(), ADDRESSES[name])
    assert _overflow(page) <= 0
    context.close()


def test_print_leaves_out_what_cannot_be_pressed_on_paper(page: Page) -> None:
    goto(page, ADDRESSES["table"])
    page.emulate_media(media="print")
    for gone in (".top nav", ".fields", ".options"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.get_by_role("grid")).to_be_visible()


@pytest.mark.parametrize(("language", "word"), [("fr", "Interroger"), ("es", "Preguntar"), ("ar", "اسأل")])
def test_the_language_is_chosen_and_stands_in_the_address(page: Page, language: str, word: str) -> None:
    goto(page, "/")
    page.get_by_role("combobox", name="Language").select_option(language)
    expect(page.get_by_role("link", name=word)).to_be_visible()
    assert f"lang={language}" in page.url
    page.reload()
    expect(page.get_by_role("link", name=word)).to_be_visible()


def test_a_monkey_breaks_nothing(page: Page, site: Site) -> None:
    """Ten seconds of clicks and keys from one seed, or as many as DATAPORT_MONKEY_SECONDS says: an hour is 3600."""
    seconds = float(os.environ.get("DATAPORT_MONKEY_SECONDS", "10"))
    chance, until = random.Random(20211231), time.monotonic() + seconds
    # it would sign out sooner or later, and go on at the door
    page.route("**/api/v1/sign-out", lambda route: route.fulfill(status=204))
    goto(page, "/")
    keys = ["Tab", "Enter", "Escape", "ArrowDown", "ArrowUp", "ArrowRight", "Shift+Tab", "Space", "PageDown", "a", "3"]
    before = len(site.defects())
    while time.monotonic() < until:
        if chance.random() < 0.5:
            page.keyboard.press(chance.choice(keys))
        else:
            page.mouse.click(chance.randrange(10, 1270), chance.randrange(10, 890))
        if not page.url.startswith(f"{site.address}/"):
            goto(page, "/")
        if chance.random() < 0.1:
            with suppress(Error):  # what it clicked before may go elsewhere meanwhile
                page.goto(chance.choice(list(ADDRESSES.values())))
    page.wait_for_load_state("networkidle")
    found = site.defects()[before:]
    assert not found, found[-1][-2000:]


def test_types_and_style_of_the_modules() -> None:
    if not (NODE / "typescript").is_dir():
        pytest.fail("typescript and eslint are not installed. Run `make test-clients` where there is npm.")
    config = ROOT / "tests" / "clients" / "web"
    checked = subprocess.run(
        [str(NODE / ".bin" / "tsc"), "-p", str(config / "tsconfig.json")], capture_output=True, text=True
    )
    assert (checked.returncode, checked.stdout) == (0, "")
    linted = subprocess.run(
        [str(NODE / ".bin" / "eslint"), "--config", str(NODE.parent / "eslint.config.mjs"),
         str(ROOT / "dataport" / "web" / "static" / "app")],
        capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    assert linted.returncode == 0, re.sub(r"\n{2,}", "\n", linted.stdout + linted.stderr)
