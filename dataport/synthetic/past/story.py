"""past_of: a portion's rows with their stamps, their superseded versions, and the events that explain each change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dataport.synthetic.dates import REASON
from dataport.synthetic.past import belongings, versions
from dataport.synthetic.past.belongings import EARLIER, NeedChanges
from dataport.synthetic.past.timeline import NEVER, Timeline, timeline
from dataport.synthetic.past.versions import Versioned, stamped, with_columns
from dataport.synthetic.portion import EVENT, Portion
from dataport.synthetic.texts import chosen, dates

Ints = npt.NDArray[np.int64]

# What a record was closed for, told as an event; whatever else it was closed for is an inactivation.
_EVENT_OF = {"DP": "departure", "VR": "return", "RS": "resettlement", "DC": "death", "DU": "merge"}
_KINDS_EACH = 16


@dataclass(frozen=True, slots=True)
class Past:
    """What is loaded of a portion.

    Attributes:
        current: the rows as they are, by table, with `stamped_at`.
        superseded: earlier versions, by table, with `stamped_at`.
        active: people active at the end of each year of the portion's path.
    """

    current: dict[str, pa.RecordBatch]
    superseded: dict[str, pa.RecordBatch]
    active: Ints


def past_of(part: Portion, tables: dict[str, pa.RecordBatch]) -> Past:
    """The years before a portion's rows; those stay as they are, save for stamps and the day of the last move."""
    line = timeline(part)
    individuals = tables["individual"]
    found: dict[str, Versioned] = {
        "individual": versions.individuals(part, line, _moved_on(individuals, line.moved, "location_date")),
        "registration_group": _groups(part, line, tables["registration_group"]),
    }
    person = belongings.owners(tables["address"], individuals)
    found["address"] = belongings.addresses(part, line, tables["address"], person)
    person = belongings.owners(tables["document"], individuals)
    found["document"] = belongings.documents(part, line, tables["document"], person)
    person = belongings.owners(tables["specific_need"], individuals)
    found["specific_need"], changes = belongings.needs(part, line, tables["specific_need"], person)
    current = {name: now for name, (now, _) in found.items()}
    person = belongings.owners(tables["membership"], individuals)
    current["membership"] = belongings.since_registration(part, line, tables["membership"], person)
    current["assistance"] = belongings.assistance(line, tables["assistance"])
    current["event"] = _events(part, line, tables, changes)
    return Past(current, {name: before for name, (_, before) in found.items() if before.num_rows}, _active(part))


def _groups(part: Portion, line: Timeline, rows: pa.RecordBatch) -> Versioned:
    heads = np.flatnonzero(part.people.is_focal_point)
    return versions.groups(part, line, _moved_on(rows, line.moved[heads], "location_date"))


def _moved_on(rows: pa.RecordBatch, moved: Ints, column: str) -> pa.RecordBatch:
    return with_columns(rows, {column: pc.if_else(pa.array(moved == NEVER), rows[column], dates(moved))})


def _active(part: Portion) -> Ints:
    """People active at the end of each year."""
    assert part.path is not None
    there = part.dates.registration[:, None] <= part.path.ends
    gone = (part.people.status[:, None] > 0) & (part.dates.process_status[:, None] <= part.path.ends)
    counted: Ints = (there & ~gone).sum(axis=0)
    return counted


def _events(part: Portion, line: Timeline, tables: dict[str, pa.RecordBatch], needs: NeedChanges) -> pa.RecordBatch:
    """One event for each change of a person's state, of the same stamp as the version that shows it."""
    found, everybody = part.dates, np.arange(len(part.people))
    entered = np.where(line.is_opening, NEVER, line.first)
    with_another = (line.seen == line.decided) | (line.seen == line.left) | (line.seen == line.moved)
    seen = np.where(with_another, NEVER, line.seen)
    kinds = np.where(found.born_in_asylum, "birth", "registration")
    ends = np.array([_EVENT_OF.get(code, "status_change" if code == "OT" else "inactivation") for code in REASON])
    closed = ends[found.reason]
    parts = [
        (everybody, entered, found.registration, kinds, tables["individual"]["registration_reason_code"]),
        (everybody, line.decided, found.legal_status, _all(line, "status_change"), _all_codes(line, "REF")),
        (everybody, line.left, found.process_status, closed, tables["individual"]["process_status_reason_code"]),
        (everybody, line.moved, line.moved, _all(line, "transfer"), _all_codes(line, None)),
        (everybody, seen, found.last_contact, _all(line, "verification"), _all_codes(line, None)),
        (everybody, line.corrected, line.corrected, _all(line, "correction"), _all_codes(line, "DOB")),
    ]  # fmt: skip
    batches = [_of_kind(part, line, tables, number, *columns) for number, columns in enumerate(parts)]
    batches.append(_of_needs(part, line, tables, needs))
    return pa.concat_batches(batches)


def _all(line: Timeline, kind: str) -> npt.NDArray[np.str_]:
    return np.full(len(line.first), kind)


def _all_codes(line: Timeline, code: str | None) -> pa.Array:
    return pa.array([code], pa.string()).take(pa.array(np.zeros(len(line.first), dtype=np.int64)))


def _of_kind(
    part: Portion, line: Timeline, tables: dict[str, pa.RecordBatch], number: int,
    person: Ints, recorded: Ints, happened: Ints, kinds: npt.NDArray[np.str_], reasons: pa.Array,
) -> pa.RecordBatch:  # fmt: skip
    who = person[recorded != NEVER]
    ids = part.ids(EVENT, part.numbers[who] * _KINDS_EACH + number)
    rows = _event_rows(part, tables, who, ids, kinds[who].tolist(), reasons.take(pa.array(who)), happened[who])
    return stamped(rows, line, recorded[who], happened[who], part.dates.changed_second[who])


def _of_needs(part: Portion, line: Timeline, tables: dict[str, pa.RecordBatch], changes: NeedChanges) -> pa.RecordBatch:
    number = np.arange(len(changes.need), dtype=np.int64)
    ids = part.ids(EVENT, EARLIER + part.first * _KINDS_EACH * 4 + number)
    reasons = tables["specific_need"]["need_category_code"].take(pa.array(changes.need))
    kinds = ["need_change"] * len(number)
    rows = _event_rows(part, tables, changes.person, ids, kinds, reasons, changes.day)
    return stamped(rows, line, changes.day, changes.day, part.dates.changed_second[changes.person])


def _event_rows(
    part: Portion, tables: dict[str, pa.RecordBatch], who: Ints, ids: pa.StringArray, kinds: list[str],
    reasons: pa.Array, happened: Ints,
) -> pa.RecordBatch:  # fmt: skip
    """Events without their stamps; a portion's memberships are in the order of its individuals."""
    place = pa.array(who)
    stamps = {name: column.take(place) for name, column in part.stamps().items()}
    columns = {
        "event_id": ids,
        "individual_id": tables["individual"]["individual_id"].take(place),
        "group_id": tables["membership"]["group_id"].take(place),
        "event_type_code": pa.array(kinds, pa.string()),
        "event_date": dates(happened),
        "reason_code": reasons,
        "entry_channel_code": chosen(["office"], np.zeros(len(who), dtype=np.int64)),
    }
    entered = {"created_on": stamps["modified_on"], "created_by": stamps["modified_by"]}
    return pa.RecordBatch.from_pydict(stamps | entered | columns)
