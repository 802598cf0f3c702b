"""Door 2, by what is wrong: the records that a question counts, the worst first, with since when they have been so.

`failing` is the story of one look. As many records are opened as the viewer's roles open at a time, the worst of those
that they may open at all; what they may not open is not mentioned, and is not counted either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from dataport.access import ScopedQuestion, may_know
from dataport.engine import lower, seal
from dataport.engine.fetching import Fetching
from dataport.engine.sight import Allowed
from dataport.engine.units import UNIT, unit_of
from dataport.engine.verdicts import SINCE, UNTIL, verdicts
from dataport.errors import Refused, WrongRequest
from dataport.house import House
from dataport.records.opening import OpenLook, opening
from dataport.records.recorders import Recorder
from dataport.records.standing import as_they_stood, meta_of, opens_any, told_values
from dataport.semantic import Request
from dataport.semantic.record import RecordModel, RecordModels
from dataport.visit import Asker

_PLACE, _LAST, _SET = "_place", "_last", "_set"
_MANY = 50_000
# Who wrote a version: the last one who did, or where nobody changed it, who made it.
_BY = ("modified_by", "created_by")
# The numbers that hold the set of what a record fails.
Sets: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """Which records are looked for.

    Attributes:
        request: its one indicator counts records that fail.
        fails: the column of its fact that is true of them.
        sets: the columns that hold what they fail.
        worst_first: what records are put in order by.
        most: how many at most; None for as many as the viewer's roles open.
        last: the keys of those that come after all others.
    """

    request: Request
    fails: str
    sets: tuple[str, ...]
    worst_first: Callable[[Sets], Any]
    most: int | None = None
    last: frozenset[int] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, slots=True)
class Stretch:
    """For how long a record failed the same."""

    since: datetime
    until: datetime
    sets: Sets


@dataclass(frozen=True, slots=True)
class Faulty:
    """One record that fails.

    Attributes:
        key: the same for ever, and nobody's number; it is not shown.
        values: its fields, as far as the viewer may see them; one that is not theirs is absent.
        stretches: for how long it has failed, without a break up to the day; the last is as it is on the day.
        recorder: who wrote what stood in the record when it began to fail; None where nobody is known to have.
    """

    key: int = field(repr=False)
    values: Mapping[str, Any] = field(repr=False)
    stretches: tuple[Stretch, ...]
    recorder: Recorder | None

    @property
    def sets(self) -> Sets:
        return self.stretches[-1].sets

    @property
    def since(self) -> datetime:
        return self.stretches[0].since


@dataclass(frozen=True, slots=True)
class Failing:
    """Records that fail, the worst first.

    Attributes:
        kind: of which kind of record these are.
        meta: viewer, purpose, day, data version, how many these are (`records`) and how many more could be opened by
            asking for fewer at a time (`more`).
    """

    kind: str
    records: tuple[Faulty, ...]
    meta: Mapping[str, Any]


def failing(sought: Sought, asker: Asker, house: House, *, command: str) -> Failing:
    """The records that the asker may open of those that fail. The look is written down before any of it is shown.

    Raises:
        Refused: the viewer may open none of this kind, may not ask the question, or states no purpose.
        WrongRequest: the question counts no records of persons or groups.
    """
    with opening(command, f"{command} {sought.request!r} {sought.most}", asker, house) as opened:
        counted = opened.counted(sought.request)
        question, model = counted.question, owner_counted(counted, opened.models)
        if not opens_any(model, opened):
            raise Refused(f"None of this viewer's roles permits opening {model.label.lower()} records.")
        opened.look.note(question=f"{command}: {question.logged()}")
        day = question.timeline.as_of
        could = _could_open(opened.units_of(counted, sought.sets, in_order=False), model, day, opened)
        few = _worst(could, sought, _most(model, opened, sought.most))
        standing = as_they_stood(model, few, day, opened)
        allowed = standing.allowed()
        values = told_values(standing.versions(allowed))
        closing = opened.horizons.whole.closing(day)
        spells = _spells(counted, sought, list(values), closing, opened)
        recorders = _recorders(model, {key: spells[key][0].since for key in values}, allowed, opened)
        whose = " ".join(opened.pseudonym(model.name, key) for key in sorted(values))
        opened.look.note(question=f"{command}: {question.logged()}: {whose}".rstrip(": "), rows=len(values), withheld=0)
        told = tuple(Faulty(key, values[key], spells[key], recorders.get(key)) for key in few if key in values)
        meta = meta_of(opened, day, len(told), could.num_rows - len(told))
    return Failing(model.name, told, meta)


def owner_counted(counted: ScopedQuestion, models: RecordModels) -> RecordModel:
    """The kind of owner whose records a question counts.

    Raises:
        WrongRequest: it counts records of neither persons nor groups.
    """
    by = unit_of(counted)
    found = [one for one in models.owners if one.key == by]
    if not found:
        name = counted.question.indicators[0].name
        raise WrongRequest(f"{name} counts records of neither persons nor groups, so none can be listed.")
    return found[0]


def _could_open(listed: pa.Table, model: RecordModel, day: date, opened: OpenLook) -> pa.Table:
    """Those of them that may be opened; all is done by column, for they may be millions."""
    # To hand over many keys takes longer than to read all that may be opened.
    keys = listed.column(UNIT)
    could = as_they_stood(model, keys.to_pylist() if len(keys) < _MANY else None, day, opened).opened(model)
    return listed.filter(_among(keys, could))


def _among(keys: pa.ChunkedArray, others: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Which of the keys are among others.

    Keys are numbered from one on, so a table with a place for each of them is small. To make a set of them and look
    many up in it takes thirty times as long.
    """
    # commands that list no records import this module, and start without numpy
    numpy = import_module("numpy")
    return pa.array(numpy.isin(keys.to_numpy(), others.to_numpy(zero_copy_only=False), kind="table"))


