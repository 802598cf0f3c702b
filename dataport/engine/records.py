"""records: one published version of the records of people, and the keys by which they are found in it.

`find` and `members` give keys and nothing else, also of those who may not be seen. Rows are read by `fetching` alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
from sqlglot import exp

from dataport.access.open import Owner, RoleView
from dataport.engine.blocks import Parameters, column, listed, select, table_of
from dataport.engine.lower_conditions import member_of, test_of
from dataport.engine.protocol import Bound, Engine, rows_of, stream
from dataport.semantic.record import RecordModel, RecordModels

# A key that nobody has: where there are no keys, it is read in their place, so that the same statement is run.
NOBODY = -1
OPEN_END = datetime(9999, 12, 31)
# How many rows a batch has.
ROWS = 50_000


class Records:
    """One published version of the records."""

    def __init__(self, engine: Engine, data_version: int, models: RecordModels) -> None:
        self.data_version, self._models = data_version, models
        self._engine = engine

    @cached_property
    def held(self) -> Mapping[Owner, frozenset[str]]:
        """The columns of each owner's records, by which policies can decide."""
        nothing = {
            one.name: select([exp.Star()], table_of(one.table), where=[exp.false()]) for one in self._models.owners
        }
        return {owner: frozenset(self.reader(tree, Parameters()).schema.names) for owner, tree in nothing.items()}

    def close(self) -> None:
        self._engine.close()

    def find(self, ids: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Keys of the owners, by kind, that some version with one of these ids leads to, visible or not."""
        parameters, lookup, owners = Parameters(), self._models.lookup, self._models.owners
        assert lookup
        where = member_of(column(lookup.id), tuple(ids) or ("",), parameters)
        tree = select([column(one.key) for one in owners], table_of(lookup.table), where=[where])
        found = self.table(tree, parameters)
        return {one.name: tuple(sorted({*found[one.key].to_pylist()} - {None})) for one in owners}

    def existing(self, owner: RecordModel, keys: Sequence[int]) -> frozenset[int]:
        """Which of these keys a person or group has at all, visible or not. No viewer is told of it."""
        parameters = Parameters()
        where = [keyed(column(owner.key), keys, parameters)]
        found = self.rows(select([column(owner.key)], table_of(owner.table), where=where, distinct=True), parameters)
        return frozenset(key for (key,) in found)

    def members(self, groups: Sequence[int]) -> tuple[int, ...]:
        """Keys of all who ever were in the groups, visible or not: who may be seen of them is asked afterwards."""
        parameters, membership = Parameters(), self._models.membership
        group, person = self._models[membership.leads_to or ""].key, self._models.owner_of(membership).key
        where = [keyed(column(group), groups, parameters)]
        found = self.rows(select([column(person)], table_of(membership.table), where=where, distinct=True), parameters)
        return tuple(sorted(key for (key,) in found))

    def rows(self, tree: exp.Query, parameters: Parameters) -> list[tuple[Any, ...]]:
        """The rows of a statement that was built behind the conditions of roles, or that gives keys."""
        return rows_of(self.table(tree, parameters))

    def table(self, tree: exp.Query, parameters: Parameters) -> pa.Table:
        """The same by column."""
        return self.reader(tree, parameters).read_all()

    def reader(self, tree: exp.Query, parameters: Parameters, rows: int = ROWS) -> pa.RecordBatchReader:
        """The same as batches of so many rows; the file stays open for as long as it is read. Whatever is read of the
        records is read here."""
        return stream(self._engine, Bound.to(parameters.values, tree), rows)


def keyed(column: exp.Expr, keys: Sequence[int], parameters: Parameters) -> exp.Expr:
    """Whether a key is one of these. They are one list parameter, so that the statement is the same for any number.

    DuckDB joins a table with such a list and passes over the blocks that hold nothing of it. With a parameter for each
    it would hold every row of the table against all of them.
    """
    listing = select([listed(parameters.add(list(keys) or [NOBODY]))], None)
    return exp.In(this=column, query=listing.subquery(copy=False))


def tests_of(owner: RecordModel, views: Sequence[RoleView], parameters: Parameters) -> list[exp.Expr]:
    """Whether each role may see a version of the owner; false for a role that is not about such owners."""
    return [test_of(view.rows[owner.name], parameters) if owner.name in view.rows else exp.false() for view in views]


def opened_by(n: int, views: Sequence[RoleView], within: Sequence[RoleView]) -> list[int]:
    """Which views of owners (in `within`) open the owners for the nth view of what belongs to them.

    Those of the same role, so that two roles never add up to more than either of them gives. A role without a view of
    owners is judged on the owners that the other roles open. Each view of the owners themselves opens its own.
    """
    if views == within:
        return [n]
    own = [m for m, view in enumerate(within) if view.role == views[n].role]
    return own or list(range(len(within)))
