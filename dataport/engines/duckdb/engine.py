"""DuckDB as an engine: one read-only instance per file, one cursor per statement, answers in Arrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from dataport.engine.exact import Exact
from dataport.engines.duckdb.failures import failed, raised_as
from dataport.turn import running

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
        with _translated(), self.connection.cursor() as cursor, running(cursor.interrupt):
            return _as_texts(cursor.sql(self.render(tree), params=dict(parameters)).to_arrow_table())

    def stream(self, tree: exp.Query, parameters: Mapping[str, Any], rows: int) -> pa.RecordBatchReader:
        cursor = self.connection.cursor()
        with _translated(), running(cursor.interrupt):
            found = cursor.sql(self.render(tree), params=dict(parameters)).to_arrow_reader(rows)
        schema = _texts_of(found.schema)
        return pa.RecordBatchReader.from_batches(schema, _batches(found, schema, cursor.interrupt))

    def close(self) -> None:
        self.connection.close()


def _as_texts(table: pa.Table) -> pa.Table:
    """The rows with enums as the texts that they stand for: whoever is answered need not know how a code is kept.

    A column that was made of nothing but null is one of texts, of which none is known.
    """
    schema = _texts_of(table.schema)
    return table if schema == table.schema else table.cast(schema)


def _texts_of(schema: pa.Schema) -> pa.Schema:
    return pa.schema([one.with_type(_text_of(one.type)) for one in schema], schema.metadata)


def _text_of(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_null(kind):
        return pa.string()
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _batches(found: pa.RecordBatchReader, schema: pa.Schema, interrupt: Callable[[], None]) -> Iterator[pa.RecordBatch]:
    """The batches; what stops DuckDB among them comes through Arrow, with DuckDB's words, which may hold a value."""
    while True:
        try:
            with running(interrupt):
                batch = found.read_next_batch()
        except StopIteration:
            return
        except OSError as problem:
            raise failed(raised_as(str(problem))) from None
        yield batch if schema == found.schema else batch.cast(schema)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as problem:
        raise failed(problem) from None