def _worst(could: pa.Table, sought: Sought, most: int) -> list[int]:
    """The keys of the first, the worst before the others."""
    keys = could.column(UNIT)
    last = _among(keys, pa.array(sorted(sought.last), keys.type)).cast(pa.int8())
    ranked = pa.table({_LAST: last, _PLACE: _places(could.select(list(sought.sets)), sought.worst_first), UNIT: keys})
    first = pc.select_k_unstable(ranked, most, [(name, "ascending") for name in ranked.column_names])
    found: list[int] = keys.take(first).to_pylist()
    return found


def _places(sets: pa.Table, worst_first: Callable[[Sets], Any]) -> pa.Array:
    """Where each stands among all. Few sets differ from each other, and only those are looked at one by one."""
    numbered = pa.repeat(pa.scalar(0, pa.int64()), sets.num_rows)
    for one in (column.combine_chunks().dictionary_encode("encode") for column in sets.columns):
        numbered = pc.add(pc.multiply(numbered, len(one.dictionary)), one.indices.cast(pa.int64()))
    named = [(name, "max") for name in sets.column_names]  # of equal ones
    kinds = sets.append_column(_SET, numbered).group_by(_SET).aggregate(named)
    each: list[Sets] = list(zip(*(kinds.column(f"{name}_max").to_pylist() for name, _ in named), strict=True))
    places = {one: place for place, one in enumerate(sorted({worst_first(one) for one in each}))}
    ranks = pa.array([places[worst_first(one)] for one in each], pa.int64())
    return ranks.take(pc.index_in(numbered, value_set=kinds.column(_SET)))


def _most(model: RecordModel, opened: OpenLook, said: int | None) -> int:
    """How many are opened at a time: what all roles open together, each of them no more than its own limit."""
    limit = sum(max(view.row_limit, 0) for view in opened.scoped.views.get(model.entity, ()))
    return limit if said is None else min(said, limit)


def _spells(
    counted: ScopedQuestion, sought: Sought, keys: Sequence[int], closing: datetime, opened: OpenLook
) -> dict[int, tuple[Stretch, ...]]:
    """Of each record, the stretches that lead to the day without a break."""
    if not keys:
        return {}
    table = opened.figures.run(seal(lower(verdicts(counted, sought.fails, sought.sets, keys)), counted)).rows.data
    columns = [table.column(name).to_pylist() for name in (UNIT, SINCE, UNTIL, *sought.sets)]
    found: dict[int, tuple[Stretch, ...]] = {}
    for key, since, until, *sets in zip(*columns, strict=True):
        if since < closing:
            before = found.get(key, ())
            goes_on = bool(before) and before[-1].until == since
            found[key] = (*(before if goes_on else ()), Stretch(since, until, tuple(sets)))
    return found


def _recorders(
    model: RecordModel, since: Mapping[int, datetime], allowed: Mapping[str, Allowed], opened: OpenLook
) -> dict[int, Recorder]:
    """Who wrote the version in which each record began to fail, by name where the viewer may know them."""
    if not since:
        return {}
    picked: Mapping[str, Sequence[int]] = {model.key: list(since)}
    wrote: dict[int, tuple[str, str]] = {}
    for row in Fetching(opened.records, opened.models, model, picked, None, opened.scoped).versions(allowed, _BY):
        by = next((row.values[name] for name in _BY if row.values.get(name)), None)
        if by is not None and (row.first <= since[row.key] < row.until or row.key not in wrote):
            wrote[row.key] = (row.source or "", by)
    accounts = opened.house.accounts(frozenset(account for _, account in wrote.values()))
    entity = opened.models.owners[0].entity
    known = {(one.source, one.user_id): one for one in accounts if may_know(opened.scoped, one, entity)}
    numbers = {one: number for number, one in enumerate(dict.fromkeys(wrote.values()))}
    return {
        key: Recorder(numbers[one], known[one].login, known[one].full_name or None) if one in known
        else Recorder(numbers[one])
        for key, one in wrote.items()
    }  # fmt: skip
