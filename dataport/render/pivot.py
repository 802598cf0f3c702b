"""pivot: the members of one level across, as months or sexes in a published table.

Every cell is one of the answer's own, totals too: nothing is added up here. Where the answer has no row, the pivot says
so: that is neither a zero nor a number that is kept back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import pyarrow as pa

from dataport.disclosure import (
    ALL,
    Facet,
    Labels,
    Part,
    SafeColumn,
    SafeTable,
    StatusCode,
    facets,
    label_text,
    member_cell,
    member_text,
    shown_as,
)
from dataport.errors import WrongRequest
from dataport.semantic.names import CELL_STATUS, STATUS, TOTAL_OF
from dataport.semantic.timeline import PERIOD

# A member of a level, or all of them in a total that adds them up.
Member: TypeAlias = tuple[bool, Any]
NO_ROW = "no_row"
MOST_ACROSS = 500


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of the answer, and why it is not simply that."""

    value: Any
    code: StatusCode | None


@dataclass(frozen=True, slots=True)
class Head:
    """One column of numbers: an indicator for a member of the level across."""

    member: Member
    column: SafeColumn


@dataclass(frozen=True, slots=True)
class Line:
    """One row: its members of the levels that go down, and its cells; None where the answer has no such row."""

    members: tuple[Member, ...]
    cells: tuple[Cell | None, ...]

    @property
    def is_total(self) -> bool:
        return any(is_all for is_all, _ in self.members)


@dataclass(frozen=True, slots=True)
class Pivot:
    """An answer with one level across."""

    table: SafeTable
    down: tuple[SafeColumn, ...]
    across: SafeColumn
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]

    def head_text(self, head: Head, labels: Labels | None = None) -> str:
        """How a column of numbers is called, for people."""
        is_all, value = head.member
        if labels in ("label", "both"):
            said = ALL if is_all else label_text(value, self.across, self.table)
        elif labels == "code":
            said = member_cell(Facet(self.across, self.across.name), value, self.table, is_all)
        else:
            said = ALL if is_all else member_text(value, self.across, self.table)
        several = len({one.column.name for one in self.heads}) > 1
        return f"{said} {head.column.label.lower()}" if several else said


def pivoted(table: SafeTable, level: str) -> Pivot:
    """The answer with one of its levels across.

    Args:
        level: a breakdown of the answer; the grain of a trend, or `period`.

    Raises:
        WrongRequest: the answer is not broken down by it.
    """
    levels = [one for one in table.columns if one.role == "level"]
    found = [one for one in levels if level in (one.name, one.label.lower() if one.name == PERIOD else None)]
    if not found:
        has = f"It has {', '.join(one.name for one in levels)}." if levels else "It has no breakdowns."
        raise WrongRequest(f"This answer is not broken down by {level}, so it cannot go across. {has}")
    across = found[0]
    down = tuple(one for one in levels if one is not across)
    numbers = tuple(one for one in table.columns if one.role != "level")
    rows: dict[tuple[Member, ...], dict[Member, dict[str, Cell]]] = {}
    for members, member, cells in _cells(table, down, across, numbers):
        rows.setdefault(members, {})[member] = cells
    across_count = len({member for row in rows.values() for member in row}) * len(numbers)
    if across_count > MOST_ACROSS:
        raise WrongRequest(
            f"{level} would need {across_count:,} columns; {MOST_ACROSS:,} at most go across. Put another level "
            "across, or filter this one."
        )
    order = _ordered(table, across, _merged(rows.values()))
    heads = tuple(Head(member, column) for member in order for column in numbers)
    lines = tuple(
        Line(members, tuple(row.get(head.member, {}).get(head.column.name) for head in heads))
        for members, row in rows.items()
    )
    return Pivot(table, down, across, heads, lines)


def without_totals(pivot: Pivot) -> Pivot:
    """The same without what adds up."""
    places = [place for place, head in enumerate(pivot.heads) if not head.member[0]]
    lines = tuple(
        Line(line.members, tuple(line.cells[place] for place in places)) for line in pivot.lines if not line.is_total
    )
    return replace(pivot, heads=tuple(pivot.heads[place] for place in places), lines=lines)


def _cells(
    table: SafeTable, down: tuple[SafeColumn, ...], across: SafeColumn, numbers: tuple[SafeColumn, ...]
) -> Iterator[tuple[tuple[Member, ...], Member, dict[str, Cell]]]:
    """Each row of the answer and of its totals: where it stands, and its numbers."""
    for part in table.parts():
        for row, codes in part.rows():
            members = tuple(_member(row, one, part) for one in down)
            cells = {one.name: Cell(row[one.name], codes.get(one.name)) for one in numbers}
            yield members, _member(row, across, part), cells


def _member(row: Mapping[str, Any], level: SafeColumn, part: Part) -> Member:
    return (True, None) if part.adds_up(level.name) else (False, row[level.name])


