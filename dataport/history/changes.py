"""changes: what is different in a case since a day or a look, by member, and who changed it. Newest first.

Both ends are compared: what was changed and changed back is told once, as undone, and what led from the old value to
the new one stands beside them. Nothing is worked out of records here, so that an age that grew is no change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, TypeAlias

from dataport.errors import WrongRequest
from dataport.history.fields import plain_of
from dataport.history.part import member_of
from dataport.history.timeline import NEXT_SEEN, Entry, Step, group_numbers, is_active, provenance, told_from
from dataport.house import House
from dataport.records import EVERYTHING, IN_PART, Case, LastLook, Reach, Record, Recorder, Version, last_look, open_case
from dataport.semantic import Horizon
from dataport.visit import Asker

MY_LAST_LOOK = "my-last-look"
How: TypeAlias = Literal[
    "changed", "undone", "added", "removed", "joined", "left", "happened", "entered scope", "left scope"
]
# The numbers of groups, by key; None where a group is not in scope.
Numbers: TypeAlias = Mapping[int | None, str | None]
# What a membership says anew when somebody joins or leaves.
_TOLD_BY_TURNING = frozenset({"is_active", "effective_date", "end_date"})
_NO_LOOK = (
    "You have not looked at this case before, as far as the log of looks tells: say since which day "
    "(--since 2022-03-01). Looks at a part of a case, a show of a group, those with other rights than yours today, and "
    "those that were written down before the log said how far a look reaches, do not count."
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is different, or was in between.

    Attributes:
        record: which record of the member it is of; empty for the member itself.
        name: the field; empty where a record as a whole came, went or happened.
        before, after: what it said then and says now; of a record that came, its fields as it came are `after`, and of
            one that went, its fields as it went are `before`.
        between: what it said in between, in order.
        recorded_at: when the store came to know of it, or, of what was undone, of the last of it.
        act: in which act, in words, with `happened_on`, the act's own date where it says one. What changed where it was
            not told of (out of the group, or where no role reads it) is told when next seen, of no act and nobody.
        recorder, channel: who recorded it and from where, where the row says so.
    """

    how: How
    record: str = field(repr=False)
    name: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)
    between: tuple[Any, ...] = field(repr=False)
    recorded_at: datetime
    happened_on: date | None
    act: str = field(repr=False)
    recorder: Recorder | None
    channel: str | None


