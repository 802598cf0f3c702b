"""How much comes before the first number in a browser, how long it takes on a thin line, and how a large table scrolls.

    python -m bench.web --home HOME [--as LOGIN]

Needs playwright (`pip install 'dataport[clients]'`), the distribution's Chromium, and a home of invented people.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, sync_playwright

# A field office: 400 ms to and fro, 256 kbit/s.
THIN = {"offline": False, "latency": 400, "downloadThroughput": 256_000 / 8, "uploadThroughput": 256_000 / 8}
FIRST_NUMBER = ".tile .value"
CLICKS = 30


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    words.add_argument("--home", type=Path, required=True)
    words.add_argument("--as", dest="login", default="statistician.hq@example.org")
    given = words.parse_args()
    with serving(given.home, given.login) as link, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        cookies, address = signed_in(browser, link)
        for name, measure in (
            ("first number", first_number),
            ("first number on a thin line", thin),
            ("a table of 50,000 cells", scrolled),
            ("a click to the painted answer", clicks),
        ):
            print(f"{name}: {json.dumps(measure(browser, cookies, address))}", flush=True)
        browser.close()


@contextmanager
def serving(home: Path, login: str) -> Iterator[str]:
    """A service of the home; the link that signs somebody in."""
    command = [sys.executable, "-m", "dataport", "serve", "--demo", "--port", "0", "--format", "json", "--as", login]
    process = subprocess.Popen([*command, "--home", str(home)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    try:
        yield json.loads(process.stdout.readline())["links"][0]["link"]
    finally:
        process.terminate()
        process.wait(30)


def signed_in(browser: Browser, link: str) -> tuple[list[Any], str]:
    context = browser.new_context()
    page = context.new_page()
    page.goto(link)
    cookies: list[Any] = context.cookies()
    address = page.url
    context.close()
    return cookies, address


def opened(browser: Browser, cookies: list[Any]) -> tuple[BrowserContext, Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies(cookies)
    return context, context.new_page()


def thin(browser: Browser, cookies: list[Any], address: str) -> dict[str, Any]:
    """The same as a field office has it."""
    return first_number(browser, cookies, address, is_thin=True)


# When the first number stands there, by the page's own clock.
_FIRST = """new MutationObserver(() => {
  if (!window.first && document.querySelector(".tile .value")) window.first = performance.now();
}).observe(document, { childList: true, subtree: true });"""
# What had come by then.
_SEEN = """() => {
  const all = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
  const seen = all.filter(one => one.responseEnd <= window.first);
  return { seconds: Math.round(window.first / 10) / 100, requests: seen.length,
    kB: Math.round(seen.reduce((sum, one) => sum + one.transferSize, 0) / 100) / 10,
    modules: seen.filter(one => one.name.endsWith(".js")).length };
}"""


def first_number(browser: Browser, cookies: list[Any], address: str, *, is_thin: bool = False) -> dict[str, Any]:
    """Bytes, modules and seconds from an empty cache to the first number of the first dashboard."""
    context, page = opened(browser, cookies)
    wire = context.new_cdp_session(page)
    wire.send("Network.enable")
    if is_thin:
        wire.send("Network.emulateNetworkConditions", THIN)
    page.add_init_script(_FIRST)
    page.goto(address, wait_until="commit")
    page.wait_for_selector(FIRST_NUMBER)
    told: dict[str, Any] = page.evaluate(_SEEN)
    context.close()
    return told


def clicks(browser: Browser, cookies: list[Any], address: str) -> dict[str, Any]:
    """From a click in the list of fields to the painted answer, less what the service says that it took.

    And from when the answer is in the page: what the page itself takes to show it, wherever the rest of the time went.
    """
    context, page = opened(browser, cookies)
    page.goto(f"{address}#/ask?indicators=active_individuals&by=sex")
    page.wait_for_selector(".result .chart svg")
    served: list[float] = []
    page.on("response", lambda one: served.append(_took(one)) if one.url.endswith("/query") else None)
    page.evaluate(_PAINTED)
    took, drawn = [], []
    for number in range(CLICKS):
        served.clear()
        name = re.compile(("^Population type$", "^Age group$")[number % 2])
        page.evaluate("window.began = 0")
        page.locator(".fieldrow.level .name", has_text=name).click()
        page.wait_for_function("() => window.painted > window.began && window.began > 0", timeout=60_000)
        took.append(page.evaluate("window.painted - window.began") - (served[0] if served else 0))
        drawn.append(page.evaluate("window.painted - window.answered"))
        page.go_back()
        page.wait_for_load_state("networkidle")
    context.close()
    return {**_spread("ms", took), **_spread("ms_from_the_answer", drawn)}


def _spread(name: str, took: list[float]) -> dict[str, int]:
    last = sorted(took)[int(len(took) * 0.95) - 1]
    return {f"{name}_median": round(statistics.median(took)), f"{name}_p95": round(last)}


# A click begins; what is painted in the frame after its answer has come and the old one is gone ends it.
_PAINTED = """() => {
  window.painted = 0; window.began = 0; window.answered = 0;
  const plain = window.fetch;
  window.fetch = async (...words) => {
    const answer = await plain(...words);
    if (String(words[0]).endsWith("/query")) window.answered = performance.now();
    return answer;
  };
  addEventListener("click", () => { window.began = performance.now(); }, true);
  new MutationObserver(() => requestAnimationFrame(() => setTimeout(() => {
    const isHere = window.began && window.answered > window.began && !document.querySelector(".result.old");
    if (isHere && window.painted < window.began) window.painted = performance.now();
  }))).observe(document.body, { childList: true, subtree: true, attributes: true });
}"""


def _took(response: Response) -> float:
    said = response.headers.get("server-timing", "dur=0")
    return float(said.rpartition("dur=")[2])


def scrolled(browser: Browser, cookies: list[Any], address: str) -> dict[str, Any]:
    """The longest task while a table of 5,000 rows and 10 columns is scrolled through, by jumps and by the wheel.

    By the clock, and by what the processor worked on it: where a machine does other things too, the clock counts those.
    """
    context, page = opened(browser, cookies)
    page.route("**/api/v1/query", _large)
    page.goto(f"{address}#/ask?indicators=active_individuals&by=location&view=table")
    page.wait_for_selector(".grid td.number")
    page.wait_for_load_state("networkidle")
    browser.start_tracing(page=page, categories=["toplevel"])
    for step in range(60):
        page.evaluate(f"document.querySelector('.grid').scrollTop = {step * 2_400}")
        page.wait_for_timeout(30)
    page.evaluate("document.querySelector('.grid').scrollTop = 0")
    page.mouse.move(640, 600)
    for _ in range(120):
        page.mouse.wheel(0, 240)
        page.wait_for_timeout(15)
    events = json.loads(browser.stop_tracing())["traceEvents"]
    names = [one for one in events if one.get("name") == "thread_name" and one["args"]["name"] == "CrRendererMain"]
    main = {(one["pid"], one["tid"]) for one in names}
    tasks = [one for one in events if (one["pid"], one["tid"]) in main and one["name"].endswith("RunTask")]
    told = {
        "longest_task_ms": round(max(one.get("dur", 0) for one in tasks) / 1000),
        "longest_task_ms_of_work": round(max(one.get("tdur", 0) for one in tasks) / 1000),
        "rows_drawn": page.locator(".grid tbody tr").count(),
    }
    context.close()
    return told


def _large(route: Route) -> None:
    columns = [{"name": "location", "label": "Location", "type": "text", "unit": None, "role": "level"}]
    columns += [
        {"name": f"n{place}", "label": f"Number {place}", "type": "integer", "unit": "persons", "role": "indicator"}
        for place in range(10)
    ]
    meta = {"question": "large", "data_version": 1, "as_of": "2022-02-28", "scope": "all rows", "limits": []}
    rows = [[f"L{row}", *(row * 10 + place for place in range(10))] for row in range(5_000)]
    told = {"columns": columns, "rows": rows, "status": [], "totals": [], "members": {}, "meta": meta}
    route.fulfill(json={**told, "meta": {**meta, "viewer_class": "registration"}})


if __name__ == "__main__":
    main()
