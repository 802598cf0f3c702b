"""belongings: earlier versions of memberships, addresses, documents and needs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dataport.synthetic.past.timeline import NEVER, Timeline
from dataport.synthetic.past.versions import Versioned, listed, old_place, stamped, undone, with_columns
from dataport.synthetic.people import LAST_DAY
from dataport.synthetic.portion import ADDRESS, Portion
from dataport.synthetic.texts import dates

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

# Records of the years before get numbers of their own.
EARLIER = 5 * 10**11
_TRIES = 6


@dataclass(frozen=True, slots=True)
class NeedChanges:
    """Changes of needs that are events of their own: the row of the need, its owner and the day, for each."""

    need: Ints
    person: Ints
    day: Ints


def owners(rows: pa.RecordBatch, individuals: pa.RecordBatch) -> Ints:
    """The position of each row's individual."""
    found = pc.index_in(rows["individual_id"], individuals["individual_id"])
    return pc.fill_null(found, 0).to_numpy(zero_copy_only=False).astype(np.int64)


def since_registration(part: Portion, line: Timeline, rows: pa.RecordBatch, person: Ints) -> pa.RecordBatch:
    """Rows that have been as they are since their person was registered."""
    return stamped(rows, line, line.first[person], line.first[person], part.dates.entered_second[person])


def assistance(line: Timeline, rows: pa.RecordBatch) -> pa.RecordBatch:
    """Assistance is written down on the day on which it is given, and stays as it is."""
    days = np.maximum(_days(rows["provided_date"], np.full(rows.num_rows, line.start)), line.start)
    return with_columns(rows, {"stamped_at": pa.array(line.stamps(days)).cast(pa.timestamp("us"))})


def addresses(part: Portion, line: Timeline, rows: pa.RecordBatch, person: Ints) -> Versioned:
    """Addresses: those of people who moved follow upon earlier ones, which become earlier addresses."""
    is_closed = ~rows["is_active"].to_numpy(zero_copy_only=False)  # that of a record on hold stays open
    moved, left = line.moved[person], np.where(is_closed, line.left[person], NEVER)
    began = np.where(moved == NEVER, line.first[person], moved)
    current = with_columns(
        rows, {"effective_date": pc.if_else(pa.array(moved == NEVER), rows["effective_date"], dates(moved))}
    )
    everything = np.arange(len(person))
    row, day, last = listed(everything, began, ((everything, left),))
    seconds = part.dates.changed_second[person]
    before = undone(current.take(pa.array(row)), left[row] > day, {"is_active": pa.scalar(True), "end_date": None})
    ended, earlier = _left_behind(part, line, rows, person)
    return (
        pa.concat_batches([stamped(current, line, last, last, seconds), ended]),
        pa.concat_batches([stamped(before, line, day, day, seconds[row]), earlier]),
    )


def _left_behind(part: Portion, line: Timeline, rows: pa.RecordBatch, person: Ints) -> Versioned:
    """The addresses of those who moved, at their earlier place: as they ended, and as they were before."""
    chosen_rows = np.flatnonzero(line.moved[person] != NEVER)
    who = person[chosen_rows]
    day, seconds = line.moved[who], part.dates.changed_second[who]
    old = rows.take(pa.array(chosen_rows))
    columns = {
        "address_id": part.ids(ADDRESS, EARLIER + part.numbers[who]),
        "location_code": old_place(part, line, who)["location_code"],
        "is_active": pa.array(np.ones(len(who), dtype=bool)),
        "end_date": pa.nulls(len(who), pa.date32()),
    }
    before = with_columns(old, columns)
    ending = {
        "address_type_code": pa.array(["PCoA"] * len(who), pa.string()),
        "is_active": pa.array(np.zeros(len(who), dtype=bool)),
        "end_date": dates(day),
    }
    first = line.first[who]
    return (
        stamped(with_columns(before, ending), line, day, day, seconds),
        stamped(before, line, first, first, part.dates.entered_second[who]),
    )


