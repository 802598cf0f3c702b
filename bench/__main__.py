"""python -m bench: what things cost, measured in one run, as a Markdown table. Ratios matter more than seconds."""

from __future__ import annotations

import argparse
import itertools
import os
import platform
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from bench.asking import asking, cold
from bench.changing import changing
from bench.daily import daily
from bench.extracting import extracting
from bench.narrowing import narrowing
from bench.opening import opening
from bench.quality import quality
from bench.refreshing import refreshing
from bench.serve import serving
from dataport.dictionary import CodeLists
from dataport.engines.duckdb import published_figures
from dataport.jobs.refresh import refresh
from dataport.semantic import DEFINITIONS, load_catalog
from dataport.settings import Secret, Settings, SourceSettings
from dataport.store import connect
from dataport.synthetic import advance, create
from dataport.synthetic import plan as plan_people
from dataport.warehouse.versions import published

Row = tuple[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        choices=("road", "extract", "refresh", "ask", "daily", "narrow", "serve", "quality"),
        help="the whole road, or a part of it",
    )
    parser.add_argument("--scale", type=float, help="1 is 21.4 million individuals (road: 0.02, extract: 0.1)")
    parser.add_argument("--days", type=int, default=8, help="daily: how many versions after the first")
    parser.add_argument(
        "--home", type=Path, help="refresh, ask, narrow, serve, quality: the home (refresh and serve change it)"
    )
    parser.add_argument("--requests", type=int, default=5_000, help="serve: how many questions of a week of 50,000")
    asked = parser.parse_args()
    if asked.what == "refresh":
        _print(f"refresh --home {asked.home.name}", refreshing(asked.home))
        return
    if asked.what == "ask":
        settings = Settings(home=asked.home)
        _print(f"ask --home {asked.home.name}", itertools.chain(_road_out(settings), cold(asked.home)))
        return
    if asked.what == "serve":
        _print(f"serve --home {asked.home.name} --requests {asked.requests}", serving(asked.home, asked.requests))
        return
    if asked.what == "quality":
        _print(f"quality --home {asked.home.name}", quality(asked.home))
        return
    if asked.what == "narrow":
        build = published(Settings(home=asked.home).published)
        catalog = load_catalog(DEFINITIONS, CodeLists())
        _print(f"narrow --home {asked.home.name}", narrowing(catalog, build.figures, build.build_number))
        return
    if asked.what == "daily":
        scale = asked.scale or 0.05
        with _somewhere() as (settings, url):
            store = connect(url)
            create(store, plan_people(scale), _quiet)
            _print(f"daily --scale {scale:g}", daily(settings, store, asked.days))
            store.close()
        return
    if asked.what != "extract":
        _road(asked.scale or 0.02)
    if asked.what != "road":
        scale = asked.scale or 0.1
        _print(f"extract --scale {scale:g}", extracting(scale))


def _road(scale: float) -> None:
    with _somewhere() as (settings, url):
        _print(f"road --scale {scale:g}", itertools.chain(_road_in(settings, url, scale), _road_out(settings)))


@contextmanager
def _somewhere() -> Iterator[tuple[Settings, str]]:
    """A home of its own, with keys of its own, and where its store is to be."""
    with tempfile.TemporaryDirectory(prefix="dataport-bench-") as folder:
        os.environ["DATAPORT_KEYRING"] = str(Path(folder) / "keys.json")
        url = f"sqlite:///{folder}/registration.sqlite"
        sources = (SourceSettings("registration", "sqlite", Secret(url)),)
        settings = Settings(home=Path(folder) / "home", sources=sources)
        settings.home.mkdir(mode=0o700)
        yield settings, url


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
    for what, hours in (("an hour", 1), ("a day", 24)):
        store.set_clock(store.now() + timedelta(hours=hours))
        nothing = _timed(lambda: refresh(settings, _quiet))
        yield f"refresh after {what} in which nothing happens", f"{nothing:.1f} s, {nothing / first:.2f} of the first"
    seconds = _timed(lambda: advance(store, 31, 1, _quiet))
    store.close()
    yield "31 days pass", f"{seconds:.1f} s"
    second = _timed(lambda: refresh(settings, _quiet))
    yield "refresh after them", f"{second:.1f} s, {second / first:.2f} of the first"


def _road_out(settings: Settings) -> Iterator[Row]:
    build = published(settings.published)
    catalog = load_catalog(DEFINITIONS, CodeLists())
    yield from asking(catalog, build)
    figures = published_figures(build.figures, build.build_number)
    if (figures.horizon.last_day - figures.horizon.first_day).days >= 31:
        yield from changing(catalog, figures)
    figures.close()
    yield from opening(settings)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _quiet(_: str) -> None:
    """Progress that nobody reads."""


if __name__ == "__main__":
    main()
