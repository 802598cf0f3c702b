"""What narrow types are worth: the published figures with texts, and with enums, beside each other in one run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb

from bench.asking import ROUNDS, compiled, timed
from dataport.engine import Figures
from dataport.engines.duckdb import published_figures
from dataport.semantic import Catalog, Request
from dataport.settings import BUILD_MEMORY
from dataport.warehouse import narrow as layout
from dataport.warehouse.dbt import Limits
from dataport.warehouse.narrow import copy_as, narrow

Row = tuple[str, str]
ASKED = (
    Request(("active_individuals",), ("country_of_asylum",)),
    Request(("active_individuals",), ("country_of_origin", "sex")),
    Request(("active_individuals",), ("country_of_asylum",), ("sex = 'F'", "age_group_detailed in ('0-4', '5-11')")),
    Request(("active_individuals",), ("location",), ("country_of_asylum = 'UGA'",)),
    Request(("active_individuals",), ("marital_status", "accommodation", "sex", "education_level")),
    Request(("active_individuals",), ("occupation",)),
    Request(("active_individuals",), ("relationship",)),
    Request(("share_of_women_and_girls", "share_of_children"), ("country_of_origin",)),
    Request(("valid_documents",), ("country_of_asylum",)),
    Request(("active_individuals",), ("occupation", "sex")),
)


def narrowing(catalog: Catalog, path: Path, number: int) -> Iterator[Row]:
    """Measure a published file: bytes, how long narrow types take to write, and questions on the facts."""
    with tempfile.TemporaryDirectory(prefix="dataport-bench-") as folder:
        texts, enums, all_enums = (Path(folder) / f"{name}.duckdb" for name in ("texts", "enums", "all"))
        took = timed(lambda: _written_as_texts(path, texts))
        enums.write_bytes(texts.read_bytes())
        yield "write it anew with texts, with enums", f"{took:.1f} s, {timed(lambda: _narrowed(enums)):.1f} s"
        kept, layout.KEPT_AS_TEXT = layout.KEPT_AS_TEXT, frozenset()
        all_enums.write_bytes(texts.read_bytes())
        _narrowed(all_enums)
        layout.KEPT_AS_TEXT = kept
        sizes = texts.stat().st_size, enums.stat().st_size
        yield (
            "the file with texts, with enums",
            f"{sizes[0] / 1e6:,.1f} MB, {sizes[1] / 1e6:,.1f} MB, {sizes[1] / sizes[0]:.2f} of it",
        )
        yield from _asked(catalog, tuple(published_figures(one, number) for one in (texts, enums, all_enums)))


def _asked(catalog: Catalog, files: tuple[Figures, ...]) -> Iterator[Row]:
    for request in ASKED:
        statement = compiled(request, catalog, files[0].horizon, rollups=False)
        answers = [file.run(statement).rows.data for file in files]
        assert all(answer == answers[0] for answer in answers), request
        best = [min(spent) for spent in zip(*(_round(statement, files) for _ in range(ROUNDS)), strict=True)]
        name = f"{', '.join(request.indicators)} by {', '.join(request.by)}"
        name += f" where {' and '.join(request.where)}" if request.where else ""
        told = ", ".join(f"{one * 1000:.1f}" for one in best)
        yield name, f"{told} ms: {best[1] / best[0]:.2f}; without any text {best[2] / best[0]:.2f}"
    for file in files:
        file.close()


def _round(statement: object, files: tuple[Figures, ...]) -> tuple[float, ...]:
    return tuple(timed(lambda f=file: f.run(statement)) for file in files)  # type: ignore[misc]


def _narrowed(path: Path) -> None:
    narrow(path, Limits())


def _written_as_texts(path: Path, target: Path) -> None:
    with closing(duckdb.connect(":memory:", config={"memory_limit": BUILD_MEMORY})) as engine:
        engine.execute("attach $path as old (read_only)", {"path": str(path)})
        engine.execute("attach $path as new", {"path": str(target)})
        copy_as(engine, {})
