"""DuckDB as an engine: one read-only instance per file, one cursor per statement, answers in Arrow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from dataport.engine.exact import Exact
from dataport.engines.duckdb.failures import failed

DIALECT = "duckdb"


class DuckDB:
    """One sealed file. It does everything exactly, for what is exact is what it was built and tested on."""

    name = "DuckDB"
    exactly = frozenset(Exact)

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def render(self, tree: exp.Query) -> str:
        return tree.sql(dialect=DIALECT, copy=False)

    def run(self, tree: exp.Query, parameters: Mapping[str, Any]) -> pa.Table:
        # a relation, because DuckDB copies the rows of an executed statement once more on their way to Arrow
        with _translated(), self.connection.cursor() as cursor:
            return cursor.sql(self.render(tree), params=dict(parameters)).to_arrow_table()

    def stream(self, tree: exp.Query, parameters: Mapping[str, Any], rows: int) -> pa.RecordBatchReader:
        with _translated():
            return self.connection.cursor().sql(self.render(tree), params=dict(parameters)).to_arrow_reader(rows)

    def close(self) -> None:
        self.connection.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as problem:
        raise failed(problem) from None