@dataclass(frozen=True, slots=True)
class OfMember:
    """What is different about one member, or about the group itself; newest first."""

    subject: str = field(repr=False)
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is different in a case, by member, whoever changed last first.

    Attributes:
        since, until: recorded time (UTC), half-open.
        look: the look that it is told since, where that was asked for.
    """

    since: datetime
    until: datetime
    look: LastLook | None
    members: tuple[OfMember, ...]
    meta: Mapping[str, Any]


def case_changes(
    case_id: str, since: date | Literal["my-last-look"], asker: Asker, house: House, member: str | None = None
) -> Changes:
    """What is different in a case from the beginning of a day on (UTC), or since the viewer's last look at it.

    Args:
        member: the number of the one member whom it is about.

    Raises:
        WrongRequest: there was no look of this viewer at this case.
        NotVisible: as `records.open_case`; also for a member who is nobody, or nobody whom the viewer may see.
        DataportError: as `records.open_case`.
    """

    def told(case: Case, horizon: Horizon) -> Changes:
        look = None
        if isinstance(since, date):
            begin = datetime.combine(since, time.min)
        else:
            look = last_look(case, str(case.meta["viewer"]), house)
            if look is None:
                raise WrongRequest(_NO_LOOK)
            begin = look.reached
        return changes_of(case, begin, horizon, member, look)

    def reach(case: Case, horizon: Horizon) -> Reach:
        if member is not None:
            return IN_PART
        if not isinstance(since, date) or datetime.combine(since, time.min) <= horizon.start:
            return EVERYTHING
        # it goes on from a look before it, or leaves out what lies between
        before = last_look(case, str(case.meta["viewer"]), house)
        return EVERYTHING if before and datetime.combine(since, time.min) <= before.reached else IN_PART

    days = (since,) if isinstance(since, date) else ()
    return open_case(case_id, "case changes", asker, house, told, days=days, reaching=reach)


def changes_of(
    case: Case, since: datetime, horizon: Horizon, member: str | None = None, look: LastLook | None = None
) -> Changes:
    """What is different in a case that has been opened, from an instant on."""
    # what was there when history begins has not changed since
    begin = max(since, horizon.start + timedelta(microseconds=1))
    person = member_of(case, member) if member is not None else None
    owners: dict[tuple[int, int], list[Entry]] = {}
    for entry in told_from(case, horizon.start, begin):
        first = entry.steps[0].record
        if entry.recorded_at >= begin and (person is None or first.person == person):
            owners.setdefault((first.person is None, first.owner_key), []).append(entry)
    numbers = group_numbers(case)
    members = [
        OfMember(entries[-1].subject, _newest_first(_differences(entries, numbers))) for entries in owners.values()
    ]
    some = [one for one in members if one.differences]
    some.sort(key=lambda one: one.subject)
    some.sort(key=lambda one: one.differences[0].recorded_at, reverse=True)
    return Changes(since, horizon.watermark, look, tuple(some), case.meta)


def _newest_first(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Newest first; what was recorded at one moment by one account stands together."""
    alike = sorted(differences, key=lambda one: (str(one.recorder or ""), one.channel or ""))
    return tuple(sorted(alike, key=lambda one: one.recorded_at, reverse=True))


def _differences(entries: Sequence[Entry], numbers: Numbers) -> Iterator[Difference]:
    """What differs about one person or group, from the acts that concern them, oldest first."""
    yield from _edges([one for one in entries if one.is_edge and any(_is_owner(step.record) for step in one.steps)])
    steps: dict[int, list[tuple[Entry, Step]]] = {}
    for entry in entries:
        for step in entry.steps:
            if step.record.entity != "event":
                steps.setdefault(id(step.record), []).append((entry, step))
    for several in steps.values():
        yield from _of_record(several, numbers)
    for entry in entries:
        if not entry.is_edge and not any(_tells(step) for step in entry.steps):
            # it happened, and left everything as it was
            events = [one.after for one in entry.steps if one.record.entity == "event" and one.after]
            if events:
                yield _difference("happened", "", "", entry, events[0])


def _is_owner(record: Record) -> bool:
    return record.entity in ("individual", "registration_group")


def _tells(step: Step) -> bool:
    """Whether a step of a record is told by itself."""
    if step.record.entity == "event" or step.is_sight:
        return False
    return step.before is None or step.after is None or step.before.said != step.after.said


def _edges(edges: Sequence[Entry]) -> Iterator[Difference]:
    """Coming into sight and going out of it; who went and came back is told once."""
    if not edges:
        return
    last = edges[-1]
    if len(edges) > 1 and edges[0].kind != last.kind:
        words = "Left scope and came back" if last.kind == "entered scope" else "Entered scope and left it again"
        yield _difference("undone", "", "", last, None, act=words)
    else:
        yield _difference("entered scope" if last.kind == "entered scope" else "left scope", "", "", last, None)


