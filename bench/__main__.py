"""python -m bench: what things cost, measured in one run, as a Markdown table. Ratios matter more than seconds."""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import duckdb

from bench.extracting import extracting
from bench.questions import HAND_WRITTEN, questions
from bench.refreshing import refreshing
from dataport.access import Permission, Viewer, ViewerClass, guard
from dataport.dictionary import CodeLists
from dataport.engine import Figures, lower, plan, seal
from dataport.jobs import refresh
from dataport.semantic import DEFINITIONS, Catalog, Request, load_catalog, resolve
from dataport.settings import Settings
from dataport.store import connect
from dataport.synthetic import advance, create
from dataport.synthetic import plan as plan_people
from dataport.warehouse import open_sealed, published

Row = tuple[str, str]
ENTITIES = ("individual", "registration_group", "event", "specific_need")
EVERYTHING = Viewer(
    "bench",
    ViewerClass.REGISTRATION,
    tuple(Permission("bench", entity, None, True, False, 6, "T2", 0) for entity in ENTITIES),
    1,
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what", nargs="?", choices=("road", "extract", "refresh"), help="the whole road, or a part of it"
    )
    parser.add_argument("--scale", type=float, help="1 is 21.4 million individuals (road: 0.02, extract: 0.1)")
    parser.add_argument("--home", type=Path, help="refresh: the home to change and refresh, with its store")
    asked = parser.parse_args()
    if asked.what == "refresh":
        _print(f"refresh --home {asked.home.name}", refreshing(asked.home))
        return
    if asked.what != "extract":
        _road(asked.scale or 0.02)
    if asked.what != "road":
        scale = asked.scale or 0.1
        _print(f"extract --scale {scale:g}", extracting(scale))


def _road(scale: float) -> None:
    with tempfile.TemporaryDirectory(prefix="dataport-bench-") as folder:
        os.environ["DATAPORT_KEYRING"] = str(Path(folder) / "keys.json")
        url = f"sqlite:///{folder}/registration.sqlite"
        source = {"source_id": "registration", "kind": "sqlite", "url": url}
        settings = Settings(home=Path(folder) / "home", sources=(source,))  # type: ignore[arg-type]
        settings.home.mkdir(mode=0o700)
        _print(f"road --scale {scale:g}", itertools.chain(_road_in(settings, url, scale), _road_out(settings)))


def _print(words: str, rows: Iterator[Row]) -> None:
    versions = ", ".join(f"{name} {version(name)}" for name in ("duckdb", "dbt-core", "sqlglot", "pyarrow"))
    print(f"Python {platform.python_version()}, {versions}; {os.cpu_count()} cores; `python -m bench {words}`")
    print("\n| what | measured |\n|---|---|")
    for what, measured in rows:
        print(f"| {what} | {measured} |", flush=True)
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(f"| peak memory of any process | {peak / 1e6:.2f} GB |")


def _road_in(settings: Settings, url: str, scale: float) -> Iterator[Row]:
    people = plan_people(scale)
    store = connect(url)
    seconds = _timed(lambda: create(store, people, _quiet))
    yield f"create a SQLite store of {people.records:,} individuals", f"{seconds:.1f} s"
    first = _timed(lambda: refresh(settings, _quiet))
    yield "first refresh (extract, build, tests, publication)", f"{first:.1f} s"
    seconds = _timed(lambda: advance(store, 31, 1, _quiet))
    store.close()
    yield "31 days pass", f"{seconds:.1f} s"
    second = _timed(lambda: refresh(settings, _quiet))
    yield "refresh after them", f"{second:.1f} s, {second / first:.2f} of the first"


def _road_out(settings: Settings) -> Iterator[Row]:
    build = published(settings.published)
    catalog = load_catalog(DEFINITIONS, CodeLists())
    figures = Figures(build.figures, build.build_number)
    asked = list(questions(catalog, figures.horizon))
    for request in asked[:50]:
        _compile(request, catalog, figures)
    compiled = [_timed(lambda r=request: _compile(r, catalog, figures)) * 1000 for request in asked]  # type: ignore[misc]
    cuts = statistics.quantiles(compiled, n=20)
    yield f"compile {len(asked)} questions, resolve to SQL text", f"p50 {cuts[9]:.1f} ms, p95 {cuts[18]:.1f} ms"
    hand = open_sealed(build.figures)
    ratios = [_beside(request, sql, catalog, figures, hand) for request, sql in HAND_WRITTEN]
    yield (
        f"run {len(ratios)} questions beside hand-written SQL",
        (f"{statistics.geometric_mean(ratios):.2f} times (geometric mean), worst {max(ratios):.2f}"),
    )
    figures.close()


def _compile(request: Request, catalog: Catalog, figures: Figures) -> object:
    scoped = guard(resolve(request, catalog, figures.horizon), EVERYTHING)
    return seal(lower(plan(scoped)), scoped)


def _beside(request: Request, sql: str, catalog: Catalog, figures: Figures, hand: duckdb.DuckDBPyConnection) -> float:
    """Our run time over the hand-written one's, best of several each, in turn; the numbers must be the same."""
    statement = _compile(request, catalog, figures)
    ours, theirs = [], []
    for _ in range(9):
        ours.append(_timed(lambda: figures.run(statement)))  # type: ignore[arg-type]
        theirs.append(_timed(lambda: hand.sql(sql).to_arrow_table()))
    mine = figures.run(statement).rows.data.to_pylist()  # type: ignore[arg-type]
    width = len(hand.sql(sql).columns)
    if [tuple(row.values())[:width] for row in mine] != hand.sql(sql).fetchall():
        sys.exit(f"The hand-written answer differs: {request.indicators} by {request.by}")
    return min(ours) / min(theirs)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _quiet(_: str) -> None:
    """Progress that nobody reads."""


if __name__ == "__main__":
    main()
