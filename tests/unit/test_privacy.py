"""A home is its owner's alone: each way of being open is refused before anything is read, with what mends it."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dataport.errors import NotPrivate
from dataport.privacy import make_home, require_private
from dataport.settings import read_settings

BITS = (0o040, 0o020, 0o010, 0o004, 0o002, 0o001)
FILES = (
    "dataport.toml",
    "layout.json",
    "registration.sqlite",
    "grants/CURRENT",
    "grants/000001.duckdb",
    "published/CURRENT",
    "published/000001/figures.duckdb",
    "audit/looks.jsonl",
)
DEEP = ("landing/batches/000001/individual.parquet", "warehouse/work/core.duckdb", "planted/created.parquet")
FOLDERS = ("", "landing", "grants", "warehouse", "published", "published/000001", "audit", "planted")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with a file in each of its places, all of it private."""
    return _make(tmp_path / "a home")


def _make(top: Path) -> Path:
    for name in (*FILES, *DEEP):
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}" if name == "layout.json" else "")
    for path in [top, *top.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    return top


def _mended(refusal: pytest.ExceptionInfo[NotPrivate]) -> None:
    """Do what the message says."""
    command = str(refusal.value).split("`")[1]
    assert command.startswith("chmod -R go= ")
    subprocess.run(shlex.split(command), check=True)


def test_a_private_home_is_read(home: Path) -> None:
    require_private(home)
    require_private(home, whole=True)
    assert read_settings(home).home == home


@pytest.mark.parametrize("bit", BITS, ids=oct)
@pytest.mark.parametrize("place", [*FOLDERS, *FILES])
def test_whatever_is_open_at_the_top_or_is_opened_by_a_question_is_refused(home: Path, place: str, bit: int) -> None:
    path = home / place
    path.chmod(path.stat().st_mode | bit)
    (home / "dataport.toml").write_text("what = is this")
    with pytest.raises(NotPrivate, match="is open to other accounts, so nothing was read from this home") as refusal:
        read_settings(home)
    assert str(refusal.value).startswith(str(path))
    _mended(refusal)
    require_private(home, whole=True)


@pytest.mark.parametrize("bit", BITS, ids=oct)
@pytest.mark.parametrize("place", [*DEEP, "landing/batches", "warehouse/work"])
def test_a_job_looks_at_everything(home: Path, place: str, bit: int) -> None:
    path = home / place
    path.chmod(path.stat().st_mode | bit)
    with pytest.raises(NotPrivate) as refusal:
        require_private(home, whole=True)
    _mended(refusal)
    require_private(home, whole=True)


def test_a_home_behind_a_link_is_looked_at_where_it_is(home: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(home)
    require_private(link, whole=True)
    (home / "dataport.toml").chmod(0o644)
    with pytest.raises(NotPrivate) as refusal:
        require_private(link)
    assert shlex.quote(str(home)) in str(refusal.value)
    _mended(refusal)
    require_private(link)


def test_what_a_link_in_a_home_leads_to_is_looked_at_and_named(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "large disk"
    (home / "landing").rename(elsewhere)
    (home / "landing").symlink_to(elsewhere)
    require_private(home, whole=True)
    (elsewhere / "batches").chmod(0o755)
    require_private(home)
    with pytest.raises(NotPrivate) as refusal:
        require_private(home, whole=True)
    assert f"`chmod -R go= {shlex.quote(str(elsewhere / 'batches'))}`" in str(refusal.value)
    elsewhere.chmod(0o755)
    with pytest.raises(NotPrivate) as refusal:
        require_private(home)
    _mended(refusal)
    require_private(home, whole=True)


def test_links_that_lead_nowhere_or_round_in_circles_do_no_harm(home: Path) -> None:
    (home / "grants" / "lost").symlink_to(home / "nowhere")
    (home / "published" / "round").symlink_to(home)
    (home / "landing" / "self").symlink_to(home / "landing" / "self")
    require_private(home)
    require_private(home, whole=True)


def test_a_home_that_does_not_exist_is_empty_or_is_no_folder_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o755)
    (tmp_path / "file").write_text("")
    for name in ("nowhere", "empty", "file", "file/below"):
        require_private(tmp_path / name, whole=True)


def test_an_empty_folder_is_closed_before_it_becomes_a_home_and_a_full_one_is_left_alone(tmp_path: Path) -> None:
    for name in ("empty", "full"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o755)
    (tmp_path / "full" / "file").write_text("")
    modes = []
    for name in ("empty", "full", "new/below"):
        make_home(tmp_path / name)
        modes.append((tmp_path / name).stat().st_mode & 0o777)
    assert modes == [0o700, 0o755, 0o700]


def test_what_goes_away_while_it_is_looked_at_is_left_out(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = Path.iterdir

    def with_something_gone(folder: Path) -> list[Path]:
        return [*listed(folder), folder / "gone"]

    monkeypatch.setattr(Path, "iterdir", with_something_gone)
    require_private(home, whole=True)


@pytest.mark.parametrize("place", ["", "dataport.toml", "landing", "audit/looks.jsonl"])
def test_a_home_of_another_account_is_refused(home: Path, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.stat

    def anothers(path: Path, **words: bool) -> os.stat_result:
        found = real(path, **words)
        return os.stat_result([*found[:4], found.st_uid + (path == home / place), *found[5:]])

    monkeypatch.setattr(Path, "stat", anothers)
    monkeypatch.setattr(os, "geteuid", lambda: real(home).st_uid)
    if real(home).st_uid == 0:
        require_private(home)  # root may look at every home
        monkeypatch.setattr(os, "geteuid", lambda: 4_000_000)
    with pytest.raises(NotPrivate, match=r"belongs to .*, and this runs as .* Run this as the account that the home"):
        require_private(home)


def _as_nobody(act: Callable[[], None]) -> int:
    """The exit code of a process of another account that does this: 7 where it was refused."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgid(65534)
            os.setuid(65534)
            act()
            code = 0
        except NotPrivate as refusal:
            code = 7 if "Run this as the account that the home belongs to" in str(refusal) else 8
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def closed() -> Iterator[Path]:
    """A folder of which all above may be entered by anybody, unlike a test's usual one."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may become another account")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_another_account_is_told_in_one_sentence(closed: Path) -> None:
    home = _make(closed / "home")
    assert _as_nobody(lambda: require_private(home)) == 7, "it cannot reach the folder"
    closed.chmod(0o711)
    assert _as_nobody(lambda: require_private(home)) == 7, "the folder belongs to somebody else"
    os.chown(home, 65534, 65534)
    assert _as_nobody(lambda: require_private(home)) == 7, "files in it belong to somebody else"
    for path in home.rglob("*"):
        os.chown(path, 65534, 65534)
    assert _as_nobody(lambda: require_private(home, whole=True)) == 0
    (home / "audit").chmod(0o600)
    assert _as_nobody(lambda: require_private(home)) == 7, "a folder that its own account cannot look into"
    require_private(home)
