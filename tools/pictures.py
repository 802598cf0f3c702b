"""Make the pictures of the pages in README and docs again, from a served home of invented people.

    python tools/pictures.py --home .dataport        # a home that `dataport demo` made

Needs playwright (`pip install 'dataport[clients]'`) and the distribution's Chromium.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import expect, sync_playwright

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
WHO = "statistician.hq@example.org"
TABLE = (
    "indicators=active_individuals&indicators=share_of_children&by=country_of_asylum&by=sex&across_table=sex&totals=yes"
)
# File, address, height of the window, and how it is lit.
SHOWN = (
    ("operations", "/#/look/operations", 960, "light"),
    ("statistics", "/?theme=dark#/look/statistics", 1000, "dark"),
    ("quality", "/#/look/quality", 1080, "light"),
    ("ask", f"/#/ask?{TABLE}&top=12&view=table", 860, "light"),
    ("kpi", "/#/quality/K09", 900, "light"),
    ("why", "/#/why?indicators=active_individuals&between=2021-12-31..2022-02-28", 760, "light"),
    ("arabic", "/?lang=ar#/look/operations", 960, "light"),
)


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("--home", type=Path, required=True)
    home = words.parse_args().home
    command = [sys.executable, "-m", "dataport", "serve", "--demo", "--port", "0", "--format", "json", "--as", WHO]
    process = subprocess.Popen([*command, "--home", str(home)], stdout=subprocess.PIPE)
    assert process.stdout
    try:
        told = json.loads(process.stdout.readline())
        _draw(told["address"], told["links"][0]["link"])
    finally:
        process.terminate()
        process.wait(30)


def _draw(address: str, link: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        first = browser.new_context()
        first.new_page().goto(link)
        for name, place, height, light in SHOWN:
            context = browser.new_context(
                viewport={"width": 1280, "height": height}, reduced_motion="reduce", locale="en-GB",
                color_scheme="dark" if light == "dark" else "light",
            )  # fmt: skip
            context.add_cookies(first.cookies())  # type: ignore[arg-type]
            page = context.new_page()
            page.goto(address + place)
            page.wait_for_load_state("networkidle")
            expect(page.locator("main h1")).to_be_visible(timeout=60_000)
            expect(page.locator(".waiting, .old")).to_have_count(0, timeout=60_000)
            page.wait_for_timeout(1_000)
            page.screenshot(path=PICTURES / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
