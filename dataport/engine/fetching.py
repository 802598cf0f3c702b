"""fetching: the records of one kind that a viewer may open, as they stand at an instant, as a stream of Arrow batches.

A record is told where one of the viewer's roles may see its owner's version at that instant; a field of it, where a
role may see both that version and the field. No role opens more owners than its limit: it opens the first, by key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import pyarrow as pa
from sqlglot import exp

from dataport.access.open import RoleView, ScopedRecords
from dataport.engine.blocks import (
    Parameters,
    aliased,
    all_of,
    any_of,
    case,
    column,
    is_known,
    select,
    table_of,
    union,
)
from dataport.engine.lower_conditions import member_of
from dataport.engine.records import Records, opened_by, tests_of
from dataport.semantic.record import ACCOUNTS, RecordModel, RecordModels

# Of each role for owners, by position: whom it may open; None while that is being found out.
Allowed: TypeAlias = tuple[tuple[int, ...], ...] | None
# The column that names the fields that this viewer may not see in a row, though they may in other rows.
NOT_SHOWN = "not_shown"
_HIDDEN = "_hidden_"
_NOBODY = -1


@dataclass(frozen=True, slots=True)
class Openable:
    """What may be opened of what was picked.

    Attributes:
        allowed: of each kind of owner, whom each role opens.
        owners: of each kind of owner, whom they open together.
        records: how many records that is.
        more: how many owners more could be opened, by asking for fewer at a time.
    """

    allowed: Mapping[str, tuple[tuple[int, ...], ...]] = field(repr=False)
    owners: Mapping[str, tuple[int, ...]] = field(repr=False)
    records: int
    more: int


class Fetching:
    """One kind of record at one instant, for one viewer."""

    def __init__(
        self,
        records: Records,
        models: RecordModels,
        model: RecordModel,
        picked: Mapping[str, Sequence[int]],
        closing: datetime,
        scoped: ScopedRecords,
        sources: frozenset[str] | None = None,
    ) -> None:
        """Records chosen by their own keys, or by those of their owners.

        Args:
            picked: by column, the keys of those that are chosen.
            sources: the stores whose history reaches the instant; None where that of all does.
        """
        self._sources = sources
        self._records, self._models, self._model = records, models, model
        self._picked, self._closing = picked, closing
        self._views = scoped.views.get(model.entity, ())
        self._owners = [models[name] for name in model.owners] or [model]
        self._within = {one.name: scoped.views.get(one.entity, ()) for one in self._owners}

    def openable(self) -> Openable:
        """Which owners may be opened at all, and which of them each role opens."""
        allowed: dict[str, tuple[tuple[int, ...], ...]] = {}
        owners: dict[str, tuple[int, ...]] = {}
        more = 0
        for owner in self._owners:
            joined, parameters = self._joined(owner, None)
            everybody = select([column("_owner")], joined.subquery("record", copy=False), distinct=True)
            allowed[owner.name] = tuple(self._first(owner, n) for n in range(len(self._within[owner.name])))
            owners[owner.name] = tuple(sorted({key for keys in allowed[owner.name] for key in keys}))
            more += len(self._records.rows(everybody, parameters)) - len(owners[owner.name])
        tree, parameters = self._all(allowed)
        count = select([exp.Count(this=exp.Star())], tree.subquery("record", copy=False))
        return Openable(allowed, owners, self._records.rows(count, parameters)[0][0], more)

    def batches(self, openable: Openable, rows: int = 50_000) -> pa.RecordBatchReader:
        """The records that may be opened, with the fields that may be told, ordered by owner and record."""
        tree, parameters = self._all(openable.allowed)
        fields = [name for name in (*self._ids(), *self._told()) if self._is_told(name)]
        partly = [name for name in fields if self._is_partly(name)]
        hidden = [column(_HIDDEN + name) for name in partly]
        ordered = select([*map(column, fields), *hidden], tree.subquery("record", copy=False))
        keys = [exp.Ordered(this=column(name), nulls_first=False) for name in ("_owner", "_record")]
        ordered.set("order", exp.Order(expressions=keys))
        reader = self._records.reader(ordered, parameters, rows)
        return _with_not_shown(reader, fields, partly)

    def _first(self, owner: RecordModel, nth: int) -> tuple[int, ...]:
        """The first owners that a role may open, no more than its own limit."""
        joined, parameters = self._joined(owner, None)
        mine = select([column("_owner")], joined.subquery("record", copy=False), distinct=True)
        mine.set("where", exp.Where(this=column(f"_by_{nth}")))
        mine.set("order", exp.Order(expressions=[exp.Ordered(this=column("_owner"), nulls_first=False)]))
        limit = max(self._within[owner.name][nth].row_limit, 0)
        mine.set("limit", exp.Limit(expression=exp.Literal.number(limit)))
        return tuple(row[0] for row in self._records.rows(mine, parameters))

    def _all(self, allowed: Mapping[str, Allowed]) -> tuple[exp.Query, Parameters]:
        """The records of owners of all kinds, limited to the owners whom each role opens."""
        parameters = Parameters()
        return union(self._joined(one, allowed[one.name], parameters)[0] for one in self._owners), parameters

    def _joined(
        self, owner: RecordModel, allowed: Allowed, parameters: Parameters | None = None
    ) -> tuple[exp.Select, Parameters]:
        """Records joined to the version of their owner that decides."""
        parameters = Parameters() if parameters is None else parameters
        model = self._model
        where = [*self._valid("valid_from", "valid_to", parameters)]
        if self._sources is not None:
            where.append(member_of(column("source_id"), tuple(sorted(self._sources)) or ("",), parameters))
        if model.key in self._picked:
            where.append(self._is_picked(model.key, parameters))
        for name in model.owners[: model.owners.index(owner.name)] if model.owners else ():
            where.append(exp.Not(this=is_known(column(self._models[name].key))))
        record = select([exp.Star()], table_of(model.table), where=where).subquery("record", copy=False)
        seen = self._seen(owner, allowed, parameters).subquery("owner", copy=False)
        meet: list[exp.Expr] = [exp.EQ(this=column(owner.key, "record"), expression=column("_owner", "owner"))]
        begins = column("valid_from", "record")
        if model.is_owner:
            meet.append(exp.EQ(this=begins, expression=column("_since", "owner")))
        elif model.is_of_a_moment:
            meet.append(exp.LTE(this=column("_since", "owner"), expression=begins))
            meet.append(exp.LT(this=begins.copy(), expression=column("_until", "owner")))
        columns: list[exp.Expr] = [column("_owner", "owner"), aliased(column(model.key, "record"), "_record")]
        columns += (
            [column(f"_by_{n}", "owner") for n in range(len(self._within[owner.name]))] if allowed is None else []
        )
        for name in self._ids():
            columns += self._masked(name, column(f"_id_{name}", "owner"), owner)
        for name in self._told():
            columns += self._masked(name, column(name, "record"), owner)
        return select(columns, record, joins=[exp.Join(this=seen, on=all_of(meet))]), parameters

    def _seen(self, owner: RecordModel, allowed: Allowed, parameters: Parameters) -> exp.Select:
        """The versions of the chosen owners that some role may see, with a flag for each role that may."""
        within, views = self._within[owner.name], self._views
        opens = tests_of(owner, within, parameters)
        if allowed is not None:
            few = [member_of(column(owner.key), tuple(keys) or (_NOBODY,), parameters) for keys in allowed]
            opens = [all_of([test, may]) for test, may in zip(opens, few, strict=True)]
        sees = tests_of(owner, views, parameters)
        pairs = [(n, m) for n in range(len(views)) for m in opened_by(n, views, within)]
        roles = [
            any_of([all_of([sees[n].copy(), opens[m].copy()]) for a, m in pairs if a == n]) for n in range(len(views))
        ]
        by = [
            any_of([all_of([sees[n].copy(), opens[m].copy()]) for n, b in pairs if b == m]) for m in range(len(within))
        ]
        flags = [aliased(_is_true(test), f"_role_{n}") for n, test in enumerate(roles)]
        flags += [aliased(_is_true(test), f"_by_{m}") for m, test in enumerate(by)]
        names = {"_owner": owner.key, "_since": "valid_from", "_until": "valid_to"}
        columns = [aliased(column(name), alias) for alias, name in names.items()]
        columns += [aliased(column(name), f"_id_{name}") for name in owner.ids if name in self._ids()]
        where = [any_of([test.copy() for test in roles])]
        if self._model.key not in self._picked:
            where.append(self._is_picked(owner.key, parameters))
        if not self._model.is_of_a_moment:
            where += self._valid("valid_from", "valid_to", parameters)
        return select([*columns, *flags], table_of(owner.table), where=where)

    def _valid(self, start: str, end: str, parameters: Parameters) -> list[exp.Expr]:
        return [
            exp.LT(this=column(start), expression=parameters.add(self._closing)),
            exp.GTE(this=column(end), expression=parameters.add(self._closing)),
        ]

    def _is_picked(self, name: str, parameters: Parameters) -> exp.Expr:
        return member_of(column(name), tuple(self._picked.get(name, ())) or (_NOBODY,), parameters)

    def _told(self) -> tuple[str, ...]:
        told = (*self._model.fields, *self._model.bookkeeping)
        return tuple(name for name in told if name not in ACCOUNTS)

    def _ids(self) -> tuple[str, ...]:
        """The ids of owners, which tell whose a record is; none for an owner itself, whose own ids are fields of it."""
        if self._model.is_owner:
            return ()
        return tuple(dict.fromkeys(name for owner in self._owners for name in owner.ids))

    def _judging(self, name: str, owner: RecordModel) -> tuple[tuple[RoleView, str], ...]:
        """The roles by which a field is judged on records of an owner, with their flags; none without such a field."""
        if name in self._told():
            return tuple((view, f"_role_{n}") for n, view in enumerate(self._views))
        if name not in owner.ids:
            return ()
        return tuple((view, f"_by_{n}") for n, view in enumerate(self._within[owner.name]))

    def _shown_by(self, name: str, owner: RecordModel) -> list[str]:
        return [flag for view, flag in self._judging(name, owner) if name not in view.hidden]

    def _is_told(self, name: str) -> bool:
        return any(self._shown_by(name, owner) for owner in self._owners)

    def _is_partly(self, name: str) -> bool:
        """Whether some rows may show a field that others do not."""
        return any(len(self._shown_by(name, one)) < len(self._judging(name, one)) for one in self._owners)

    def _masked(self, name: str, value: exp.Expr, owner: RecordModel) -> list[exp.Expr]:
        """A field, null where no role that sees the row may see it; where that differs by row, also if it is hidden."""
        if not self._is_told(name):
            return []
        shown, judging = self._shown_by(name, owner), self._judging(name, owner)
        may = any_of([column(flag, "owner") for flag in shown])
        told = value if judging and len(shown) == len(judging) else case((may, value)) if shown else exp.Null()
        if not self._is_partly(name):
            return [aliased(told, name)]
        is_hidden = exp.Not(this=exp.Paren(this=may.copy())) if judging else exp.false()
        return [aliased(told, name), aliased(is_hidden, _HIDDEN + name)]


def _is_true(test: exp.Expr) -> exp.Expr:
    return exp.Coalesce(this=exp.Paren(this=test), expressions=[exp.false()])


def _with_not_shown(reader: pa.RecordBatchReader, fields: list[str], partly: list[str]) -> pa.RecordBatchReader:
    """The fields, and where some rows show what others do not, the names of those that a row does not show."""
    kept = [reader.schema.field(name) for name in fields]
    schema = pa.schema([*kept, pa.field(NOT_SHOWN, pa.list_(pa.string()))] if partly else kept)

    def told() -> Iterator[pa.RecordBatch]:
        for batch in reader:
            columns = [batch.column(name) for name in fields]
            if partly:
                flags = zip(*(batch.column(_HIDDEN + name).to_pylist() for name in partly), strict=True)
                names = [[name for name, is_hidden in zip(partly, row, strict=True) if is_hidden] for row in flags]
                columns.append(pa.array(names, pa.list_(pa.string())))
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    return pa.RecordBatchReader.from_batches(schema, told())
