"""What happens when a build is killed, when it fails, and when a permission is withdrawn meanwhile."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

from dataport.cli.register import make_store
from dataport.jobs.refresh import extract_all, refresh
from dataport.landing import Landing
from dataport.settings import Settings, read_settings
from dataport.store import connect
from dataport.synthetic import DEFAULT_SEED, advance

from .conftest import killed, quiet
from .test_cli import answer, run

pytestmark = pytest.mark.xdist_group("interruptions")

WORDS = ("registered_individuals", "active_individuals", "average_group_size", "--by", "country_of_asylum")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory, keyring: Path) -> Settings:
    """A home with one published version and a second batch that has landed but is not built."""
    home = tmp_path_factory.mktemp("interrupted") / "home"
    make_store(read_settings(home), scale=0.0003, onboarded=117, url=None, seed=DEFAULT_SEED, tell=quiet)
    settings = read_settings(home)
    refresh(settings, quiet)
    store = connect(settings.sources[0].url.reveal())
    advance(store, 20, DEFAULT_SEED, quiet)
    store.close()
    extract_all(settings, quiet)
    return settings


def test_a_killed_build_leaves_the_published_version(settings: Settings) -> None:
    before = answer(settings.home, *WORDS)
    assert before["meta"]["data_version"] == 1
    moments = random.Random(7)
    assert killed("build", settings.home, moments.uniform(0.5, 1.5))
    seen = [answer(settings.home, *WORDS)]
    assert (seen[0]["rows"], seen[0]["meta"]["data_version"]) == (before["rows"], 1)
    # A kill may come too late, after publishing: then what is seen must be the whole new version.
    for _ in range(2):
        killed("build", settings.home, moments.uniform(1.5, 6.0))
        seen.append(answer(settings.home, *WORDS))
    refresh(settings, quiet)
    resumed = answer(settings.home, *WORDS)
    assert resumed["meta"]["as_of"] == "2022-01-20"
    assert resumed["rows"] != before["rows"]
    for one in seen:
        assert one["rows"] == (before if one["meta"]["data_version"] == 1 else resumed)["rows"]
    assert run("build", "--full", home=settings.home).returncode == 0
    replayed = answer(settings.home, *WORDS)
    assert replayed["meta"]["data_version"] > resumed["meta"]["data_version"]
    assert replayed["rows"] == resumed["rows"]


def test_a_withdrawn_permission_is_gone_although_the_build_fails(settings: Settings, tmp_path: Path) -> None:
    home = tmp_path / "home"
    assert answer(settings.home, "active_individuals")["rows"]
    shutil.copytree(settings.home, home)
    toml = home / "dataport.toml"
    toml.write_text(toml.read_text().replace(str(settings.home), str(home)))
    copy = read_settings(home)
    assert run("ask", "active_individuals", home=home).returncode == 1, "a log without its head is not trusted"
    assert run("audit", "adopt", home=home).returncode == 0
    login = "analyst.ken@example.org"
    assert answer(home, "active_individuals", "--as", login)["rows"]
    store = connect(copy.sources[0].url.reveal())
    store.set_clock(store.now().replace(hour=23, minute=59, second=59, microsecond=999_000))
    with store.write() as writer:
        writer.update("user_account", [{"user_id": "A-KEN", "is_enabled": False}])
    store.close()
    extract_all(copy, quiet)
    (newest, *_) = (table.path for table in Landing(copy.landing).batches()[-1].tables if table.rows)
    newest.write_bytes(newest.read_bytes()[:-20] + bytes(20))
    failed = run("refresh", home=home)
    assert failed.returncode == 1 and b"Traceback" not in failed.stderr
    assert run("ask", "active_individuals", "--as", login, home=home).returncode == 3
    others = json.loads(run("ask", "active_individuals", "--format", "json", home=home).stdout)
    assert others["rows"], "the published version answers everybody else as before"
