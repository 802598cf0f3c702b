"""The small world, built once as a job would build it: batch by batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import forked
import pytest

from dataport.warehouse.build import Build, build
from dataport.warehouse.sealed import open_sealed
from tests.warehouse import stories
from tests.warehouse.landings import Writer


@dataclass(frozen=True)
class World:
    """A home with the world in it, and what each of its builds said."""

    home: Path
    builds: tuple[Build, ...]

    @property
    def last(self) -> Build:
        return self.builds[-1]


@pytest.fixture(scope="session", autouse=True)
def forked_builds() -> None:
    forked.fork_builds()


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Five batches in four builds: one, one, two at once, and one in which only the clock moved.

    A few rows are put in order at a time, as some millions are in a large home.
    """
    path = tmp_path_factory.mktemp("world")
    writer = Writer(path / "landing")
    builds = []
    with pytest.MonkeyPatch.context() as few:
        few.setenv("DATAPORT_DBT_ROWS_AT_ONCE", "5")
        for first, last in ((1, 1), (2, 2), (3, 4), (5, 5)):
            stories.land(writer, first, last)
            builds.append(build(*stories.home(path)))
    return World(path, tuple(builds))


class Figures:
    """Questions to a published build, by the ids of the stories."""

    def __init__(self, last: Build) -> None:
        self.figures = open_sealed(last.published.figures)
        self.records = open_sealed(last.published.records)
        self.keys = dict(
            self.records.execute(
                "select individual_id, individual_key from dim_individual union "
                "select group_id, group_key from dim_group union "
                "select individual_id, individual_key from bridge_membership"
            ).fetchall()
        )

    def stretches(self, individual_id: str, columns: str) -> list[tuple[Any, ...]]:
        """Rows of a person in order: the columns, then valid_from, valid_to, both causes."""
        return self.rows(
            f"select {columns}, valid_from, valid_to, start_cause_code, end_cause_code from fct_population "
            "where individual_key = ? order by valid_from",
            self.keys[individual_id],
        )

    def rows(self, sql: str, *params: object) -> list[tuple[Any, ...]]:
        """All rows of a statement on the figures."""
        return self.figures.execute(sql, list(params)).fetchall()


@pytest.fixture(scope="session")
def figures(world: World) -> Iterator[Figures]:
    """The world's last build, opened as a reader opens it."""
    opened = Figures(world.last)
    yield opened
    opened.figures.close()
    opened.records.close()


def checksums(build: Build) -> dict[str, tuple[int, int]]:
    """Per published table: rows, and a checksum that does not depend on their order.

    Build numbers differ by nature, and so does how a code is kept (see `narrow`).
    """
    found = {}
    for name in ("figures", "records"):
        with open_sealed(getattr(build.published, name)) as file:
            for (table,) in file.execute("select table_name from duckdb_tables() order by 1").fetchall():
                columns = "history_start, watermark" if table == "build" else as_texts(file, table)
                [found[f"{name}.{table}"]] = file.execute(
                    f"select count(*), sum(hash(t)) from (select {columns} from {table}) as t"
                ).fetchall()
    return found


def as_texts(file: duckdb.DuckDBPyConnection, table: str) -> str:
    """All columns of a table for a SELECT, codes as the texts that they are."""
    told = file.execute("select column_name, data_type from duckdb_columns() where table_name = ?", [table]).fetchall()
    codes = [f'cast("{name}" as varchar) as "{name}"' for name, kind in told if kind.startswith("ENUM(")]
    return f"* replace ({', '.join(codes)})" if codes else "*"
