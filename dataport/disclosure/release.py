"""release: from a raw answer to a SafeTable, the only thing that outlets render.

For a registration viewer the numbers are exact: the guard has already removed every row that they may not see. What is
too small to be passed on to others is marked, so that an exact table is not published by mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import InitVar, dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal

import pyarrow as pa
import pyarrow.compute as pc

from dataport.access import ScopedQuestion, ViewerClass
from dataport.dictionary import disclosure_limit
from dataport.disclosure.outside import Masks, outside_history, without
from dataport.disclosure.protected.answer import ProtectedRows
from dataport.disclosure.protected.columns import statuses, told
from dataport.disclosure.status import CellStatus, StatusCode
from dataport.engine import HIDDEN, RawAnswer
from dataport.errors import NoRoad, WrongRequest
from dataport.semantic.basis import Basis, basis_of
from dataport.semantic.formula import support_of
from dataport.semantic.model import OTHER, Catalog, Indicator, Level
from dataport.semantic.movement import END, START, ByMovements
from dataport.semantic.names import BEFORE, CHANGE
from dataport.semantic.question import EARLIER, Question, flag_of_others
from dataport.semantic.timeline import PERIOD
from dataport.semantic.units import Scale, difference_in, measured_in
from dataport.tables import RawTable

_SEAL = object()


@dataclass(frozen=True, slots=True)
class SafeColumn:
    """One column of an answer as an outlet shows it.

    Attributes:
        scale: how its numbers read for people; programs get them as they are (a share of one per cent is 0.01).
        description: what the definitions say of it.
        is_listed: of a level, whether a public list names its members.
        system: the system to which its codes belong, where its members have codes in other systems too.
    """

    name: str
    label: str
    type: str
    unit: str | None
    role: Literal["level", "indicator", "start", "end", "movement"]
    scale: Scale = "plain"
    description: str = ""
    is_listed: bool = False
    system: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of an answer that keep the same levels: its own, or those of one of its totals.

    Attributes:
        kept: the levels that these rows have members of; the others are added up.
    """

    data: pa.Table
    status: tuple[CellStatus, ...]
    kept: tuple[str, ...]
    is_total: bool = False

    def rows(self) -> Iterator[tuple[dict[str, Any], Mapping[str, StatusCode]]]:
        """Each row, with the codes of its cells that are not simply their values."""
        codes: dict[int, dict[str, StatusCode]] = {}
        for one in self.status:
            codes.setdefault(one.row, {})[one.column] = one.code
        for number, row in enumerate(self.data.to_pylist()):
            yield row, codes.get(number, {})

    def adds_up(self, level: str) -> bool:
        """Whether these rows are of all members of a level together."""
        return level not in self.kept


@dataclass(frozen=True, slots=True)
class SafeTotal:
    """The rows of one total: members of the levels that it keeps (null for the others), numbers and their status."""

    levels: tuple[str, ...]
    data: pa.Table
    status: tuple[CellStatus, ...]


@dataclass(frozen=True, slots=True)
class SafeTable:
    """What may be told. Only `release` can make one.

    Attributes:
        columns: levels in the order asked, the period of a trend last among them, then indicators.
        data: exactly those columns.
        status: sparse; a cell without one is an ordinary number.
        totals: each computed at its own grain.
        members: level name to code to label, for the codes in the table, in the order in which a level is shown.
        codes: level name to the name of another system, to code to the code in that system, for those that have one.
        meta: data version, dates, viewer, scope and limits.
    """

    columns: tuple[SafeColumn, ...]
    data: pa.Table
    status: tuple[CellStatus, ...]
    totals: tuple[SafeTotal, ...]
    members: Mapping[str, Mapping[str, str]]
    codes: Mapping[str, Mapping[str, Mapping[str, str]]]
    meta: Mapping[str, Any]
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("a SafeTable is made by disclosure.release and by nothing else")

    def parts(self) -> tuple[Part, ...]:
        """The rows, then the totals as they stand below them: the finest first, that of everything last.

        Every total keeps the period, because periods are not added up.
        """
        levels = tuple(one.name for one in self.columns if one.role == "level")
        totals = (Part(one.data, one.status, (*one.levels, PERIOD), is_total=True) for one in reversed(self.totals))
        return (Part(self.data, self.status, levels), *totals)


def release(raw: RawAnswer, scoped: ScopedQuestion, meta: Mapping[str, Any]) -> SafeTable:
    """What of a raw answer may be told to the viewer who asked: each class has a road of its own, or none.

    Raises:
        NoRoad: for a class to which nothing can be released.
    """
    road = _ROADS.get(scoped.viewer.viewer_class)
    if road is None:
        raise NoRoad(scoped.viewer.viewer_class.value)
    return road(raw, scoped, meta)


