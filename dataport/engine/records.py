"""records: versions of records of people, read for a ScopedRecords. Only rows that one of its roles may see leave here.

The owner's table is read behind the roles' conditions. Whatever belongs to a person or a group is joined to the
versions of its owner that may be seen, and cut to the time in which both held. `find` and `members` look up keys and
nothing else, and also those that may not be seen. The same statements are run where there is such a case and where
there is none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import pyarrow as pa
from sqlglot import exp

from dataport.access.open import Owner, RoleView, ScopedRecords
from dataport.engine.blocks import Parameters, aliased, all_of, any_of, column, identifier, listed, select, table_of
from dataport.engine.lower_conditions import member_of, test_of
from dataport.engine.protocol import Bound, Engine, rows_of, run, stream
from dataport.semantic.record import RecordModel, RecordModels

_NOBODY = -1
OPEN_END = datetime(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Row:
    """One version of a record, for as long as some role may see it.

    Attributes:
        values: all its fields by name; those that no role of `roles` may see are still to be left out.
        roles: which of the views (by position) may see it.
        cut: whether it began before what the roles may see of it, and whether it went on after.
    """

    values: Mapping[str, Any]
    roles: tuple[int, ...]
    cut: tuple[bool, bool] = (False, False)

    def __repr__(self) -> str:
        return f"Row({len(self.values)} fields)"


@dataclass(frozen=True, slots=True)
class Spans:
    """Stretches of time in which owners may be seen, by column: key, from, to, and a flag for each view of a role."""

    owner: RecordModel
    columns: tuple[tuple[Any, ...], ...] = field(repr=False)

    def ending_in_sight(self, row: Row) -> Row:
        """The row, open-ended where its owner is out of scope at its end: what was done to it then is not told."""
        key, end = row.values[self.owner.key], row.values["valid_to"]
        keys, firsts, lasts, *_ = self.columns
        spans = zip(keys, firsts, lasts, strict=True)
        if any(one == key and first <= end < last for one, first, last in spans):
            return row
        return Row({**row.values, "valid_to": OPEN_END}, row.roles)


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
        return {owner: frozenset(self._table(tree, Parameters()).column_names) for owner, tree in nothing.items()}

    def close(self) -> None:
        self._engine.close()

    def owners(self, owner: RecordModel, keys: Sequence[int], scoped: ScopedRecords) -> list[Row]:
        """The versions of persons or groups that may be seen, oldest first."""
        views = scoped.views.get(owner.entity, ())
        parameters = Parameters()
        tree = _guarded(owner, keys, views, parameters, [exp.Star()])
        return self._rows(tree, parameters, len(views), (owner.key, "valid_from"))

    def members(self, groups: Sequence[int]) -> tuple[int, ...]:
        """Keys of all who ever were in the groups, visible or not: what may be seen of them is asked by `owned`."""
        parameters, membership = Parameters(), self._models.membership
        group, person = self._models[membership.leads_to or ""].key, self._models.owner_of(membership).key
        where = [member_of(column(group), _some(groups), parameters)]
        rows = self._run(select([column(person)], table_of(membership.table), where=where, distinct=True), parameters)
        return tuple(sorted(row[person] for row in rows))

    def spans(
        self,
        owner: RecordModel,
        keys: Sequence[int],
        views: Sequence[RoleView],
        within: Sequence[RoleView],
        allowed: Sequence[frozenset[int]] | None = None,
    ) -> Spans:
        """When some role may see what belongs to each owner, and some role of `within` the owner itself.

        Args:
            allowed: of each role of `within`, which owners it may open at all; None where none of them is limited.
        """
        parameters = Parameters()
        seen = [column(name) for name in (owner.key, "valid_from", "valid_to")]
        opens = tests_of(owner, within, parameters)
        if allowed is not None:
            named = [member_of(column(owner.key), _some(sorted(few)), parameters) for few in allowed]
            opens = [all_of([test, may]) for test, may in zip(opens, named, strict=True)]
        tests = [
            all_of([test, any_of([opens[m].copy() for m in opened_by(n, views, within)])])
            for n, test in enumerate(tests_of(owner, views, parameters))
        ]
        rows = self._run(_flagged(owner, keys, tests, parameters, seen), parameters)
        names = (owner.key, "valid_from", "valid_to", *(f"_role_{n}" for n in range(len(views))))
        # where there are none, one that is of nobody and at no time, so that the same statement is run
        found = [tuple(row[name] for name in names) for row in rows] or [
            (_NOBODY, datetime.max, datetime.min, *(False for _ in views))
        ]
        return Spans(owner, tuple(zip(*found, strict=True)))

    def owned(self, model: RecordModel, spans: Spans) -> list[Row]:
        """The versions of what belongs to persons or groups, cut to the time in which their owner may be seen.

        The order ends with the key of a record. Without it, rows that tie would stand in the order of the file, which
        changes when other records do.

        Args:
            spans: of the owners, as the roles that count for this entity see them.
        """
        owner, views = spans.owner, len(spans.columns) - 3
        parameters = Parameters()
        narrowed = [member_of(column(owner.key), tuple(dict.fromkeys(spans.columns[0])), parameters)]
        # a record that names several owners belongs to the first: what was given to one member is that member's
        for name in model.owners[: model.owners.index(owner.name)]:
            narrowed.append(exp.Is(this=column(self._models[name].key), expression=exp.Null()))
        of = select([exp.Star()], table_of(model.table), where=narrowed).subquery("record", copy=False)
        names = (f"_{owner.key}", "_valid_from", "_valid_to", *(f"_role_{n}" for n in range(views)))
        spanned = [
            aliased(listed(parameters.add(list(values))), name)
            for name, values in zip(names, spans.columns, strict=True)
        ]
        owners = select(spanned, None).subquery("owner", copy=False)
        begins, ends = column("valid_from", "record"), column("valid_to", "record")
        since, until = column("_valid_from", "owner"), column("_valid_to", "owner")
        meet: list[exp.Expr] = [
            exp.EQ(this=column(owner.key, "record"), expression=column(f"_{owner.key}", "owner")),
            exp.LT(this=begins, expression=until),
        ]
        if model.is_of_a_moment:
            meet.append(exp.LTE(this=since.copy(), expression=begins.copy()))
            bounds: tuple[exp.Expr, exp.Expr] = (begins.copy(), ends)
        else:
            meet.append(exp.LT(this=since.copy(), expression=ends.copy()))
            first = exp.Greatest(this=begins.copy(), expressions=[since], ignore_nulls=True)
            bounds = (first, exp.Least(this=ends, expressions=[until.copy()], ignore_nulls=True))
        columns: list[exp.Expr] = [
            exp.Column(this=exp.Star(), table=identifier("record")),
            aliased(bounds[0], "_from"),
            aliased(bounds[1], "_to"),
            *(column(f"_role_{n}", "owner") for n in range(views)),
        ]
        tree = select(columns, of, joins=[exp.Join(this=owners, on=all_of(meet))])
        return self._rows(tree, parameters, views, (owner.key, "_from", model.key))

    def _rows(self, tree: exp.Select, parameters: Parameters, views: int, order: Sequence[str]) -> list[Row]:
        tree.set("order", exp.Order(expressions=[exp.Ordered(this=column(name), nulls_first=False) for name in order]))
        found = []
        for row in self._run(tree, parameters):
            roles = tuple(n for n in range(views) if row.pop(f"_role_{n}"))
            cut = False, False
            if "_from" in row:
                seen = {"valid_from": row.pop("_from"), "valid_to": row.pop("_to")}
                cut = row["valid_from"] < seen["valid_from"], seen["valid_to"] < row["valid_to"]
                row |= seen
            found.append(Row({name: value for name, value in row.items() if not name.startswith("_")}, roles, cut))
        return found

    def _run(self, tree: exp.Select, parameters: Parameters) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._table(tree, parameters).to_pylist()
        return found

    def rows(self, tree: exp.Query, parameters: Parameters) -> list[tuple[Any, ...]]:
        """The rows of a statement that was built behind the conditions of roles."""
        return rows_of(self._table(tree, parameters))

    def reader(self, tree: exp.Query, parameters: Parameters, rows: int) -> pa.RecordBatchReader:
        """The same as a stream of Arrow batches; the file stays open for as long as it is read."""
        return stream(self._engine, Bound.to(parameters.values, tree), rows)

    def find(self, ids: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Keys of the owners, by kind, that some version with one of these ids leads to, visible or not."""
        parameters, lookup, owners = Parameters(), self._models.lookup, self._models.owners
        assert lookup
        where = member_of(column(lookup.id), tuple(ids) or ("",), parameters)
        rows = self._run(select([column(one.key) for one in owners], table_of(lookup.table), where=[where]), parameters)
        return {one.name: tuple(sorted({row[one.key] for row in rows if row[one.key] is not None})) for one in owners}

    def _table(self, tree: exp.Query, parameters: Parameters) -> pa.Table:
        return run(self._engine, Bound.to(parameters.values, tree))


