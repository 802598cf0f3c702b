"""tables: what this room tells, as columns and rows: for CSV, workbooks, and JSON in the shape of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from dataport.quality.card import Line, Scorecard
from dataport.quality.drill import Records, ToCorrect
from dataport.quality.sizes import Size
from dataport.quality.working import Worked
from dataport.semantic.model import ValueType

Cell: TypeAlias = str | int | float | bool | date | None
Scale: TypeAlias = Literal["plain", "share"]

EASE = {1: "at a desk", 2: "with a paper of the person", 3: "when the person is seen"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        scale: whether its numbers are shares, which people read in percent.
    """

    name: str
    label: str
    type: ValueType = "text"
    scale: Scale = "plain"
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows, with what is said of them.

    Attributes:
        otherwise: what is said in place of rows where there are none, in a form for people.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...] = field(repr=False)
    meta: Mapping[str, Any] = field(default_factory=dict, repr=False)
    otherwise: str = ""

    def as_dict(self) -> dict[str, Any]:
        """In the shape of an answer."""
        return {
            "columns": [
                {"name": one.name, "label": one.label, "type": one.type, "unit": one.unit, "role": _role(one)}
                for one in self.columns
            ],
            "rows": [[_plain(cell) for cell in row] for row in self.rows],
            "status": [],
            "totals": [],
            "meta": {name: _plain(value) for name, value in self.meta.items()},
        }


def _role(column: Column) -> str:
    return "level" if column.type in ("text", "date", "boolean") else "indicator"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    return value.isoformat() if isinstance(value, date) else value


_CARD = (
    Column("name", "KPI"),
    Column("label", "Measure"),
    Column("dimension", "Dimension"),
    Column("severity", "Severity"),
    Column("numerator", "Records", "number"),
    Column("denominator", "Of", "number"),
    Column("value", "Value", "number", "share", "share"),
    Column("target", "Target", "number", "share", "share"),
    Column("better", "Better"),
    Column("meets_target", "On target", "boolean"),
    Column("before", "Before", "number", "share", "share"),
    Column("before_as_of", "Before, as of", "date"),
    Column("change", "Change, in points", "number", "share", "share"),
    Column("rank", "Rank", "integer"),
    Column("rank_of", "Rank of", "integer"),
    Column("excused", "Excused", "integer"),
    Column("note", "Note"),
)
NOT_PERMITTED, NOTHING, SMALL = "not for this role", "nothing to judge", "small: not for onward release"


def card_table(card: Scorecard) -> Table:
    """A scorecard, a row for each KPI, then one for the score."""
    rows = [_card_row(one) for one in card.lines]
    first = next((one for one in card.score_trend if one.value is not None), None)
    moved = None if card.score is None or first is None or first.value is None else card.score - first.value
    rank = (card.score_rank.place, card.score_rank.of) if card.score_rank else (None, None)
    score: tuple[Cell, ...] = (
        "score", "Score of all", None, None, None, None, card.score, None, "higher", None,
        first.value if first else None, first.as_of if first else None, moved, *rank, None,
        _no_score(card),
    )  # fmt: skip
    unit = None if card.unit is None else str(card.unit)
    meta = {**card.meta, "scope": card.scope, "unit": unit, "as_of": card.as_of, "limits": list(card.notes)}
    return Table(_CARD, (*rows, score), meta)


def _no_score(card: Scorecard) -> str | None:
    if card.score is not None:
        return None
    return NOTHING if card.is_empty else "no score: a part of it is not known, or not for this role"


def lines_table(lines: tuple[Line, ...], otherwise: str) -> Table:
    """Some lines of a scorecard, or what is said where there are none."""
    return Table(_CARD, tuple(_card_row(one) for one in lines), otherwise=otherwise)


def _card_row(one: Line) -> tuple[Cell, ...]:
    first = next((point for point in one.trend if point.value is not None), None)
    rank = (one.rank.place, one.rank.of) if one.rank else (None, None)
    note = NOT_PERMITTED if not one.is_permitted else NOTHING if one.value is None else SMALL if one.is_small else None
    return (
        one.kpi.name, one.kpi.label, one.kpi.dimension, one.kpi.severity, one.numerator, one.denominator, one.value,
        one.target, one.kpi.better, one.meets_target, first.value if first else None, first.as_of if first else None,
        one.moved, *rank, one.excused, note,
    )  # fmt: skip