def _exact(raw: RawAnswer, scoped: ScopedQuestion, meta: Mapping[str, Any]) -> SafeTable:
    """Exact numbers of the rows in the viewer's scope."""
    question = scoped.question
    _check_others(raw, question)
    masks = outside_history(raw.rows, tuple(level.name for level in question.by), question)
    raw = RawAnswer(without(raw.rows, masks), raw.totals)
    columns = _columns(question, raw.rows)
    names = [column.name for column in columns]
    totals = tuple(_total(levels, table, columns, raw.rows.data.schema, question) for levels, table in raw.totals)
    data = _bare(raw.rows.data.select(names))
    status = tuple(_status(raw.rows, question, masks))
    members = _members(data, totals, question)
    codes = _codes(members, question)
    return SafeTable(columns, data, status, totals, members, codes, MappingProxyType(meta), _SEAL)


def release_protected(rows: Sequence[ProtectedRows], question: Question, meta: Mapping[str, Any]) -> SafeTable:
    """What served snapshots hold of a question: they hold published values alone, for whoever asks.

    Args:
        rows: the rows of the answer, then those of its totals.
    """
    columns = _columns(question, RawTable(pa.table({})))
    data, *parts = (told(one, columns) for one in rows)
    totals = tuple(
        SafeTotal(levels, part, statuses(one))
        for levels, part, one in zip(question.subtotals, parts, rows[1:], strict=True)
    )
    members = dict(_members(data, totals, question))
    for name, known in members.items():
        if OTHER in known:
            members[name] = {**known, OTHER: "Other"}
    codes = _codes(members, question)
    return SafeTable(columns, data, statuses(rows[0]), totals, members, codes, MappingProxyType(meta), _SEAL)


def _check_others(raw: RawAnswer, question: Question) -> None:
    """Raise WrongRequest where a member of the data has the name under which all other members are put together."""
    if not question.other:
        return
    level = question.by[0]
    flag = flag_of_others(level.name)
    for data in (raw.rows.data, *(total.data for _, total in raw.totals)):
        if flag not in data.column_names:
            continue
        is_called_so = pc.equal(data.column(level.name), OTHER)
        if pc.any(pc.and_not(is_called_so, data.column(flag))).as_py():
            raise WrongRequest(
                f"A member of {level.name} is itself called {OTHER!r}, as the others together are: the two could not "
                "be told apart. Leave the others out, or filter that member away."
            )


def _total(
    levels: tuple[str, ...], raw: RawTable, columns: tuple[SafeColumn, ...], rows: pa.Schema, question: Question
) -> SafeTotal:
    masks = outside_history(raw, levels, question)
    raw = without(raw, masks)
    have = {name: raw.data.column(name) for name in raw.data.column_names}
    nothing = {one.name: pa.nulls(raw.data.num_rows, rows.field(one.name).type) for one in columns}
    data = _bare(pa.table({one.name: have.get(one.name, nothing[one.name]) for one in columns}))
    return SafeTotal(levels, data, tuple(_status(raw, question, masks)))


def _bare(data: pa.Table) -> pa.Table:
    """The same table, with the memory under its nulls emptied.

    A null cell has memory too. It holds whatever the engine last had there, such as a hidden number or a piece of
    another answer, and the Arrow format would write it out.
    """
    return pa.table([_emptied(_unsigned(column.combine_chunks())) for column in data.columns], schema=data.schema)


def _unsigned(column: pa.Array) -> pa.Array:
    """The same numbers, with 0.0 for every -0.0."""
    return pc.add(column, pa.scalar(0, column.type)) if pa.types.is_floating(column.type) else column


def _emptied(column: pa.Array) -> pa.Array:
    if not column.null_count:
        return column
    if pa.types.is_string(column.type):
        nothing = pa.scalar("", column.type)
    elif pa.types.is_decimal(column.type):
        nothing = pa.scalar(Decimal(0), column.type)
    else:
        nothing = pa.scalar(0, pa.int32()).cast(column.type)
    known, values = pc.is_valid(column), pc.fill_null(column, nothing)
    return pa.Array.from_buffers(column.type, len(column), [known.buffers()[1], *values.buffers()[1:]])


def _columns(question: Question, raw: RawTable) -> tuple[SafeColumn, ...]:
    levels = [_level(one, question.catalog) for one in question.by]
    if question.timeline.grain:
        levels.append(SafeColumn(PERIOD, question.timeline.grain.capitalize(), "date", None, "level"))
    if question.decomposed:
        return (*levels, *_changed(question, raw))
    numbers = [column for one in question.indicators for column in _numbers(one, question)]
    return (*levels, *numbers)


def _level(one: Level, catalog: Catalog) -> SafeColumn:
    codes = catalog.code_lists.get(one.code_list or "")
    system = codes.system if codes else ""
    return SafeColumn(
        one.name, one.label, one.type, None, "level", "plain", one.description, bool(one.code_list), system
    )


