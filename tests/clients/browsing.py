"""A browser of the distribution, a service on this machine, and people who are signed in at it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Route

ROOT = Path(__file__).resolve().parents[2]
# What `make test-clients` installs for the browser's tests: axe, the checker of types, the linter.
NODE = ROOT / ".clients" / "node_modules"
STATISTICIAN, ANALYST = "statistician.hq@example.org", "analyst.ken@example.org"
# One who may open records of an operation, and one without a role, who reads protected statistics alone.
REGISTRAR, READER = "registrar.ken@example.org", "excel.hq@example.org"
# Signs out in a test, and is nobody's in the others: a link signs in once.
LEAVING = "clerk.ken@example.org"
PATIENCE, LOADED = 20_000, "networkidle"


@dataclass
class Site:
    """A service, and a cookie for each who is signed in: a link signs in once."""

    address: str
    links: dict[str, str]
    log: Path
    _cookies: dict[str, list[Any]] = field(default_factory=dict)

    def context(self, browser: Browser, login: str | None = STATISTICIAN, **more: Any) -> BrowserContext:
        """A browser without a past, in which somebody is signed in."""
        words = {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", "reduced_motion": "reduce", **more}
        context = browser.new_context(base_url=self.address, **words)
        context.set_default_timeout(PATIENCE)
        if login and login in self._cookies:
            context.add_cookies(self._cookies[login])
        elif login:
            page = context.new_page()
            page.goto(self.links[login])
            page.close()
            self._cookies[login] = context.cookies()
        return context

    @contextmanager
    def page(self, browser: Browser, login: str | None = STATISTICIAN) -> Iterator[Page]:
        """A page of somebody, in which nothing goes wrong."""
        context, watch = self.context(browser, login), Watch(self.address)
        yield watch.over(context.new_page())
        context.close()
        assert not watch.said, watch.said

    def defects(self) -> list[str]:
        """What the service itself calls a defect."""
        said = self.log.read_text(encoding="utf-8", errors="replace")
        return re.findall(
            r"^[^\n]*A defect[^\n]*$|^Traceback.*?(?=^\d{4}-\d\d-\d\d |\Z)", said, re.MULTILINE | re.DOTALL
        )


@contextmanager
def serving(home: Path, folder: Path, *logins: str) -> Iterator[Site]:
    """A service of a home, on any free port, for as long as the block lasts."""
    words = [word for login in logins for word in ("--as", login)]
    command = [sys.executable, "-m", "dataport", "serve", "--demo", "--port", "0", "--format", "json", *words]
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen([*command, "--home", str(home)], stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout
    try:
        first = process.stdout.readline()
        assert first, (folder / "serve.log").read_text()
        said = json.loads(first)
        yield Site(said["address"], {one["login"]: one["link"] for one in said["links"]}, folder / "serve.log")
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def chromium(playwright: Playwright) -> Browser:
    """The distribution's own browser."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise FileNotFoundError("Chromium is not installed. Install it, or run `make test-clients` as root.")
    return playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])


@dataclass
class Watch:
    """What goes wrong in a page while nobody looks: messages of the console, and requests to anywhere else."""

    address: str
    said: list[str] = field(default_factory=list)

    def over(self, page: Page) -> Page:
        page.on("console", lambda one: self.said.append(one.text) if self.is_wrong(one) else None)
        page.on("pageerror", lambda one: self.said.append(f"page error: {one.stack or one}"))
        page.on("request", lambda one: self.said.append(f"elsewhere: {one.url}") if self.is_away(one.url) else None)
        return page

    def is_wrong(self, message: ConsoleMessage) -> bool:
        """Whether a message is of something that went wrong; that a question was refused is an answer."""
        is_refusal = message.text.startswith("Failed to load resource: the server responded with a status of 4")
        return message.type in ("error", "warning") and not is_refusal

    def is_away(self, url: str) -> bool:
        return not url.startswith((self.address, "data:", "blob:"))


def goto(page: Page, address: str) -> Page:
    """Open an address of the pages, and wait until nothing is under way."""
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_load_state(LOADED)
    return page


def answering(page: Page, told: dict[str, Any], path: str = "**/api/v1/query") -> None:
    """Have the service say something else: what a real home would never hold."""

    def fulfil(route: Route) -> None:
        route.fulfill(json=told)

    page.route(path, fulfil)