def _of_record(several: Sequence[tuple[Entry, Step]], numbers: Numbers) -> Iterator[Difference]:
    """How one record differs, from its steps, oldest first."""
    record, old, new = several[0][1].record, several[0][1].before, several[-1][1].after
    is_owner = _is_owner(record)
    named = "" if is_owner else _named(record.label, record.kind, new or old or several[0][1].after)
    if record.entity == "membership":
        yield from _of_membership(several, numbers)
    else:
        turns = [
            (entry, step)
            for entry, step in several
            if not (entry.is_edge or step.is_sight) and (step.before is None) != (step.after is None)
        ]
        if turns:
            came, is_there = turns[0][1].before is None, turns[-1][1].after is not None
            if came != is_there:
                words = "Recorded and removed again" if came else "Removed and recorded again"
                yield _difference("undone", named, "", turns[-1][0], None, act=words)
                if came and old is None and new is None:
                    return
            elif came:
                # as it was recorded, by whom and when; what became of it since is told beside it
                entry, step = turns[0]
                values = {} if is_owner or step.after is None else _values(step.after)
                yield _difference("added", named, "", entry, step.after, after=values)
            else:
                entry, step = turns[-1]
                values = {} if is_owner or step.before is None else _values(step.before)
                yield _difference("removed", named, "", entry, None, before=values)
    yield from _of_fields(several, named)


def _of_membership(several: Sequence[tuple[Entry, Step]], numbers: Numbers) -> Iterator[Difference]:
    """Joining and leaving; of who does both in between, that it was undone."""
    before, after = several[0][1].before, several[-1][1].after
    turns = [(entry, step) for entry, step in several if is_active(step.before) != is_active(step.after)]
    turns = [(entry, step) for entry, step in turns if not (entry.is_edge or step.is_sight)]
    if not turns:
        return
    entry, step = turns[-1]
    number = numbers.get(step.record.group)
    group = f"group {number}" if number else "a group that is not in scope"
    if is_active(before) == is_active(after):
        words = f"Left {group} and joined it again" if is_active(after) else f"Joined {group} and left it again"
        yield _difference("undone", "", "", entry, None, act=words)
    else:
        how: How = "joined" if is_active(after) else "left"
        words = f"{how.capitalize()} {group}"
        yield _difference(how, "", "", entry, step.after, act=words)


def _of_fields(several: Sequence[tuple[Entry, Step]], named: str) -> Iterator[Difference]:
    """The fields of a record from the first version that is told of to the last."""
    is_membership = several[0][1].record.entity == "membership"
    turned = is_membership and any(is_active(step.before) != is_active(step.after) for _, step in several)
    said = [one.said for _, step in several for one in (step.before, step.after) if one]
    for name in dict.fromkeys(name for one in said for name in one):
        if turned and name in _TOLD_BY_TURNING:
            continue
        before = value = next(one[name] for one in said if name in one)
        path: list[tuple[Entry, Version | None, Any]] = []
        for entry, step in several:
            if step.after and step.after.said.get(name, value) != value:
                value = step.after.said[name]
                path.append((entry, step.after if _is_by(step, name) else None, value))
        if path:
            entry, version, after = path[-1]
            between = tuple(dict.fromkeys(one for _, _, one in path[:-1] if one not in (before, after)))
            how: How = "changed" if after != before else "undone"
            # who changes something else next did not change this, nor in that act
            act = "" if version or entry.is_edge else NEXT_SEEN
            yield _difference(how, named, name, entry, version, before, after, between, act)


def _is_by(step: Step, name: str) -> bool:
    """Whether a field changed in this very step, and not before it, where it was not told of."""
    was = step.before.said if step.before else {}
    return name in was and step.after is not None and step.after.said[name] != was[name]


def _difference(
    how: How,
    record: str,
    name: str,
    entry: Entry,
    version: Version | None,
    before: Any = None,
    after: Any = None,
    between: tuple[Any, ...] = (),
    act: str = "",
) -> Difference:
    """A difference with who recorded it: what its own row says, and nobody where it went or came into sight."""
    recorder, channel = provenance(None if entry.is_edge else version)
    words, happened_on = act or entry.words, None if act == NEXT_SEEN else entry.happened_on
    return Difference(
        how, record, name, before, after, between, entry.recorded_at, happened_on, words, recorder, channel
    )


def _values(version: Version) -> dict[str, Any]:
    return {name: value for name, value in version.said.items() if value is not None}


def _named(label: str, kind: str | None, version: Version | None) -> str:
    code = version.values.get(kind) if version and kind else None
    return f"{label}, {plain_of(kind or '', code).lower()}" if code else label
