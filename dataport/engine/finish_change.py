"""finish_change: the raw answer of a change, checked and finished. What does not add up is never shown."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import repeat

import pyarrow as pa

from dataport.access import ScopedQuestion
from dataport.engine.algebra import ADDED, CAUSE, MANY
from dataport.engine.derived_columns import HIDDEN
from dataport.engine.movement_leg import is_limited
from dataport.engine.run import RawAnswer
from dataport.errors import DataportError
from dataport.semantic.movement import DENOMINATOR, END, MIX, NUMERATOR, START, ByMovements, ByParts, moves_of
from dataport.semantic.question import EARLIER, Question
from dataport.tables import RawTable


class DoesNotAddUp(DataportError):
    """The movements of a cell do not lead from its number on the one day to that on the other: a defect of ours."""

    code = "does_not_add_up"
    is_for_asker = True

    def __init__(self) -> None:
        super().__init__(
            "The movements do not add up to the change, so nothing is shown. This is a defect of Dataport or of the "
            "published version: run `dataport build`, ask again, and tell whoever maintains it if it stays."
        )


def finish_change(raw: RawAnswer, scoped: ScopedQuestion) -> RawAnswer:
    """The answer of a change with its final columns: both numbers, and what led from the one to the other.

    Any other answer is returned as it is.

    Raises:
        DoesNotAddUp: in some cell or total it does not.
    """
    match scoped.question.decomposed:
        case None:
            return raw
        case ByMovements():
            return _by_movements(raw, scoped)
        case ByParts():
            return _by_parts(raw, scoped.question)


def _by_movements(raw: RawAnswer, scoped: ScopedQuestion) -> RawAnswer:
    """One column per movement that anybody made, the same for the rows and all totals; every cell is checked."""
    (name,) = scoped.question.facts
    fact, catalog = scoped.question.catalog.facts[name], scoped.question.catalog
    moves = moves_of(fact.boundaries, catalog.movements, is_limited=is_limited(scoped.scopes[name]))
    by_cause = {(one.adds, one.cause): one.name for one in moves}
    levels = tuple(level.name for level in scoped.question.by)
    parts = [(kept, table, _cells(table, kept, by_cause)) for kept, table in ((levels, raw.rows), *raw.totals)]
    made = {name for *_, cells in parts for cell in cells.values() for name, count in cell.items() if count}
    names = [START, *(one.name for one in moves if one.name in made), END]
    (_, rows), *totals = [(kept, _spread(cells, kept, names, table)) for kept, table, cells in parts]
    return RawAnswer(rows, tuple(totals))


_Cells = dict[tuple[object, ...], Counter[str]]


def _cells(raw: RawTable, levels: tuple[str, ...], by_cause: Mapping[tuple[bool, str | None], str]) -> _Cells:
    """The numbers of each cell by column, in the order of the cells."""
    cells: _Cells = {}
    keys = zip(*(raw.data.column(name).to_pylist() for name in levels), strict=True) if levels else repeat(())
    columns = (raw.data.column(name).to_pylist() for name in (ADDED, CAUSE, MANY))
    for key, added, cause, many in zip(keys, *columns, strict=False):
        name = cause if cause in (START, END) else by_cause.get((added, cause)) or by_cause[(added, None)]
        cells.setdefault(key, Counter())[name] += many
    for cell in cells.values():
        if cell[START] + sum(many for name, many in cell.items() if name not in (START, END)) != cell[END]:
            raise DoesNotAddUp
    # a cell is left out in which nobody is or was, and through which nobody passed
    return {key: cell for key, cell in cells.items() if not levels or any(cell.values())}


def _spread(cells: _Cells, levels: tuple[str, ...], names: list[str], raw: RawTable) -> RawTable:
    keys = {
        level: pa.array([key[place] for key in cells], raw.data.schema.field(level).type)
        for place, level in enumerate(levels)
    }
    numbers = {name: pa.array([cell[name] for cell in cells.values()], pa.int64()) for name in names}
    return RawTable(pa.table({**keys, **numbers}))


# By such a part of itself a sum of binary fractions may differ from that of its parts, each of which was rounded.
_ROUNDED = Fraction(1, 10**12)


@dataclass(frozen=True, slots=True)
class _Quotient:
    """Both sides of a quotient on both days, as fractions, so that nothing is rounded when a change is taken apart.

    Attributes:
        is_rounded: whether they came as binary fractions, of which each was rounded when it was summed.
    """

    numerator: Fraction
    numerator_before: Fraction
    denominator: Fraction
    denominator_before: Fraction
    is_known: bool = True
    was_known: bool = True
    is_rounded: bool = False

    @property
    def now(self) -> Fraction | None:
        return self.numerator / self.denominator if self.is_known and self.denominator else None

    @property
    def before(self) -> Fraction | None:
        return self.numerator_before / self.denominator_before if self.was_known and self.denominator_before else None

    @property
    def effects(self) -> tuple[Fraction, Fraction] | None:
        """How far numerator and denominator each moved the quotient, the other held at its average of both days."""
        now, before = self.denominator, self.denominator_before
        if not now or not before or not (self.is_known and self.was_known):
            return None
        by_numerator = (self.numerator - self.numerator_before) * (1 / now + 1 / before) / 2
        by_denominator = (self.numerator + self.numerator_before) / 2 * (1 / now - 1 / before)
        return by_numerator, by_denominator


def _by_parts(raw: RawAnswer, question: Question) -> RawAnswer:
    cells = [(row, _quotient(row)) for row in raw.rows.data.to_pylist()]
    rows: list[_Effects] = [(quotient, quotient.effects, None) for _, quotient in cells]
    totals = []
    for kept, total in raw.totals:
        parts: dict[tuple[object, ...], list[_Quotient]] = defaultdict(list)
        for row, quotient in cells:
            parts[tuple(row[name] for name in kept)].append(quotient)
        whole = total.data.to_pylist()
        within = [_mixed(_quotient(row), parts[tuple(row[name] for name in kept)]) for row in whole]
        totals.append((kept, _told(total, kept, within)))
    return RawAnswer(_told(raw.rows, tuple(level.name for level in question.by), rows), tuple(totals))


def _quotient(row: Mapping[str, float]) -> _Quotient:
    names = (NUMERATOR, NUMERATOR + EARLIER, DENOMINATOR, DENOMINATOR + EARLIER)
    # A sum of nothing is null. It adds 0 to a whole that has other parts, and by itself makes no quotient.
    now, before, by, by_before = (Fraction(row[name] or 0) for name in names)
    is_known, was_known = (row[name] is not None for name in names[:2])
    is_rounded = any(isinstance(row[name], float) for name in names)
    return _Quotient(now, before, by, by_before, is_known, was_known, is_rounded)


_Effects = tuple[_Quotient, tuple[Fraction, Fraction] | None, Fraction | None]


def _mixed(whole: _Quotient, parts: list[_Quotient]) -> _Effects:
    """How far the cells moved the whole by changing themselves, and how far by weighing more or less in it (mix)."""
    if whole.now is None or whole.before is None:
        return whole, None, None
    by_numerator = by_denominator = mix = Fraction(0)
    for part in parts:
        now = part.denominator / whole.denominator
        before = part.denominator_before / whole.denominator_before
        first, last, effects = part.before, part.now, part.effects
        if effects and first is not None and last is not None:
            by_numerator += (now + before) / 2 * effects[0]
            by_denominator += (now + before) / 2 * effects[1]
            mix += (now - before) * (first + last) / 2
            continue
        # A cell without a denominator on one of the days has no quotient there. That it came or went is mix; whatever
        # else it added counts as the numerator's.
        moved = (now - before) * (first if first is not None else last if last is not None else 0)
        mix += moved
        gained = part.numerator / whole.denominator - part.numerator_before / whole.denominator_before
        by_numerator += gained - moved
    moved_by = (by_numerator, by_denominator, mix)
    room = _ROUNDED * sum(map(abs, (whole.before, *moved_by))) if whole.is_rounded else 0
    if abs(whole.before + sum(moved_by) - whole.now) > room:
        raise DoesNotAddUp
    return whole, (by_numerator, by_denominator), mix


def _told(raw: RawTable, levels: tuple[str, ...], rows: list[_Effects]) -> RawTable:
    """The columns of the answer, and the hidden ones as they were."""
    numbers: dict[str, list[float | None]] = {name: [] for name in (START, NUMERATOR, DENOMINATOR, MIX, END)}
    for quotient, effects, mix in rows:
        by_numerator, by_denominator = effects or (None, None)
        told = (quotient.before, by_numerator, by_denominator, mix, quotient.now)
        for column, value in zip(numbers.values(), told, strict=True):
            column.append(None if value is None else float(value))
    made = {name: pa.array(values, pa.float64()) for name, values in numbers.items()}
    return RawTable(pa.table({**{name: raw.data.column(name) for name in levels}, **made, **dict(_hidden(raw))}))


def _hidden(raw: RawTable) -> Iterator[tuple[str, pa.ChunkedArray]]:
    for name in raw.data.column_names:
        if name.startswith(HIDDEN):
            yield name, raw.data.column(name)
