"""fetching: the records of one kind that a viewer may open, as they stand at an instant or in all their versions.

The one place from which rows of people leave the records. A record is told where one of the viewer's roles may see its
owner's version of that time; a field of it, where a role may see both that version and the field. No role opens more
owners than its limit. The same statements are run whether or not there is such a record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from types import MappingProxyType
from typing import Any, TypeAlias

import pyarrow as pa
from sqlglot import exp

from dataport.access.open import ScopedRecords
from dataport.engine.blocks import (
    Parameters,
    aliased,
    all_of,
    any_of,
    case,
    column,
    identifier,
    is_true,
    number,
    select,
    table_of,
    union,
)
from dataport.engine.lower_conditions import member_of
from dataport.engine.masks import NOT_SHOWN, Masks
from dataport.engine.records import OPEN_END, ROWS, Records, keyed, opened_by, tests_of
from dataport.engine.sight import Allowed, Openable, Sight, handed_over, limited
from dataport.semantic.record import ACCOUNTS, DAMAGED_COLUMNS, RecordModel, RecordModels

NO_LIMITS: Mapping[str, Allowed] = MappingProxyType({})
# By column, the keys of the records that are chosen.
Picked: TypeAlias = Mapping[str, Sequence[int] | None]
_KEY, _ID = "_key_", "_id_"
# The key of a record comes last: rows that tie would otherwise stand in the order of the file, which changes when other
# records do.
_STANDING = ("_owner", "_record")
_IN_TIME = itemgetter("_of", "_owner", "_first", "_record")


@dataclass(frozen=True, slots=True)
class Row:
    """One version of a record, for as long as some role may see it, with what may be told of it.

    Attributes:
        keys: of its owners, and of what a membership leads to, by column.
        first, until: recorded time, half-open.
        cut: whether it began before what the roles may see of it, and whether it went on after.
        values: the fields that are shown.
        damaged: those of the fields that are shown in which the store has damaged values.
    """

    key: Any
    keys: Mapping[str, int | None]
    source: str | None
    first: datetime
    until: datetime
    cut: tuple[bool, bool]
    values: Mapping[str, Any] = field(repr=False)
    damaged: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Part:
    """Records of owners of one kind, before it is said what is read of them.

    Attributes:
        owner: the column of the owner's key.
        flags: whether each role sees the version of the owner, by name.
        ids: the ids that such owners have.
    """

    owner: exp.Expr
    source: exp.Expr
    joins: tuple[exp.Join, ...]
    where: tuple[exp.Expr, ...]
    flags: Mapping[str, exp.Expr]
    ids: tuple[str, ...]

    def select(self, columns: Sequence[exp.Expr]) -> exp.Select:
        return select(columns, self.source, joins=self.joins, where=self.where)

    def id(self, name: str) -> exp.Expr:
        """An id of whom a record is of; null of an owner who has no such id."""
        return aliased(column(_ID + name, "owner") if name in self.ids else exp.Null(), name)


class Fetching:
    """One kind of record, for one viewer."""

    def __init__(
        self,
        records: Records,
        models: RecordModels,
        model: RecordModel,
        picked: Picked,
        closing: datetime | None,
        scoped: ScopedRecords,
        sources: frozenset[str] | None = None,
        sight: Sight | None = None,
    ) -> None:
        """Records chosen by their own keys, or by those of their owners.

        Args:
            picked: by column, the keys of those that are chosen; None for all there are.
            closing: the instant at which they stand; None for all their versions, each as far as it may be seen.
            sources: the stores whose history reaches the instant; None where that of all does.
            sight: when the roles see owners of one kind, if that has been read, for all versions of their records.
        """
        self._sources, self._sight = sources, sight
        self._records, self._models, self._model = records, models, model
        self._picked, self._closing = picked, closing
        self._views = scoped.views.get(model.entity, ())
        self._owners = [models[name] for name in model.owners] or [model]
        self._within = {one.name: scoped.views.get(one.entity, ()) for one in self._owners}

    def openers(self, owner: RecordModel) -> dict[int, frozenset[int]]:
        """The owners of whom something may be opened, by key, with the roles (by position) that may."""
        parameters = Parameters()
        part = self._part(owner, None, parameters, apart=True)
        names = [f"_by_{n}" for n in range(len(self._within[owner.name]))]
        found = part.select([part.owner, *(aliased(part.flags[name], name) for name in names)])
        found.set("distinct", exp.Distinct())
        found.set("order", _ordered("_owner"))
        roles: dict[int, frozenset[int]] = {}
        for key, *may in self._records.rows(found, parameters):
            roles[key] = roles.get(key, frozenset()) | {n for n, is_one in enumerate(may) if is_one}
        return roles

    def opened(self, owner: RecordModel) -> pa.ChunkedArray:
        """The same owners by their keys alone: there may be millions, so they are not looked at one by one."""
        parameters = Parameters()
        found = self._part(owner, None, parameters, apart=False)
        return self._records.table(found.select([found.owner]), parameters).column(0)

    def allowed(self) -> dict[str, Allowed]:
        """Of each kind of owner, whom each role opens: the first, by key."""
        return {one.name: limited(self.openers(one), self._within[one.name]) for one in self._owners}

    def openable(self) -> Openable:
        """Which owners may be opened at all, and which of them each role opens: the first, by key."""
        allowed: dict[str, Allowed] = {}
        owners: dict[str, tuple[int, ...]] = {}
        more = 0
        for owner in self._owners:
            roles = self.openers(owner)
            allowed[owner.name] = limited(roles, self._within[owner.name])
            owners[owner.name] = tuple(sorted({key for keys in allowed[owner.name] for key in keys}))
            more += len(roles) - len(owners[owner.name])
        parameters = Parameters()
        parts = [self._part(one, allowed[one.name], parameters, apart=False) for one in self._owners]
        every = union(part.select([part.owner]) for part in parts).subquery("record", copy=False)
        counted = self._records.rows(select([exp.Count(this=exp.Star())], every), parameters)
        return Openable(allowed, owners, counted[0][0], more)

    def batches(self, openable: Openable, rows: int = ROWS) -> pa.RecordBatchReader:
        """The records that may be opened, with the fields that may be told, ordered by owner and record.

        A stream tells of no accounts, and, where the record is of somebody, whose it is.
        """
        told = (name for name in (*self._model.fields, *self._model.bookkeeping) if name not in ACCOUNTS)
        ids = () if self._model.is_owner else (name for owner in self._owners for name in owner.ids)
        masks = Masks((*told,), (*ids,), self._owners, self._views, self._within)
        reader = masks.of(self._read(masks, openable.allowed, rows))
        return _only(reader, [*masks.shown, *([NOT_SHOWN] if masks.is_partly else [])])

    def versions(self, allowed: Mapping[str, Allowed] = NO_LIMITS, only: Sequence[str] | None = None) -> list[Row]:
        """All versions that may be opened, ordered by owner and time.

        Args:
            allowed: of each kind of owner, whom each role opens; without an entry, whomever it may.
            only: the fields that are read; None for all. A column costs about as much as the search for the rows.
        """
        every = (*self._model.fields, *self._model.bookkeeping)
        told = every if only is None else [name for name in every if name in only]
        masks = Masks(told, (), self._owners, self._views, self._within)
        reader = masks.of(self._read(masks, allowed, in_time=True))
        # the rows of a case are few: the engine would spend longer on how to order them
        rows = sorted((row for batch in reader for row in batch.to_pylist()), key=_IN_TIME)
        return [self._row(row, masks) for row in rows]

    def bearing(self, ids: frozenset[str]) -> tuple[int, ...]:
        """Those of the owners of whom a version in scope bears one of the ids, for a role that reads that id.

        An id that only versions out of scope had leads nowhere: it would tell of what somebody was elsewhere.
        """
        masks = Masks(self._model.ids, (), self._owners, self._views, self._within)
        reader = masks.of(self._read(masks, NO_LIMITS))
        rows = (row for batch in reader for row in batch.to_pylist())
        return tuple(dict.fromkeys(row["_owner"] for row in rows if any(row[name] in ids for name in masks.shown)))

    def _row(self, row: Mapping[str, Any], masks: Masks) -> Row:
        values = {name: row[name] for name in masks.shown if name not in row[NOT_SHOWN]}
        first, until = row["_first"], row["_until"]
        return Row(
            key=row["_record"],
            keys={name: row[_KEY + name] for name in self._keys()},
            source=row["_source"],
            first=first,
            until=until,
            cut=(row["_from"] < first, until < row["_to"]),
            values=values,
            damaged=tuple(name for name in str(row["_damaged"] or "").split(",") if name in values),
        )

    def _read(
        self, masks: Masks, allowed: Mapping[str, Allowed], rows: int = ROWS, *, in_time: bool = False
    ) -> pa.RecordBatchReader:
        """The one statement that reads rows of people: of owners of all kinds, whom each role opens, in order."""
        parameters = Parameters()
        parts = []
        for owner in self._owners:
            may = allowed.get(owner.name)
            part = self._part(owner, may, parameters, apart=masks.is_partly)
            columns = [part.owner, aliased(column(self._model.key, "record"), "_record")]
            columns += self._in_time(owner, may, parameters) if in_time else []
            columns += [
                part.id(name) if name in masks.ids else aliased(column(name, "record"), name) for name in masks.shown
            ]
            columns += [aliased(one, name) for name, one in masks.hidden(owner, part.flags).items()]
            parts.append(part.select(columns))
        tree = union(parts)
        tree.set("order", None if in_time else _ordered(*_STANDING))
        return self._records.reader(tree, parameters, rows)

    def _part(self, owner: RecordModel, allowed: Allowed | None, parameters: Parameters, *, apart: bool) -> _Part:
        """The records of owners of one kind, with what each role sees of the versions that decide about them.

        Args:
            apart: whether it is asked of each role by itself.
        """
        table = exp.Table(this=identifier(self._model.table), alias=exp.TableAlias(this=identifier("record")))
        if self._model.is_owner and not self._is_read(owner):
            flags, seen_by_some = self._judged(owner, allowed, parameters)
            key = aliased(column(owner.key, "record"), "_owner")
            return _Part(key, table, (), (seen_by_some, *self._narrowed(owner, parameters)), flags, owner.ids)
        seen, names = self._seen(owner, allowed, parameters, apart=apart)
        join = exp.Join(this=seen.subquery("owner", copy=False), on=all_of(self._meet(owner)))
        named = {name: column(name, "owner") for name in names}
        return _Part(column("_owner", "owner"), table, (join,), self._narrowed(owner, parameters), named, owner.ids)

    def _is_read(self, owner: RecordModel) -> bool:
        """Whether it is known when the roles see such owners."""
        return self._sight is not None and self._sight.owner == owner

    def _narrowed(self, owner: RecordModel, parameters: Parameters) -> tuple[exp.Expr, ...]:
        """Which records of an owner of this kind are read: those picked, when they hold, of which stores."""
        model = self._model
        where = self._valid(parameters)
        # which owners are picked is said by whose stretches are handed over
        if model.key in self._picked and not model.is_owner:
            where.append(self._is_picked(model.key, parameters))
        elif not self._is_read(owner):
            where.append(self._is_picked(owner.key, parameters))
        if self._sources is not None:
            where.append(member_of(column("source_id"), tuple(sorted(self._sources)) or ("",), parameters))
        # a record that names several owners belongs to the first: what was given to one member is that member's
        for other in model.owners[: model.owners.index(owner.name)] if model.owners else ():
            where.append(exp.Is(this=column(self._models[other].key), expression=exp.Null()))
        return tuple(where)

    def _meet(self, owner: RecordModel) -> list[exp.Expr]:
        """When a version of the owner decides about one of a record: both at the instant, at its moment, or always."""
        begins, ends = column("valid_from", "record"), column("valid_to", "record")
        since, until = column("_since", "owner"), column("_until", "owner")
        meet: list[exp.Expr] = [exp.EQ(this=column(owner.key, "record"), expression=column("_owner", "owner"))]
        if self._model.is_of_a_moment or self._model.is_owner:
            return [*meet, exp.LTE(this=since, expression=begins), exp.LT(this=begins.copy(), expression=until)]
        if self._closing is None:
            return [*meet, exp.LT(this=begins, expression=until), exp.LT(this=since, expression=ends)]
        return meet

    def _judged(
        self, owner: RecordModel, allowed: Allowed | None, parameters: Parameters
    ) -> tuple[dict[str, exp.Expr], exp.Expr]:
        """Of a version of an owner, whether each role may see it, by flag, and that one of them does.

        `_role_` are the roles for such records, each on the owners that it opens; `_by_` those that open the owners.
        """
        within, views = self._within[owner.name], self._views
        opens = tests_of(owner, within, parameters)
        if allowed is not None:
            few = [keyed(column(owner.key), keys, parameters) for keys in allowed]
            opens = [all_of([test, may]) for test, may in zip(opens, few, strict=True)]
        # what goes by the permission on its owner is judged once
        sees = None if views == within else tests_of(owner, views, parameters)
        pairs = [(n, m) for n in range(len(views)) for m in opened_by(n, views, within)]

        def both(n: int, m: int) -> exp.Expr:
            return all_of([sees[n].copy(), opens[m].copy()]) if sees else opens[m].copy()

        roles = [any_of([both(n, m) for a, m in pairs if a == n]) for n in range(len(views))]
        by = [any_of([both(n, m) for n, b in pairs if b == m]) for m in range(len(within))]
        flags = {f"_role_{n}": is_true(test) for n, test in enumerate(roles)}
        return flags | {f"_by_{m}": is_true(test) for m, test in enumerate(by)}, any_of([one.copy() for one in roles])

    def _seen(
        self, owner: RecordModel, allowed: Allowed | None, parameters: Parameters, *, apart: bool
    ) -> tuple[exp.Select, tuple[str, ...]]:
        """When some role may see the chosen owners, with the names of the flags for each role that may."""
        if self._sight and self._is_read(owner):
            keys = self._picked.get(owner.key) or ()
            stretches = self._sight.stretches(self._views, keys, allowed, apart=apart)
            told = tuple(f"_role_{n}" for n in range(len(self._views))) if apart else ()
            return handed_over(stretches, told, parameters), told
        flags, seen_by_some = self._judged(owner, allowed, parameters)
        names = {"_owner": owner.key, "_since": "valid_from", "_until": "valid_to"}
        names |= {_ID + name: name for name in owner.ids}
        columns = [aliased(column(name), alias) for alias, name in names.items()]
        columns += [aliased(test, flag) for flag, test in flags.items()]
        where = [seen_by_some]
        if self._model.key not in self._picked:
            where.append(self._is_picked(owner.key, parameters))
        if not self._model.is_of_a_moment:
            where += self._valid(parameters)
        return select(columns, table_of(owner.table), where=where), tuple(flags)

    def _valid(self, parameters: Parameters) -> list[exp.Expr]:
        if self._closing is None:
            return []
        return [
            exp.LT(this=column("valid_from"), expression=parameters.add(self._closing)),
            exp.GTE(this=column("valid_to"), expression=parameters.add(self._closing)),
        ]

    def _is_picked(self, name: str, parameters: Parameters) -> exp.Expr:
        keys = self._picked.get(name, ())
        return exp.true() if keys is None else keyed(column(name), keys, parameters)

    def _in_time(self, owner: RecordModel, allowed: Allowed | None, parameters: Parameters) -> list[exp.Expr]:
        """Of all versions: for how long each may be seen, of whom it is, and what says more of its fields."""
        first, until = self._bounds(owner, allowed, parameters)
        read = {
            "_of": number(self._owners.index(owner)),
            "_first": first,
            "_until": until,
            "_from": column("valid_from", "record"),
            "_to": column("valid_to", "record"),
            "_source": column("source_id", "record"),
            "_damaged": column(DAMAGED_COLUMNS, "record"),
            **{_KEY + name: column(name, "record") for name in self._keys()},
        }
        return [aliased(one, name) for name, one in read.items()]

    def _bounds(self, owner: RecordModel, allowed: Allowed | None, parameters: Parameters) -> tuple[exp.Expr, exp.Expr]:
        """From when to when a version may be seen: what belongs to somebody, while they themselves may be."""
        begins, ends = column("valid_from", "record"), column("valid_to", "record")
        if self._model.is_owner:
            return begins, ends
        since, until = column("_since", "owner"), column("_until", "owner")
        if not self._model.is_of_a_moment:
            return (
                exp.Greatest(this=begins, expressions=[since], ignore_nulls=True),
                exp.Least(this=ends, expressions=[until], ignore_nulls=True),
            )
        # what was done later to something that happened is told where its owner was in scope then
        seen, _ = self._seen(owner, allowed, parameters, apart=False)
        in_sight = [
            exp.EQ(this=column("_owner", "later"), expression=column("_owner", "owner")),
            exp.LTE(this=column("_since", "later"), expression=ends.copy()),
            exp.LT(this=ends.copy(), expression=column("_until", "later")),
        ]
        is_told = exp.Exists(this=select([number(1)], seen.subquery("later", copy=False), where=in_sight))
        return begins, case((is_told, ends), other=parameters.add(OPEN_END))

    def _keys(self) -> tuple[str, ...]:
        """The columns of the keys that lead from one record to another."""
        leads_to = [self._models[self._model.leads_to]] if self._model.leads_to else []
        return tuple(one.key for one in (*self._owners, *leads_to))


def _ordered(*names: str) -> exp.Order:
    return exp.Order(expressions=[exp.Ordered(this=column(name), nulls_first=False) for name in names])


def _only(reader: pa.RecordBatchReader, names: list[str]) -> pa.RecordBatchReader:
    schema = pa.schema([reader.schema.field(name) for name in names])
    return pa.RecordBatchReader.from_batches(schema, (batch.select(names) for batch in reader))
