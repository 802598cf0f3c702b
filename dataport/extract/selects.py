"""The SELECTs of an extract, rendered from the declared contract: never ``*``, every column cast at the source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from dataport.store.declared import Column, Kind, Table

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


def changes_sql(table: Table, low: int, high: int, dialect: Dialect, also: str = "FALSE") -> str:
    """Current rows, superseded versions and tombstones of a window, in the columns of `contract.changes_schema`.

    Args:
        also: a condition for versions outside the window that belong to it all the same.
    """
    columns = _columns(table, dialect)
    within = _within(low, high, dialect)
    within = within if also == "FALSE" else f"({within} OR ({also}))"
    return (
        f'SELECT {columns}, {dialect.false} AS "is_deleted" FROM "{table.name}" WHERE {within} '
        f'UNION ALL SELECT {columns}, {dialect.false} FROM "{table.name}_journal" WHERE {within} '
        f"UNION ALL SELECT {_buried(table, dialect)}, {dialect.true} FROM tombstone "
        f"WHERE table_name = '{table.name}' AND {within} "
        # Two sessions that delete and insert one key at once left crossed stamps in older stores: a record that lives
        # came last, and so a tombstone that is not before it says nothing.
        f'AND NOT EXISTS (SELECT 1 FROM "{table.name}" AS living WHERE living."{table.key}" = tombstone.key '
        "AND (living.change_no < tombstone.change_no OR living.stamped_at <= tombstone.stamped_at))"
    )


def whole_sql(table: Table, dialect: Dialect) -> str:
    """The living rows, ordered by key so that equal contents give equal files."""
    columns = _columns(table, dialect)
    return f'SELECT {columns} FROM "{table.name}" ORDER BY "{table.name}"."{table.key}"'


def late_sql(table: Table, low: int, numbers: Sequence[int], dialect: Dialect) -> str:
    """What some transactions wrote below `low`, by the mark that the server itself puts on rows, as `changes_sql`.

    A row that they changed bears the number of the version before it, where that is greater than theirs.
    """
    columns = _columns(table, dialect)
    marks = ", ".join(f"'{int(number) % 2**32}'" for number in numbers)
    own = ", ".join(str(int(number)) for number in numbers)
    within = f"change_no < {int(low)} AND (xmin::text IN ({marks}) OR change_no IN ({own}))"
    return (
        f'SELECT {columns}, {dialect.false} AS "is_deleted" FROM "{table.name}" WHERE {within} '
        f'UNION ALL SELECT {columns}, {dialect.false} FROM "{table.name}_journal" WHERE {within} '
        f"UNION ALL SELECT {_buried(table, dialect)}, {dialect.true} FROM tombstone "
        f"WHERE table_name = '{table.name}' AND {within}"
    )


def first_beyond_sql(table: Table, low: int, high: int) -> str:
    """The least number in a window of a version that is stamped after a moment; the moment is asked for three times."""
    within = f"change_no >= {int(low)} AND change_no < {int(high)} AND stamped_at > %s"
    return (
        f'SELECT min(n) FROM (SELECT change_no AS n FROM "{table.name}" WHERE {within} '
        f'UNION ALL SELECT change_no FROM "{table.name}_journal" WHERE {within} '
        f"UNION ALL SELECT change_no FROM tombstone WHERE table_name = '{table.name}' AND {within}) AS beyond"
    )


def living_sql(table: Table, high: int, newest: int, within: str, dialect: Dialect) -> str:
    """The living rows that no change is held back of, and that a condition holds for."""
    columns = _columns(table, dialect)
    return f'SELECT {columns} FROM "{table.name}" WHERE {outside_sql(high, newest)} AND ({within})'


def outside_sql(high: int, newest: int) -> str:
    """That a number is complete, or was never given here: then nothing is held back of it either."""
    return f"(change_no < {int(high)} OR change_no >= {int(newest)})"


def pending_sql(table: Table, high: int, newest: int) -> str:
    """Keys with a change that is held back."""
    within = f"change_no >= {int(high)} AND change_no < {int(newest)}"
    return (
        f'SELECT "{table.key}" AS key FROM "{table.name}" WHERE {within} '
        f"UNION SELECT key FROM tombstone WHERE table_name = '{table.name}' AND {within}"
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
    """How many records were there before the window and are gone at its end, and how many of those are left.

    Who came in the window is none of them: beside newcomers, a table that is lost would seem to have lost little. Both
    that have not changed and those that have are counted by themselves, for an OR would look up each key by itself.
    """
    name, key = table.name, table.key
    there_before = f'"{key}" IN (SELECT "{key}" FROM "{name}_journal" WHERE change_no < {int(low)})'
    return (
        f"SELECT (SELECT count(*) FROM (SELECT DISTINCT key FROM tombstone WHERE table_name = '{name}' "
        f"AND {_within(low, high, dialect)}) AS gone "
        f'WHERE NOT EXISTS (SELECT 1 FROM "{name}" AS left_over WHERE left_over."{key}" = gone.key) '
        f'AND key IN (SELECT "{key}" FROM "{name}_journal" WHERE change_no < {int(low)})), '
        f'(SELECT count(*) FROM "{name}" WHERE change_no < {int(low)}) + '
        f'(SELECT count(*) FROM "{name}" WHERE change_no >= {int(low)} AND {there_before})'
    )


def _columns(table: Table, dialect: Dialect) -> str:
    """A table's landed columns, and which of them are damaged."""
    read = [_aliased(dialect.read(column), column) for column in table.landed]
    return ", ".join([*read, f'{dialect.damaged(table.landed)} AS "damaged"'])


def _buried(table: Table, dialect: Dialect) -> str:
    """A tombstone in the columns of its table, of which it fills hardly any."""
    own = ", ".join(_aliased(_of_tombstone(table, column, dialect), column) for column in table.landed)
    return f"{own}, CAST(NULL AS {dialect.types['text']})"


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
