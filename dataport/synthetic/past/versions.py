"""versions: the earlier versions of individuals and groups, each the final row with the later changes undone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dataport.synthetic.past.timeline import NEVER, Timeline
from dataport.synthetic.portion import Portion
from dataport.synthetic.texts import chosen, dates, moments

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_DAYS = 1_000_000  # more than any day's number
_LATEST_ENTRY = 16 * 3600  # a device's clock, before the afternoon's synchronisation

Versioned = tuple[pa.RecordBatch, pa.RecordBatch]  # the rows as they are, and their superseded versions


def listed(owners: Ints, first: Ints, changes: Iterable[tuple[Ints, Ints]]) -> tuple[Ints, Ints, Ints]:
    """The superseded versions of records, and the day of each record's last one.

    Args:
        owners: record numbers from 0, each once.
        first: the day on which each record came to be.
        changes: pairs of record numbers and days; `NEVER` is left out.

    Returns:
        the record and the day of each superseded version, and the last day of every record.
    """
    pairs = [(owners, first), *((who[days != NEVER], days[days != NEVER]) for who, days in changes)]
    keys = np.unique(np.concatenate([who * _DAYS + day for who, day in pairs]))
    record, day = keys // _DAYS, keys % _DAYS
    is_last = np.append(record[1:] != record[:-1], True)[: len(record)]
    return record[~is_last], day[~is_last], day[is_last]


def with_columns(batch: pa.RecordBatch, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    """The batch with some columns replaced or added."""
    own = dict(zip(batch.schema.names, batch.columns, strict=True))
    return pa.RecordBatch.from_pydict(own | columns)


def undone(batch: pa.RecordBatch, where: Flags, before: dict[str, pa.Array | pa.Scalar | None]) -> pa.RecordBatch:
    """The batch with other values in some columns where a change had not happened yet."""
    mask = pa.array(where)
    columns = {}
    for name, value in before.items():
        column = batch.column(name)
        other = pa.scalar(None, type=column.type) if value is None else value
        columns[name] = pc.if_else(mask, other, column)
    return with_columns(batch, columns)


def stamped(batch: pa.RecordBatch, line: Timeline, days: Ints, entered: Ints, seconds: Ints) -> pa.RecordBatch:
    """The batch with the stamps of its versions: recorded on `days`, entered into a device on the days `entered`."""
    stamps = pa.array(line.stamps(days)).cast(pa.timestamp("us"))
    changed = moments(entered, np.minimum(seconds, _LATEST_ENTRY))
    return with_columns(batch, {"stamped_at": stamps, "modified_on": changed})


def individuals(part: Portion, line: Timeline, rows: pa.RecordBatch) -> Versioned:
    """Individuals, and what they were before each of their changes."""
    everybody = np.arange(len(part.people))
    person, day, last = listed(everybody, line.first, ((everybody, days) for days in line.changes))
    seconds, registration = part.dates.changed_second, dates(part.dates.registration[person])
    before = rows.take(pa.array(person))
    before = undone(
        before, line.decided[person] > day, {"legal_status_code": pa.scalar("ASR"), "legal_status_date": registration}
    )
    before = undone(before, line.left[person] > day, {
        "process_status_code": pa.scalar("A"), "process_status_reason_code": None, "process_status_date": registration,
        "deceased_date": None,
    })  # fmt: skip
    before = undone(before, line.moved[person] > day, old_place(part, line, person) | {"location_date": registration})
    lower = _a_grade_lower(before["education_level_code"], person)
    seen = {"last_contact_date": registration, "education_level_code": lower}
    before = undone(before, line.seen[person] > day, seen)
    wrong = dates(part.people.birth[person] - line.birth_error[person])
    before = undone(before, line.corrected[person] > day, {"birth_date": wrong})
    entered, entered_before = (_entered(part, line, who, days) for who, days in ((everybody, last), (person, day)))
    return (
        stamped(rows, line, last, entered, seconds),
        stamped(before, line, day, entered_before, seconds[person]),
    )


def groups(part: Portion, line: Timeline, rows: pa.RecordBatch) -> Versioned:
    """Groups, smaller before members joined, elsewhere before they moved, active before their head left."""
    heads = np.flatnonzero(part.people.is_focal_point)
    number = np.cumsum(part.people.is_focal_point) - 1
    first, everybody = line.first[heads], np.arange(len(heads))
    joined = np.where(line.first > line.first[part.people.head], line.first, NEVER)
    moved, left = line.moved[heads], _group_left(part, line, heads, number)
    group, day, last = listed(everybody, first, ((number, joined), (everybody, moved), (everybody, left)))
    seconds, registered = part.dates.changed_second[heads], dates(part.dates.group_registration[heads][group])
    before = rows.take(pa.array(group))
    missing = _joined_after(number, joined, group, day)
    sizes = pc.max_element_wise(pc.subtract(before["declared_size"], pa.array(missing)), pa.scalar(1, pa.int64()))
    before = with_columns(before, {"declared_size": pc.if_else(pc.is_null(before["declared_size"]), None, sizes)})
    old = old_place(part, line, heads[group])
    before = undone(
        before,
        moved[group] > day,
        {name: old[name] for name in ("location_code", "business_unit_id")} | {"location_date": registered},
    )
    before = undone(before, left[group] > day, {
        "status_code": pa.scalar("A"), "status_reason_code": None, "status_date": registered,
    })  # fmt: skip
    return stamped(rows, line, last, last, seconds), stamped(before, line, day, day, seconds[group])


def old_place(part: Portion, line: Timeline, person: Ints) -> dict[str, pa.Array | pa.Scalar | None]:
    """Where people lived before they moved."""
    row = line.old_row[person]
    return {
        "location_code": chosen(part.places(), row),
        "business_unit_id": chosen(part.units(), row),
        "accommodation_code": chosen(part.of_row("accommodation_code"), row),
        "settlement_code": chosen(part.of_row("settlement_code"), row),
    }


def _entered(part: Portion, line: Timeline, person: Ints, day: Ints) -> Ints:
    """The device's day of a version: the contact's own, where it was recorded late."""
    opening = np.minimum(day, np.maximum(part.dates.registration[person], part.dates.last_contact[person]))
    late = np.where(day == line.seen[person], part.dates.last_contact[person], day)
    return np.where(day <= line.start, np.minimum(opening, line.start), late)


def _a_grade_lower(codes: pa.Array, person: Ints) -> pa.Array:
    """For every other person at school the grade below, as it was before the last contact."""
    grades = [str(grade) for grade in range(2, 13)]
    lower = pa.array([str(grade - 1) for grade in range(2, 13)])
    position = pc.index_in(codes, pa.array(grades))
    return pc.if_else(pc.and_(pc.is_valid(position), pa.array(person % 2 == 0)), lower.take(position), codes)


def _group_left(part: Portion, line: Timeline, heads: Ints, number: Ints) -> Ints:
    """The day on which a group's head left, for groups in which nobody is active now."""
    active = np.bincount(number, weights=part.people.status == 0, minlength=len(heads)) > 0
    return np.where(active, NEVER, line.left[heads])


def _joined_after(number: Ints, joined: Ints, group: Ints, day: Ints) -> Ints:
    """How many members joined a group after a day."""
    keys = np.sort(number[joined != NEVER] * _DAYS + joined[joined != NEVER])
    upto = np.searchsorted(keys, group * _DAYS + day, side="right")
    return np.searchsorted(keys, (group + 1) * _DAYS) - upto
