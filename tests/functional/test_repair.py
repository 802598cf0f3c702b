"""Whatever file of a home is gone, cut or changed: it is said which, and what mends it; and then it is mended."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from dataport.audit import open_log
from dataport.cli.register import make_store
from dataport.durable import held, write_record
from dataport.errors import Busy, Damaged
from dataport.jobs.refresh import build_all, extract_all, reconcile_all, refresh
from dataport.jobs.repair import repair
from dataport.jobs.runs import recorded
from dataport.jobs.status import status
from dataport.landing import Landing
from dataport.settings import Settings, read_settings
from dataport.store import connect
from dataport.synthetic import DEFAULT_SEED, advance
from dataport.warehouse.sealed import open_sealed
from dataport.warehouse.versions import UNPUBLISHED, newest, prune, published

from .conftest import quiet
from .test_cli import run

pytestmark = pytest.mark.xdist_group("repair")


def day_passes(settings: Settings) -> None:
    with closing(connect(settings.sources[0].url.reveal())) as store:
        advance(store, 1, DEFAULT_SEED, quiet)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, keyring: Path) -> Path:
    """A home with three batches in two versions, and a fourth batch that is not built yet."""
    home = tmp_path_factory.mktemp("whole") / "home"
    make_store(read_settings(home), scale=0.0001, onboarded=117, url=None, seed=DEFAULT_SEED, tell=quiet)
    settings = read_settings(home)
    refresh(settings, quiet)
    day_passes(settings)
    extract_all(settings, quiet)
    day_passes(settings)
    refresh(settings, quiet)
    day_passes(settings)
    extract_all(settings, quiet)
    assert len(Landing(settings.landing).batches()) == 4 and published(settings.published).build_number == 2
    return home


@pytest.fixture
def settings(whole: Path, tmp_path: Path) -> Settings:
    """A copy of it, with its store where it was."""
    return moved(whole, tmp_path / "home")


def moved(whole: Path, home: Path) -> Settings:
    """A copy, whose log says that it is meant."""
    settings = read_settings(shutil.copytree(whole, home))
    open_log(settings).adopt()
    return settings


def told(settings: Settings) -> dict[str, int]:
    """What the published figures count: rows by table."""
    with open_sealed(published(settings.published).figures) as file:
        [(persons,)] = file.execute("select count(distinct individual_key) from fct_population").fetchall()
        [(rows,)] = file.execute("select sum(hash(t)) from (select * from fct_population) as t").fetchall()
    return {"persons": persons, "rows": rows}


@pytest.fixture(scope="module")
def expected(whole: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """What a home in which nothing was broken tells when all of it is built."""
    settings = moved(whole, tmp_path_factory.mktemp("expected") / "home")
    build_all(settings, quiet)
    return told(settings)


def gone(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flipped_throughout(path: Path) -> None:
    """A bit in each block of a database, behind its headers, which open it."""
    content = bytearray(path.read_bytes())
    for at in range(3 * 4096 + 64, len(content), 4096):
        content[at] ^= 1
    path.write_bytes(content)


def flipped(path: Path) -> None:
    """One digit of a record is another, or some bytes in the middle of any other file."""
    content = bytearray(path.read_bytes())
    if path.suffix in ("", ".json"):
        at = content.index(b'"build_number": ' if path.name == "CURRENT" else b'"high": ') + 16
        digit = next(n for n in range(at, len(content)) if chr(content[n]).isdigit())
        content[digit] ^= 1
    else:
        content[len(content) // 2 : len(content) // 2 + 64] = bytes(64)
        content[-200:-190] = b"0123456789"
    path.write_bytes(content)


def garbled(path: Path) -> None:
    path.write_bytes(b"\x00not this at all")


def given_twice(path: Path) -> None:
    """A person has a second key, as a build that stopped could leave it."""
    with duckdb.connect(str(path)) as keys:
        keys.execute(
            "insert into map_individual select * replace (9000000 as individual_key) from map_individual limit 1"
        )


@dataclass(frozen=True)
class Case:
    """What is harmed, and how; what it is part of; whether only a deep look sees it; whether a build sees it."""

    path: str
    harm: Callable[[Path], None]
    part: str
    deep: bool = False
    stops_build: bool = True

    def __str__(self) -> str:
        return f"{self.path} {self.harm.__name__}"


CASES = [
    Case("published/CURRENT", gone, "published"),
    Case("published/CURRENT", garbled, "published"),
    Case("published/CURRENT", flipped, "published"),
    Case("published/000002/figures.duckdb", gone, "published"),
    Case("published/000002/figures.duckdb", cut, "published"),
    Case("published/000002/figures.duckdb", flipped, "published", deep=True, stops_build=False),
    Case("published/000002/records.duckdb", gone, "published"),
    Case("published/000002/manifest.json", gone, "published", deep=True, stops_build=False),
    Case("warehouse/work/core.duckdb", garbled, "working"),
    Case("warehouse/work/keys.duckdb", gone, "working"),
    Case("warehouse/work/keys.duckdb", given_twice, "working", deep=True, stops_build=False),
    Case("warehouse/work/figures.duckdb", garbled, "working"),
    Case("landing/ledger/000002.json", gone, "ledger"),
    Case("landing/ledger/000002.json", flipped, "ledger"),
    Case("landing/ledger/000003.json", garbled, "ledger"),
    Case("landing/batches/000004/*.parquet", gone, "landing"),
    Case("landing/batches/000004/*.parquet", flipped, "landing", deep=True),
    Case("grants/CURRENT", gone, "grants", stops_build=False),
    Case("grants/000002.duckdb", cut, "grants", stops_build=False),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_broken_is_named_and_mended(settings: Settings, case: Case, expected: dict[str, int]) -> None:
    before = newest(settings.published)
    case.harm(sorted(settings.home.glob(case.path))[0])
    found = status(settings, deep=case.deep)
    assert case.part in {one.part for one in found.broken}, found.broken
    assert all("dataport repair" in one.what for one in found.broken)
    assert not found.is_current and {one.what for one in found.broken} <= set(found.problems)
    if case.stops_build:
        with pytest.raises(Damaged, match="dataport repair"):
            build_all(settings, quiet)
    mended = repair(settings, quiet)
    assert mended.found and mended.is_whole, mended.found
    if case.part == "landing":
        extract_all(settings, quiet)
    done = build_all(settings, quiet)
    assert done.published.build_number > (before.build_number if before else 0), "no number is given twice"
    assert told(settings) == expected
    after = status(settings, deep=True)
    assert not after.broken and after.is_current, after.problems
    assert repair(settings, quiet).found == ()


def test_what_cannot_be_mended_is_said_and_the_rest_goes_on(settings: Settings, expected: dict[str, int]) -> None:
    """A file that was landed and published is nowhere else; nothing needs it until all is made again."""
    (settings.landing / "batches" / "000001" / "individual.parquet").unlink()
    mended = repair(settings, quiet)
    assert not mended.is_whole and "restored from a backup" in mended.found[0].what
    build_all(settings, quiet)
    assert told(settings) == expected
    (settings.warehouse / "work" / "core.duckdb").write_bytes(b"gone")
    again = repair(settings, quiet)
    assert not again.is_whole and any("landing is not whole" in one.what for one in again.found)
    assert told(settings) == expected, "what is published answers"
    done = run("repair", "--format", "json", home=settings.home)
    assert done.returncode == 1 and not json.loads(done.stdout)["is_whole"]


def test_everything_published_and_built_is_gone_and_made_again(settings: Settings, expected: dict[str, int]) -> None:
    for folder in ("000001", "000002"):
        flipped(settings.published / folder / "figures.duckdb")
    (settings.published / "CURRENT").unlink()
    (settings.warehouse / "work" / "figures.duckdb").unlink()
    mended = repair(settings, quiet)
    assert mended.is_whole, mended.found
    assert published(settings.published).build_number == 3
    assert told(settings) == expected


def test_a_question_says_what_is_damaged(settings: Settings) -> None:
    assert run("audit", "adopt", home=settings.home).returncode == 0
    assert run("ask", "active_individuals", home=settings.home).returncode == 0
    for path, harm in (
        ("published/CURRENT", garbled),
        ("published/000002/figures.duckdb", gone),
        # a flipped byte that a question does not read changes no answer; `status --deep` finds it
        ("published/000002/figures.duckdb", flipped_throughout),
        ("grants/000002.duckdb", cut),
    ):
        file = settings.home / path
        content = file.read_bytes()
        harm(file)
        done = run("ask", "active_individuals", "--by", "sex", "--by", "location_level_1", home=settings.home)
        assert done.returncode == 1 and b"dataport repair" in done.stderr and b"defect" not in done.stderr, done.stderr
        assert not done.stdout
        file.write_bytes(content)
        file.chmod(0o600)


def test_a_prune_never_takes_the_version_that_answers(settings: Settings) -> None:
    """Numbering and pruning go by the folders that are there, whatever the pointer says."""
    root = settings.published
    manifest = (root / "000001" / "manifest.json").read_bytes()
    (root / "CURRENT").write_bytes(manifest)
    settings = read_settings(settings.home)
    build_all(settings, quiet)
    assert published(root).build_number == 3, "version 2 is there, so its number is not given again"
    (root / "CURRENT").write_bytes(manifest)
    prune(root, 1)
    assert {folder.name for folder in root.glob("[0-9]*")} == {"000001", "000003"}
    (root / "CURRENT").unlink()
    prune(root, 1)
    assert {folder.name for folder in root.glob("[0-9]*")} == {"000001", "000003"}, "nobody knows which one answers"


def test_an_entry_lost_from_the_end_is_not_landed_twice(settings: Settings) -> None:
    """The published version rests on it: the next extract must not begin where the ledger seems to end."""
    for number in (3, 4):
        (settings.landing / "ledger" / f"00000{number}.json").unlink()
    for begin in (extract_all, reconcile_all):
        with pytest.raises(Damaged, match="no entry 000003"):
            begin(settings, quiet)
    assert any(one.part == "ledger" for one in status(settings).broken)
    assert repair(settings, quiet).is_whole
    assert len(Landing(settings.landing).batches()) == 4


def test_the_first_publication_that_was_cut_short_is_no_damage(settings: Settings) -> None:
    """The folder has its name, and the pointer is not written: nothing was published yet, and nothing is to mend."""
    root = settings.published
    shutil.rmtree(root / "000001")
    write_record(root / UNPUBLISHED, {"folder": "000002"})
    (root / "CURRENT").unlink()
    (root / ".partial-CURRENT").write_text("{")  # the pointer was being written
    assert newest(root) is None and not status(settings).broken
    assert build_all(settings, quiet).published.build_number == 3


def test_no_alarm_while_a_job_is_at_work(settings: Settings) -> None:
    assert any("run `dataport build`" in problem for problem in status(settings).problems)
    with recorded(settings.runs, "refresh"):
        found = status(settings)
        assert found.problems == () and found.under_way and found.under_way.kind == "refresh"
    entry = sorted(settings.runs.glob("*.json"))[-1]
    left = json.loads(entry.read_text()) | {"outcome": "under way", "ended_at": None}
    entry.write_text(json.dumps(left | {"process_began": "1"}))
    assert any("was interrupted" in problem for problem in status(settings).problems), "its number is another's now"


def test_a_withdrawn_batch_lands_again(settings: Settings) -> None:
    """Nothing is lost by what `repair` takes out of the ledger: its store still has all of it."""
    before = [(batch.number, batch.rows) for batch in Landing(settings.landing).batches()]
    sorted((settings.landing / "batches" / "000004").glob("*.parquet"))[0].unlink()
    assert repair(settings, quiet).is_whole
    assert len(Landing(settings.landing).batches()) == 3
    with closing(sqlite3.connect(settings.sources[0].url.reveal().removeprefix("sqlite://"))) as file:
        assert file.execute("pragma integrity_check").fetchall() == [("ok",)]
    extract_all(settings, quiet)
    assert [(batch.number, batch.rows) for batch in Landing(settings.landing).batches()] == before


def test_a_repair_beside_a_job_is_busy(settings: Settings) -> None:
    with held(settings.runs / ".lock", "A refresh"), pytest.raises(Busy):
        repair(settings, quiet)