def _ordered(table: SafeTable, level: SafeColumn, merged: list[Member]) -> list[Member]:
    """Members in the order of their list, days and numbers by size, others as the rows have them; unknown, then all."""
    if level.is_listed:
        places = {code: place for place, code in enumerate(table.members.get(level.name, {}))}
        merged = sorted(merged, key=lambda one: places.get(one[1], -1))
    elif level.type != "text":
        merged = sorted((one for one in merged if one[1] is not None), key=lambda one: one[1]) + [
            one for one in merged if one[1] is None
        ]
    return sorted(merged, key=lambda one: (one[0], one[1] is None))


def _merged(rows: Iterable[Iterable[Member]]) -> list[Member]:
    """Every member once, in an order that each of the rows has, as far as there is one."""
    order: list[Member] = []
    for row in rows:
        members = list(row)
        for at, member in enumerate(members):
            if member not in order:
                later = next((one for one in members[at + 1 :] if one in order), None)
                order.insert(len(order) if later is None else order.index(later), member)
    return order


def as_table(pivot: Pivot, labels: Labels | None = None) -> pa.Table:
    """A pivot for programs: `TOTAL_OF` and the codes of cells stand beside it, as in every other form.

    A cell that the answer has no row for has the code ``no_row``.
    """
    shown = [one for one in facets(pivot.table, labels) if one.of in {level.name for level in pivot.down}]
    columns: dict[str, Any] = {}
    for facet in shown:
        place = [one.name for one in pivot.down].index(facet.of)
        values = [line.members[place] for line in pivot.lines]
        if facet.shows == "value":
            kind = pivot.table.data.schema.field(facet.of).type
            columns[facet.column.name] = pa.array([value for _, value in values], kind)
        else:
            columns[facet.column.name] = pa.array(
                [shown_as(facet, value, pivot.table, is_all) for is_all, value in values], pa.string()
            )
    status = CELL_STATUS if STATUS in columns else STATUS
    names = _names(pivot, labels, {*columns, TOTAL_OF, status})
    for place, (head, name) in enumerate(zip(pivot.heads, names, strict=True)):
        kind = pivot.table.data.schema.field(head.column.name).type
        columns[name] = pa.array([one.value if (one := line.cells[place]) else None for line in pivot.lines], kind)
    totals = [_total_of(line, pivot) for line in pivot.lines]
    return pa.table({**columns, TOTAL_OF: pa.array(totals, pa.string()), status: _status(pivot, names)})


def _names(pivot: Pivot, labels: Labels | None, taken: set[str]) -> list[str]:
    """The columns of numbers, each by a name of its own, which is no other member's either.

    Two that would be called alike are both told apart, so that whoever asks for the one never gets the other.
    """
    several = len({one.column.name for one in pivot.heads}) > 1
    wanted = [_said(one, pivot, labels) for one in pivot.heads]
    prefixes = [f"{one.column.name} " if several else "" for one in pivot.heads]
    times = Counter(prefix + said for prefix, said in zip(prefixes, wanted, strict=True))
    used = {*taken, *times}
    names: list[str] = []
    for head, prefix, said in zip(pivot.heads, prefixes, wanted, strict=True):
        name = prefix + said
        if times[name] > 1:
            name = prefix + _told_apart(head, said, pivot, labels)
        elif said and name not in taken:
            names.append(name)
            continue
        name = name or "''"
        while name in used:
            name += "_"
        used.add(name)
        names.append(name)
    return names


def _said(head: Head, pivot: Pivot, labels: Labels | None) -> str:
    """A member as its column is called, if no other is called so."""
    is_all, value = head.member
    if labels in ("label", "both"):
        return ALL if is_all else label_text(value, pivot.across, pivot.table)
    return member_cell(Facet(pivot.across, pivot.across.name), value, pivot.table, is_all)


def _told_apart(head: Head, said: str, pivot: Pivot, labels: Labels | None) -> str:
    """A member that is called as another one, or as all of them: by its code too, or in quotes."""
    is_all, value = head.member
    if is_all or value is None:
        return said
    code = member_cell(Facet(pivot.across, pivot.across.name), value, pivot.table, is_all)
    return f"{said} ({code})" if labels in ("label", "both") and code != said else f"'{said}'"


def _total_of(line: Line, pivot: Pivot) -> str | None:
    added = [one.name for one, (is_all, _) in zip(pivot.down, line.members, strict=True) if is_all]
    return ",".join(added) or None


def _status(pivot: Pivot, names: list[str]) -> pa.Array:
    said = []
    for line in pivot.lines:
        codes = [
            f"{name}={cell.code if cell else NO_ROW}"
            for name, cell in zip(names, line.cells, strict=True)
            if cell is None or cell.code
        ]
        said.append(";".join(codes) or None)
    return pa.array(said, pa.string())
