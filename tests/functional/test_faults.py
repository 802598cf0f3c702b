"""What goes wrong around an extract is said without a credential; nothing is half-landed, and work goes on."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from forked import DATAPORT
from postgres_server import PostgresServer

from dataport.cli.register import make_store
from dataport.landing import Landing
from dataport.settings import read_settings
from dataport.synthetic import DEFAULT_SEED

from .conftest import quiet
from .test_cli import run

pytestmark = pytest.mark.xdist_group("faults")


@pytest.fixture
def home(tmp_path: Path, keyring: Path) -> Path:
    """A home with an embedded store of a few thousand people, from which nothing has landed."""
    found = tmp_path / "home"
    make_store(read_settings(found), scale=0.0001, onboarded=117, url=None, seed=DEFAULT_SEED, tell=quiet)
    return found


def with_source(home: Path, url: str, kind: str = "postgres") -> None:
    home.mkdir(mode=0o700, exist_ok=True)
    text = f'viewer = "x"\n[[sources]]\nsource_id = "registration"\nkind = "{kind}"\nurl = "{url}"\n'
    (home / "dataport.toml").write_text(text)
    (home / "dataport.toml").chmod(0o600)


def extract(home: Path, before: Callable[[], None] | None = None) -> subprocess.CompletedProcess[bytes]:
    words = [DATAPORT, "extract", "--home", str(home)]
    return subprocess.run(words, capture_output=True, env=os.environ.copy(), preexec_fn=before)


def small_files() -> None:
    """No file of more than 1.8 MB: the operating system then says no, as it does when a disk is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_800_000, 1_800_000))


def test_a_full_disk_lands_nothing_and_the_next_run_carries_on(home: Path) -> None:
    shutil.rmtree(home)
    make_store(read_settings(home), scale=0.004, onboarded=73, url=None, seed=DEFAULT_SEED, tell=quiet)
    full = extract(home, small_files)
    assert full.returncode == 1
    assert b"individual" not in full.stderr, "it stops at the first file that is too large"
    assert b"no room left" in full.stderr and b"Make room" in full.stderr and b"defect" not in full.stderr
    landing = Landing(home / "landing")
    assert landing.batches() == () and list((home / "landing" / "batches").iterdir()) == []
    assert extract(home).returncode == 0
    assert len(landing.batches()) == 1


def test_the_second_of_two_extracts_says_who_is_at_work(home: Path) -> None:
    with Landing(home / "landing").locked():
        second = extract(home)
    assert second.returncode == 5
    assert f"under way already (process {os.getpid()})".encode() in second.stderr
    assert extract(home).returncode == 0


@pytest.mark.postgres
def test_a_server_that_cannot_be_used_is_named_without_its_password(
    tmp_path: Path, keyring: Path, postgres_server: PostgresServer
) -> None:
    home, database = tmp_path / "home", postgres_server.fresh_database().rsplit("/", 1)[1]
    closed = f"postgresql://somebody:s3cr3t@127.0.0.1:1/{database}"
    for url in (closed, postgres_server.url(database, "s3cr3t"), postgres_server.url("nowhere")):
        with_source(home, url)
        done = extract(home)
        assert done.returncode == 1, done.stderr
        assert b"cannot be reached, or refused this user" in done.stderr and b"password" in done.stderr
        for secret in (b"s3cr3t", postgres_server.password.encode(), b"Traceback"):
            assert secret not in done.stderr + done.stdout
    with_source(home, postgres_server.url(database))
    done = extract(home)
    assert done.returncode == 1 and b"holds no registration store" in done.stderr
    assert Landing(home / "landing").batches() == ()


def test_a_store_that_was_replaced_is_refused_with_the_way_out(home: Path) -> None:
    assert extract(home).returncode == 0
    other = home.parent / "other"
    make_store(read_settings(other), scale=0.0001, onboarded=73, url=None, seed=1, tell=quiet)
    (other / "registration.sqlite").replace(home / "registration.sqlite")
    for rest in ("-wal", "-shm"):
        (home / f"registration.sqlite{rest}").unlink(missing_ok=True)
    done = extract(home)
    assert done.returncode == 1 and b"is not the one landed before" in done.stderr
    assert b"under another source_id" in done.stderr and b"start a new landing" in done.stderr
    assert len(Landing(home / "landing").batches()) == 1


def test_what_is_new_in_the_store_is_told_by_the_command(home: Path) -> None:
    with sqlite3.connect(home / "registration.sqlite") as file:
        file.execute("ALTER TABLE individual ADD COLUMN favourite_colour TEXT")
        file.execute("ALTER TABLE individual_journal ADD COLUMN favourite_colour TEXT")
        file.execute("UPDATE individual SET marital_status_code = 'XX' WHERE process_status_code = 'A'")
    done = run("extract", "--format", "json", home=home)
    assert done.returncode == 0
    notes = json.loads(done.stdout)["batches"][0]["notes"]
    assert any("column individual.favourite_colour that the contract does not know" in note for note in notes)
    assert any("individual.marital_status_code holds values" in note and "'XX'" in note for note in notes)
    file = sqlite3.connect(home / "registration.sqlite")
    file.execute("ALTER TABLE individual RENAME COLUMN phone TO telephone")
    file.close()
    done = run("extract", home=home)
    assert done.returncode == 1 and b"has no column individual.phone" in done.stderr