def _guarded(
    owner: RecordModel,
    keys: Sequence[int],
    views: Sequence[RoleView],
    parameters: Parameters,
    columns: Sequence[exp.Expr],
) -> exp.Select:
    """Versions of the owner that some role may see, with a flag for each role."""
    return _flagged(owner, keys, tests_of(owner, views, parameters), parameters, columns)


def _flagged(
    owner: RecordModel,
    keys: Sequence[int],
    tests: Sequence[exp.Expr],
    parameters: Parameters,
    columns: Sequence[exp.Expr],
) -> exp.Select:
    """Versions of the owner that pass a test, with a flag for each. Nothing else in this module reads its table."""
    flags = [exp.Coalesce(this=test.copy(), expressions=[exp.false()]) for test in tests]
    named = [aliased(flag, f"_role_{n}") for n, flag in enumerate(flags)]
    narrowed = member_of(column(owner.key), _some(keys), parameters)
    return select([*columns, *named], table_of(owner.table), where=[narrowed, any_of(tests)])


def opened_by(n: int, views: Sequence[RoleView], within: Sequence[RoleView]) -> list[int]:
    """Which views of owners (in `within`) open the owners for the nth view of what belongs to them.

    Those of the same role, so that two roles never add up to more than either of them gives. A role without a view of
    owners is judged on the owners that the other roles open. Each view of the owners themselves opens its own.
    """
    if views == within:
        return [n]
    own = [m for m, view in enumerate(within) if view.role == views[n].role]
    return own or list(range(len(within)))


def tests_of(owner: RecordModel, views: Sequence[RoleView], parameters: Parameters) -> list[exp.Expr]:
    """Whether each role may see a version of the owner; false for a role that is not about such owners."""
    return [test_of(view.rows[owner.name], parameters) if owner.name in view.rows else exp.false() for view in views]


def _some(keys: Sequence[int]) -> tuple[int, ...]:
    """The keys; where there are none, one that nobody has, so that the same statement is run."""
    return tuple(keys) or (_NOBODY,)
