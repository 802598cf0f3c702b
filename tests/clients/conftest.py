"""The clients and the home that they are tried with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dataport.cli.register import make_store
from dataport.jobs.refresh import refresh
from dataport.settings import read_settings
from dataport.synthetic import DEFAULT_SEED

from .browsing import ANALYST, LEAVING, PATIENCE, READER, REGISTRAR, Site, chromium, serving

SCALE, OPERATIONS, STATISTICIAN = 0.0003, 117, "statistician.hq@example.org"


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small home at the end of 2021, asked by a statistician; or the one that DATAPORT_CLIENTS_HOME names."""
    if there := os.environ.get("DATAPORT_CLIENTS_HOME"):
        yield Path(there)
        return
    folder = tmp_path_factory.mktemp("clients")
    before = os.umask(0o077)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAPORT_KEYRING", str(folder / "keys.json"))
        patch.setenv("DATAPORT_HOME", str(folder / "home"))
        patch.setenv("DATAPORT_VIEWER", STATISTICIAN)
        make_store(read_settings(folder / "home"), scale=SCALE, onboarded=OPERATIONS, url=None, seed=DEFAULT_SEED,
                   tell=_quiet)  # fmt: skip
        refresh(read_settings(folder / "home"), _quiet)
        yield folder / "home"
    os.umask(before)


@pytest.fixture(scope="session")
def office() -> str:
    """LibreOffice's program; `make test-clients` installs it."""
    found = shutil.which("soffice")
    if found is None:
        pytest.fail("LibreOffice is not installed. Install libreoffice-calc, or run `make test-clients` as root.")
    return found


@pytest.fixture(scope="session")
def site(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The home, served."""
    with serving(home, tmp_path_factory.mktemp("site"), STATISTICIAN, ANALYST, REGISTRAR, READER, LEAVING) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all: it is heavy."""
    with sync_playwright() as playwright:
        opened = chromium(playwright)
        expect.set_options(timeout=PATIENCE)  # a machine that does other things too answers late, and not wrongly
        yield opened
        opened.close()


@pytest.fixture
def page(site: Site, browser: Browser) -> Iterator[Page]:
    """A page of a statistician; nothing may go wrong in it, and nothing may be fetched from elsewhere."""
    with site.page(browser) as page:
        yield page


def _quiet(_: str) -> None:
    """Progress that nobody reads."""
