"""What questions cost: compiled, run beside hand-written SQL, over many months, and answered by the rollup."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import duckdb

from bench.questions import HAND_WRITTEN, SERVED, questions
from dataport.access import Permission, Viewer, ViewerClass, guard
from dataport.engine import Figures, Statement, lower, plan, seal
from dataport.engines.duckdb import published_figures
from dataport.errors import DataportError
from dataport.semantic import Catalog, DateRange, Horizon, Request, resolve
from dataport.warehouse.sealed import open_sealed
from dataport.warehouse.versions import Published

Row = tuple[str, str]
ENTITIES = ("individual", "registration_group", "event", "specific_need", "document", "assistance", "address")
EVERYTHING = Viewer(
    "bench",
    ViewerClass.REGISTRATION,
    tuple(Permission("bench", entity, None, True, False, 6, "T2", 0) for entity in ENTITIES),
    1,
)
MIXED, ROUNDS = 200, 7


def asking(definitions: Catalog, build: Published) -> Iterator[Row]:
    """Measure a published version."""
    path = build.figures
    figures = published_figures(path, build.build_number, rows=build.figure_rows)
    catalog = figures.held(definitions)
    every = [one for one in questions(catalog, figures.horizon) if _can_be_asked(one, catalog, figures.horizon)]
    asked = every[:: max(1, len(every) // MIXED)][:MIXED]
    for request in asked[:50]:
        compiled(request, catalog, figures.horizon)
    gc.collect()
    gc.freeze()  # as a service does before its first question
    taken = [timed(lambda r=request: _text(r, catalog, figures)) * 1000 for request in asked]  # type: ignore[misc]
    cuts = statistics.quantiles(taken, n=20)
    yield (
        f"compile {len(asked)} mixed questions, resolve to SQL text",
        f"p50 {cuts[9]:.1f} ms, p95 {cuts[18]:.1f} ms, the longest {max(taken):.1f} ms",
    )
    yield from _beside_hand_written(catalog, figures, path)
    if (figures.horizon.last_day - figures.horizon.first_day).days > 59 * 30:
        yield from _trends(catalog, figures)
    yield from _served(catalog, figures)
    yield _all_of_them(asked, catalog, figures)
    figures.close()


def _can_be_asked(request: Request, catalog: Catalog, horizon: Horizon) -> bool:
    """Whether history is long enough for it."""
    try:
        resolve(request, catalog, horizon)
    except DataportError:
        return False
    return True


def _text(request: Request, catalog: Catalog, figures: Figures) -> list[str]:
    """The statements of a request as text."""
    statement = compiled(request, catalog, figures.horizon)
    return [figures.engine.render(one.tree) for one in statement.queries]


def compiled(request: Request, catalog: Catalog, horizon: Horizon, rollups: bool = True) -> Statement:
    """The statement of a request, for a viewer of everything."""
    scoped = guard(resolve(request, catalog, horizon), EVERYTHING)
    return seal(lower(plan(scoped, rollups=rollups)), scoped)


def _beside_hand_written(catalog: Catalog, figures: Figures, path: Path) -> Iterator[Row]:
    hand = open_sealed(path)
    ratios = {}
    now = f"timestamp '{figures.horizon.watermark}'"
    pairs = [
        (request, compiled(request, catalog, figures.horizon, rollups=False), text.replace(":now", now))
        for request, text in HAND_WRITTEN
    ]
    for request, statement, sql in pairs:  # and everything has been read once before anything is measured
        _check_same(request, figures, statement, hand, sql)
    for request, statement, sql in pairs:
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(timed(lambda: figures.run(statement)))  # noqa: B023
            theirs.append(timed(lambda: hand.sql(sql).to_arrow_table()))  # noqa: B023
        name = f"{', '.join(request.indicators)} by {', '.join(request.by) or 'nothing'}"
        name += f" where {' and '.join(request.where)}" if request.where else ""
        ratios[name] = (min(ours) / min(theirs), min(ours), min(theirs))
    hand.close()
    several = [ratio for ratio, _, _ in ratios.values()]
    worst = max(ratios, key=lambda name: ratios[name][0])
    yield (
        f"run {len(ratios)} questions on the facts beside hand-written SQL",
        f"{statistics.geometric_mean(several):.2f} times (geometric mean), worst {max(several):.2f} ({worst})",
    )
    for name, (ratio, ours_best, theirs_best) in ratios.items():
        yield f"… {name}", f"{ratio:.2f}: {ours_best * 1000:.0f} ms beside {theirs_best * 1000:.0f} ms"


def _check_same(
    request: Request, figures: Figures, statement: Statement, hand: duckdb.DuckDBPyConnection, sql: str
) -> None:
    mine = figures.run(statement).rows.data.to_pylist()
    width = len(hand.sql(sql).columns)
    theirs = hand.sql(sql).fetchall()
    if [tuple(row.values())[:width] for row in mine] != theirs:
        sys.exit(f"The hand-written answer differs: {request.indicators} by {request.by}: {theirs[:3]}")


def _trends(catalog: Catalog, figures: Figures) -> Iterator[Row]:
    """Sixty months of a stock beside one date of it, on the facts."""
    last = figures.horizon.last_day
    period = DateRange((last - timedelta(days=59 * 30)).replace(day=1), last)
    trend = Request(("active_individuals",), ("country_of_asylum",), period=period, grain="month")
    single = Request(("active_individuals",), ("country_of_asylum",))
    for words, rollups in (("on the facts", False), ("from the rollup", True)):
        many, one = (compiled(request, catalog, figures.horizon, rollups) for request in (trend, single))
        spent = [min(timed(lambda s=s: figures.run(s)) for _ in range(ROUNDS)) for s in (many, one)]  # type: ignore[misc]
        yield (
            f"a trend of 60 months by country beside one date, {words}",
            f"{spent[0] / spent[1]:.2f} times: {spent[0] * 1000:.0f} ms beside {spent[1] * 1000:.0f} ms",
        )


def _served(catalog: Catalog, figures: Figures) -> Iterator[Row]:
    spent = []
    for request in SERVED:
        statement = compiled(request, catalog, figures.horizon)
        spent.append(min(timed(lambda s=statement: figures.run(s)) for _ in range(ROUNDS)) * 1000)  # type: ignore[misc]
    yield f"run {len(spent)} questions that the rollup answers", ", ".join(f"{one:.0f}" for one in spent) + " ms"


def _all_of_them(asked: list[Request], catalog: Catalog, figures: Figures) -> Row:
    """Each of the mixed questions, compiled and run once."""
    spent = [timed(lambda r=request: figures.run(compiled(r, catalog, figures.horizon))) * 1000 for request in asked]  # type: ignore[misc]
    cuts = statistics.quantiles(spent, n=20)
    slow = asked[spent.index(max(spent))]
    return (
        f"compile and run the {len(asked)} mixed questions, once each",
        f"p50 {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms, the longest {max(spent):.0f} ms "
        f"({', '.join(slow.indicators)} by {', '.join(slow.by)})",
    )


def cold(home: Path) -> Iterator[Row]:
    """A whole process that asks one question, its modules compiled to bytecode as those of an installation are."""
    asked = [str(Path(sys.executable).parent / "dataport"), "ask", "active_individuals", "--home", str(home)]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    run = partial(subprocess.run, asked, env=env, check=True, capture_output=True)
    run()
    spent = [timed(run) for _ in range(5)]
    yardstick = [sys.executable, "-c", "import numpy, duckdb, pyarrow"]
    beside = [timed(lambda: subprocess.run(yardstick, check=True)) for _ in range(5)]
    yield "`dataport ask active_individuals`, the whole process, 5 times", f"{min(spent):.2f} to {max(spent):.2f} s"
    yield "… beside a process that imports numpy, duckdb and pyarrow only", f"{min(spent) / min(beside):.1f} times"


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