def documents(part: Portion, line: Timeline, rows: pa.RecordBatch, person: Ints) -> Versioned:
    """Documents: there from the day of issue, valid until they expired."""
    first = line.first[person]
    issued = np.clip(_days(rows["issue_date"], first), first, LAST_DAY)
    is_expired = pc.fill_null(pc.equal(rows["document_status_code"], "X"), False).to_numpy(zero_copy_only=False)
    expires = _days(rows["expiry_date"], np.zeros(len(person), dtype=np.int64))
    expired = np.where(is_expired & (expires > issued) & (expires <= LAST_DAY), expires, NEVER)
    everything = np.arange(len(person))
    row, day, last = listed(everything, issued, ((everything, expired),))
    seconds = part.dates.changed_second[person]
    before = undone(rows.take(pa.array(row)), expired[row] > day, {"document_status_code": pa.scalar("V")})
    return stamped(rows, line, last, last, seconds), stamped(before, line, day, day, seconds[row])


def needs(part: Portion, line: Timeline, rows: pa.RecordBatch, person: Ints) -> tuple[Versioned, NeedChanges]:
    """Specific needs: there from when they were identified, active until they were resolved.

    A need from before its person's record is as old as the record. A change that finds no day of its own, on which
    nothing else happens to the person, is part of the registration, or happens with what happens that day.
    """
    first = line.first[person]
    last_day = np.where(line.left[person] == NEVER, LAST_DAY + 1, line.left[person]) - 1
    identified = _days(rows["identified_date"], first)
    resolved = _days(rows["resolved_date"], np.full(len(person), NEVER))
    resolved = np.where(resolved > np.maximum(first, identified), resolved, NEVER)
    wanted = np.concatenate([np.where(identified > first, identified, NEVER), resolved])
    day, has_own_day = _days_of_their_own(line, np.tile(person, 2), wanted, np.tile(last_day, 2))
    count = len(person)
    identified = np.where(has_own_day[:count], day[:count], first)
    resolved = np.where(has_own_day[count:] & (day[count:] > identified), day[count:], NEVER)
    everything = np.arange(count)
    row, before_day, last = listed(everything, identified, ((everything, resolved),))
    before = undone(
        rows.take(pa.array(row)),
        resolved[row] > before_day,
        {"need_status_code": pa.scalar("A"), "resolved_date": None},
    )
    seconds = part.dates.changed_second[person]
    versions = (
        stamped(rows, line, last, last, seconds),
        stamped(before, line, before_day, before_day, seconds[row]),
    )
    told = [(everything, np.where(identified > first, identified, NEVER)), (everything, resolved)]
    need = np.concatenate([who[days != NEVER] for who, days in told])
    days = np.concatenate([days[days != NEVER] for _, days in told])
    return versions, NeedChanges(need, person[need], days)


def _days_of_their_own(line: Timeline, person: Ints, wanted: Ints, last: Ints) -> tuple[Ints, Flags]:
    """Days moved on until nothing else happens to the person that day, and which have found one."""
    everybody = np.arange(len(line.first))
    taken = [(everybody, days) for days in (line.first, *line.changes)]
    fixed = np.concatenate([_keys(who[days != NEVER], days[days != NEVER]) for who, days in taken])
    day, open_ = wanted.copy(), np.flatnonzero(wanted != NEVER)
    found = np.zeros(len(wanted), dtype=bool)
    for _ in range(_TRIES):
        open_ = open_[day[open_] <= last[open_]]
        keys = _keys(person[open_], day[open_])
        _, at = np.unique(keys, return_index=True)
        is_first = np.zeros(len(open_), dtype=bool)
        is_first[at] = True
        free = is_first & ~np.isin(keys, fixed)
        found[open_[free]] = True
        fixed = np.concatenate([fixed, keys[free]])
        open_ = open_[~free]
        day[open_] += 1
    return day, found


def _keys(person: Ints, day: Ints) -> Ints:
    return person * 1_000_000 + day


def _days(column: pa.Array, missing: Ints) -> Ints:
    """Dates as days since 1970."""
    filled = pc.if_else(pc.is_null(column), pa.array(missing.astype(np.int32)), column.cast(pa.int32()))
    return filled.to_numpy(zero_copy_only=False).astype(np.int64)
