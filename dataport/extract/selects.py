"""The SELECTs of an extract, rendered from the declared contract: never ``*``, every column cast at the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dataport.store.schema import Column, Kind, Table

# What a checksum's text has where a value is NULL, and between values: control characters that no field holds.
NULL_MARK, SEPARATOR = 30, 31


class ColumnSql(Protocol):
    """How a dialect reads a column."""

    def __call__(self, column: Column) -> str: ...


@dataclass(frozen=True, slots=True)
class Dialect:
    """What differs between the stores.

    Attributes:
        read: the expression that reads a column as its kind.
        types: what a NULL of each kind is cast to.
        damaged: the expression that names the damaged columns of a row, or is NULL.
        scan_all: written before ``change_no`` when the window starts at the beginning, so that an index is not walked.
    """

    read: ColumnSql
    types: dict[Kind, str]
    damaged: Callable[[Sequence[Column]], str]
    scan_all: str = ""
    false: str = field(default="FALSE")
    true: str = field(default="TRUE")


def changes_sql(table: Table, low: int, high: int, dialect: Dialect) -> str:
    """Current rows, superseded versions and tombstones of a window, in the columns of `contract.changes_schema`."""
    columns = _columns(table, dialect)
    within = _within(low, high, dialect)
    buried = ", ".join(_aliased(_of_tombstone(table, column, dialect), column) for column in table.landed)
    buried += f", CAST(NULL AS {dialect.types['text']})"
    return (
        f'SELECT {columns}, {dialect.false} AS "is_deleted" FROM "{table.name}" WHERE {within} '
        f'UNION ALL SELECT {columns}, {dialect.false} FROM "{table.name}_journal" WHERE {within} '
        f"UNION ALL SELECT {buried}, {dialect.true} FROM tombstone WHERE table_name = '{table.name}' AND {within}"
    )


def whole_sql(table: Table, dialect: Dialect) -> str:
    """The living rows, ordered by key so that equal contents give equal files."""
    columns = _columns(table, dialect)
    return f'SELECT {columns} FROM "{table.name}" ORDER BY "{table.name}"."{table.key}"'


def living_sql(table: Table, high: int, within: str, dialect: Dialect) -> str:
    """The living rows changed below `high` that a condition holds for."""
    columns = _columns(table, dialect)
    return f'SELECT {columns} FROM "{table.name}" WHERE change_no < {int(high)} AND ({within})'


def pending_sql(table: Table, high: int) -> str:
    """Keys with a change at `high` or above."""
    return (
        f'SELECT "{table.key}" AS key FROM "{table.name}" WHERE change_no >= {int(high)} '
        f"UNION SELECT key FROM tombstone WHERE table_name = '{table.name}' AND change_no >= {int(high)}"
    )


def most_versions_sql(table: Table, low: int, high: int, dialect: Dialect) -> str:
    """The largest number of journaled and buried versions of one record in the window."""
    within = _within(low, high, dialect)
    return (
        f'SELECT max(n) FROM (SELECT count(*) AS n FROM (SELECT "{table.key}" AS key FROM "{table.name}_journal" '
        f"WHERE {within} UNION ALL SELECT key FROM tombstone WHERE table_name = '{table.name}' AND {within}) AS v "
        "GROUP BY key) AS counted"
    )


def removals_sql(table: Table, low: int, high: int, dialect: Dialect) -> str:
    """How many records were there before the window and are gone at its end, and how many are left."""
    name, key = table.name, table.key
    return (
        f"SELECT (SELECT count(*) FROM (SELECT DISTINCT key FROM tombstone WHERE table_name = '{name}' "
        f"AND {_within(low, high, dialect)}) AS gone "
        f'WHERE NOT EXISTS (SELECT 1 FROM "{name}" AS left_over WHERE left_over."{key}" = gone.key) '
        f'AND key IN (SELECT "{key}" FROM "{name}_journal" WHERE change_no < {int(low)})), '
        f'(SELECT count(*) FROM "{name}")'
    )


def _columns(table: Table, dialect: Dialect) -> str:
    """A table's landed columns, and which of them are damaged."""
    read = [_aliased(dialect.read(column), column) for column in table.landed]
    return ", ".join([*read, f'{dialect.damaged(table.landed)} AS "damaged"'])


def _aliased(expression: str, column: Column) -> str:
    return f'{expression} AS "{column.name}"'


def _within(low: int, high: int, dialect: Dialect) -> str:
    number = f"{dialect.scan_all}change_no" if low == 0 else "change_no"
    return f"{number} >= {int(low)} AND {number} < {int(high)}"


def _of_tombstone(table: Table, column: Column, dialect: Dialect) -> str:
    if column.name == table.key:
        return "key"
    if column.name in ("change_no", "stamped_at"):
        return column.name
    return f"CAST(NULL AS {dialect.types[column.kind]})"