def _changed(question: Question, raw: RawTable) -> Iterator[SafeColumn]:
    """Both numbers of the one indicator, and between them what led from the one to the other."""
    (one,) = question.indicators
    roles: dict[str, Literal["start", "end"]] = {START: "start", END: "end"}
    shown = [name for name in raw.data.column_names if not name.startswith(HIDDEN)]
    unit, scale = measured_in(one, question.catalog)
    between = difference_in(unit, scale)
    for name in shown[shown.index(START) :]:
        label = name.replace("_", " ").capitalize()
        if name in roles:
            yield SafeColumn(name, label, one.type, unit, roles[name], scale, one.description)
        else:
            yield SafeColumn(name, label, one.type, between[0], "movement", between[1])


def _numbers(one: Indicator, question: Question) -> Iterator[SafeColumn]:
    """An indicator's column, and with a comparison its number before and the change."""
    unit, scale = measured_in(one, question.catalog)
    yield SafeColumn(one.name, one.label, one.type, unit, "indicator", scale, one.description)
    if question.compared:
        between = difference_in(unit, scale)
        yield SafeColumn(one.name + BEFORE, f"{one.label}, before", one.type, unit, "start", scale)
        yield SafeColumn(one.name + CHANGE, f"{one.label}, change", one.type, between[0], "movement", between[1])


def _status(raw: RawTable, question: Question, masks: Masks) -> Iterator[CellStatus]:
    """Cells outside history, and cells too small to be passed on."""
    minimum = disclosure_limit("onward_release_minimum")
    if question.decomposed:
        for name, mask in masks.items():
            yield from (CellStatus(row, name, "outside_history") for row, is_out in enumerate(mask) if is_out)
        yield from _small_changes(raw, question, minimum)
        return
    for indicator in question.indicators:
        for suffix in question.suffixes:
            column = indicator.name + suffix
            behind = basis_of(indicator, suffix, question)
            values = raw.data.column(column).to_pylist()
            names = [name for side in behind.sides for name in _supports(behind, raw, side.suffix)]
            supports = [raw.data.column(HIDDEN + name).to_pylist() for name in names]
            outside = masks.get(column)
            for row, value in enumerate(values):
                if outside and outside[row]:
                    yield CellStatus(row, column, "outside_history")
                elif value is not None and any(0 < (support[row] or 0) < minimum for support in supports):
                    yield CellStatus(row, column, "not_for_release")


def _small_changes(raw: RawTable, question: Question, minimum: int) -> Iterator[CellStatus]:
    """Cells of a change that are too small to be passed on: numbers with few behind them, and movements of few.

    A number has behind it what was counted on its day; a part of a quotient's change, what was counted on either day.
    """
    leaves = [leaf.name for leaf in question.leaves]
    behind = {START: [name + EARLIER for name in leaves], END: leaves}
    for column in _changed(question, raw):
        if isinstance(question.decomposed, ByMovements):
            counts = [raw.data.column(column.name).to_pylist()]
        else:
            both = [*behind[START], *behind[END]]
            counts = [raw.data.column(HIDDEN + name).to_pylist() for name in behind.get(column.name, both)]
        for row, value in enumerate(raw.data.column(column.name).to_pylist()):
            if value is not None and any(0 < abs(count[row] or 0) < minimum for count in counts):
                yield CellStatus(row, column.name, "not_for_release")


def _supports(behind: Basis, raw: RawTable, suffix: str) -> list[str]:
    """The names of the hidden counts behind a column: where it is known how many rows a sum adds up, that number."""
    leaves = list(dict.fromkeys(leaf.name for leaf in behind.leaves))
    names, rows = [name + suffix for name in leaves], [support_of(name) + suffix for name in leaves]
    return [row if HIDDEN + row in raw.data.column_names else name for name, row in zip(names, rows, strict=True)]


def _members(data: pa.Table, totals: tuple[SafeTotal, ...], question: Question) -> Mapping[str, Mapping[str, str]]:
    members: dict[str, dict[str, str]] = {}
    for level in question.by:
        if level.code_list:
            parts = (data, *(total.data for total in totals))
            codes = {code for part in parts for code in part[level.name].to_pylist()}
            known = sorted(codes - {None})
            if level.ordered:  # in the order in which its rows stand
                order = {code: place for place, code in enumerate(question.catalog.code_lists[level.code_list].labels)}
                known.sort(key=lambda code: order.get(code, len(order)))
            members[level.name] = {code: question.catalog.label(level, code) for code in known}
            if question.other and level is question.by[0] and OTHER in codes:
                members[level.name][OTHER] = "Other"
    return members


def _codes(
    members: Mapping[str, Mapping[str, str]], question: Question
) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """The codes that members have in other systems, from the public lists."""
    found = {}
    for level in question.by:
        listed = question.catalog.code_lists.get(level.code_list or "")
        if listed and listed.others:
            there = {name: {one: listed.code_in(name, one) for one in members[level.name]} for name in listed.others}
            found[level.name] = {
                name: {own: code for own, code in codes.items() if code} for name, codes in there.items()
            }
    return found


# What each class is told, and from what. A class that is not here is told nothing, whatever was counted for it.
_ROADS: Mapping[ViewerClass, Callable[[RawAnswer, ScopedQuestion, Mapping[str, Any]], SafeTable]] = {
    ViewerClass.REGISTRATION: _exact,
}
