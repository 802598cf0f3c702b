"""What a further daily version costs on the disk and to publish, and what its log costs whoever asks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from dataport.jobs.refresh import refresh
from dataport.jobs.status import size_of
from dataport.settings import Settings
from dataport.store import Store
from dataport.synthetic import advance
from dataport.warehouse.bases import log_of
from dataport.warehouse.sealed import open_sealed
from dataport.warehouse.versions import FILES, Published

Row = tuple[str, str]
_COUNT = "select country_of_asylum_code, sex_code, count(*) from fct_population where sex_code = 'F' group by all"


def daily(settings: Settings, store: Store, days: int) -> Iterator[Row]:
    """Rows of the table: the first version, then one for each day."""
    first = refresh(settings, _quiet).build
    whole = _bytes(first.published)
    yield "first version", f"{whole / 1e6:,.1f} MB, published in {first.seconds['publish']:.1f} s"
    yield "open the figures, count by two attributes", _asked(first.published)
    for day in range(days):
        advance(store, 1, 1, _quiet)
        started = time.perf_counter()
        done = refresh(settings, _quiet)
        took, build = time.perf_counter() - started, done.build
        added = _added(build.published)
        rows = sum(batch.rows for batch in done.batches)
        yield (
            f"day {day + 1}: {rows:,} rows landed",
            f"{took:.0f} s in all, published in {build.seconds['publish']:.2f} s; adds {added / 1e6:,.1f} MB, "
            f"{added / whole:.1%} of the first ({_logs(build.published)})",
        )
        yield "open the figures, count by two attributes", _asked(build.published)


def _logs(version: Published) -> str:
    logs = {name: log_of(getattr(version, name)) for name in FILES}
    told = [f"log of {name} {log.stat().st_size / 1e6:,.1f} MB" for name, log in logs.items() if log.is_file()]
    return ", ".join(told) or "the next base"


def _bytes(version: Published) -> int:
    return size_of(version.figures.parent)


def _added(version: Published) -> int:
    """Bytes of the files of a version that no other has."""
    return sum(one.stat().st_size for one in version.figures.parent.iterdir() if one.stat().st_nlink == 1)


def _asked(version: Published) -> str:
    opened = _best(lambda: _count(version.figures, 0))
    with closing(open_sealed(version.figures)) as file:
        asked = _best(lambda: file.execute(_COUNT).fetchall())
    return f"{opened * 1e3:.1f} ms, {asked * 1e3:.1f} ms (best of 6)"


def _count(path: Path, limit: int) -> None:
    with closing(open_sealed(path)) as file:
        file.execute("select 1 from fct_population limit ?", [limit]).fetchall()


def _best(work: Callable[[], object]) -> float:
    found = []
    for _ in range(6):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return min(found)


def _quiet(_: str) -> None:
    """Progress that nobody reads."""