_RECORDS = (
    Column("number", "Number"),
    Column("id", "Id"),
    Column("name", "Name"),
    Column("unit", "Business unit"),
    Column("wrong", "What is wrong"),
    Column("checks", "Checks"),
    Column("severity", "Severity"),
    Column("ease", "Put right"),
    Column("since", "Since", "date"),
    Column("since_before_history", "Since before history", "boolean"),
    Column("recorded_by", "Recorded by"),
    Column("assigned_to", "Assigned to"),
    Column("excused_until", "Excused until", "date"),
    Column("excuse", "Excuse"),
    Column("notes", "Notes"),
    Column("link", "Link"),
)


def records_table(found: Records) -> Table:
    """The records of a drill-down; a column that no record has anything for stays, and is empty."""
    meta = {**found.meta, "kpi": found.kpi.name, "label": found.kpi.label, "excused": found.excused}
    return Table(_RECORDS, tuple(_record_row(one, found.kpi.name) for one in found.records), meta)


def _record_row(one: ToCorrect, kpi: str) -> tuple[Cell, ...]:
    worst = one.issues[0].check if one.issues else None
    notes = "\n".join(f"{note.made_at:%Y-%m-%d} {note.made_by}: {note.said}" for note in one.work.notes)
    identity = one.values.get("individual_id") or one.values.get("group_id")
    return (
        one.number, identity, one.name or None, one.values.get("business_unit_id"),
        " ".join(issue.check.says for issue in one.issues), ", ".join(issue.check.name for issue in one.issues),
        worst.severity if worst else None, EASE[worst.ease] if worst else None,
        one.since.date(), one.is_older, str(one.recorder) if one.recorder else None, one.assignee,
        one.excuse.expires_on if one.excuse else None, one.excuse.reason if one.excuse else None, notes or None,
        one.link,
    )  # fmt: skip


NO_WORK_MADE = "Nothing is assigned, excused or noted."
_SIZES = (
    Column("kpi", "KPI"),
    Column("assigned", "Assigned", "integer"),
    Column("excused", "Excused", "integer"),
    Column("noted", "Noted", "integer"),
)


def sizes_table(sizes: tuple[Size, ...]) -> Table:
    """How much of a working list is about each KPI."""
    rows = tuple((one.kpi, one.assigned, one.excused, one.noted) for one in sizes)
    return Table(_SIZES, rows, otherwise=NO_WORK_MADE)


_WORK = (
    Column("record", "Record"),
    Column("kpi", "KPI"),
    Column("what", "What"),
    Column("who", "Whom"),
    Column("said", "Said"),
    Column("until", "Until", "date"),
    Column("made_by", "By"),
    Column("made_on", "On", "date"),
    Column("ended_on", "Ended on", "date"),
)


def work_table(worked: Worked) -> Table:
    """All that was made of the records that the viewer may open, record by record, oldest first."""
    rows: list[tuple[Cell, ...]] = []
    for about, of in worked.of.items():
        name = worked.numbers.get(about)
        made: list[tuple[datetime, tuple[Cell, ...]]] = []
        for one in of.assignments:
            what = (name, one.kpi, "assigned", one.assignee, None, None)
            made.append((one.made_at, (*what, one.made_by, one.made_at.date(), _day(one.ended_at))))
        for excuse in of.excuses:
            said = (name, excuse.kpi, "excused", None, excuse.reason, excuse.expires_on)
            made.append((excuse.made_at, (*said, excuse.made_by, excuse.made_at.date(), _day(excuse.ended_at))))
        for note in of.notes:
            told = (name, note.kpi, "noted", None, note.said, None)
            made.append((note.made_at, (*told, note.made_by, note.made_at.date(), None)))
        rows += [row for _, row in sorted(made, key=lambda one: one[0])]
    return Table(_WORK, tuple(rows), worked.meta)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


__all__ = ["EASE", "Column", "Table", "card_table", "lines_table", "records_table", "sizes_table", "work_table"]
