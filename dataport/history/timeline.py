"""history: what happened to a case, oldest first, one entry for one act, told from what the viewer may see alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal, TypeAlias

from dataport.dictionary import read_seed
from dataport.history.fields import label_of, meaning_of, name_of, plain_of
from dataport.history.show import at, subject_of
from dataport.records import Case, Record, Recorder, Version

Kind: TypeAlias = Literal["event", "entered scope", "left scope", "correction", "change"]

# What does not change about a person: where it does, it was wrong before.
_LASTING = frozenset(
    {"birth_date", "is_birth_date_estimated", "birth_country_code", "birth_city", "sex_code", "given_name",
     "family_name", "fathers_name", "nationality_code", "country_of_origin_code", "ethnicity_code"}
)  # fmt: skip
_HAPPENED = ("effective_date", "place_date", "process_status_date", "legal_status_date", "identified_date")
# Of a record that is new, what it says of its own act; and of what was there from the start.
_JOINED, _OWN_ACT = ("effective_date",), ("effective_date", "identified_date")
# With these a record begins; with any other event somebody who was not there before came into scope.
_BEGINNINGS = frozenset({"registration", "birth"})
# The channel of what was brought over from an earlier system, once.
_MIGRATION = "migration"
_LATE_DAYS = 2
NEXT_SEEN = "Different when next seen"


@dataclass(frozen=True, slots=True)
class Step:
    """One record from one version to the next; None is no version in scope."""

    record: Record
    before: Version | None
    after: Version | None

    @property
    def is_sight(self) -> bool:
        """Whether the record was there before or goes on after, and only came into sight or went out of it."""
        came = self.before is None and self.after is not None and self.after.is_cut[0]
        return came or (self.after is None and self.before is not None and self.before.is_cut[1])


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one record before and after."""

    name: str
    before: Any = field(repr=False)
    after: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Entry:
    """One act: what one person or group became at one instant.

    Attributes:
        recorded_at: when the store came to know of it, which is what every figure goes by.
        happened_on: its own date, where it says one.
        words: what happened, in a sentence; `details` what changed with it, one line each.
        recorder, channel: who recorded it and from where: the office, the mobile application, a migration.
        late_days: how many days after it was entered on a device it reached the store; 0 for the same day or the next.
        present: of a group's case, who was in the group then, by key.
    """

    recorded_at: datetime
    happened_on: date | None
    kind: Kind
    subject: str
    words: str = field(repr=False)
    details: tuple[str, ...] = field(repr=False)
    recorder: Recorder | None
    channel: str | None
    late_days: int
    changes: tuple[FieldChange, ...] = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)
    present: frozenset[int] = field(default=frozenset(), repr=False)

    @property
    def by(self) -> str | None:
        """Who recorded it, in words."""
        return str(self.recorder) if self.recorder else None

    @property
    def person(self) -> int | None:
        """The key of the person whom it is about; None where it is about a group."""
        return self.steps[0].record.person

    @property
    def is_edge(self) -> bool:
        """Whether somebody came into sight or went out of it, and nothing of them changed."""
        return self.kind in ("entered scope", "left scope")


@dataclass(frozen=True, slots=True)
class Timeline:
    """The history of a case."""

    entity: str
    entries: tuple[Entry, ...]
    meta: Mapping[str, Any]


def timeline_of(case: Case, history_start: datetime) -> Timeline:
    """The acts of a case in order; those of one instant in the order person, group."""
    acts: dict[tuple[datetime, int, int], list[Step]] = {}
    stays = _stays(case)
    for record in subject_of(case):
        owner = (0, record.person) if record.person is not None else (1, record.group or 0)
        for instant, step in _steps(record):
            if stays is None or record.person is None or _is_of_group(stays, record, step, instant):
                acts.setdefault((instant, *owner), []).append(step)
    teller = _Teller(case, history_start, stays)
    entries = [teller.entry(instant, steps) for (instant, *_), steps in sorted(acts.items(), key=lambda one: one[0])]
    return Timeline(case.main.entity, tuple(entries), case.meta)


def told_from(case: Case, history_start: datetime, begin: datetime) -> list[Entry]:
    """The acts of a case in order, and before them at an instant who comes (back) into a group as they then were.

    What they became out of the group was told to nobody of the group's case, and is seen when they are.
    """
    entries = list(timeline_of(case, history_start).entries)
    teller, stays = _Teller(case, history_start, None), _stays(case) or {}
    seen: dict[tuple[datetime, int], list[Step]] = {}
    for record in subject_of(case):
        if record.person is not None and record.entity not in ("membership", "event"):
            for first, until in stays.get(record.person, ()):
                moment = max(first, begin)
                version = at(record, moment)
                if version and (until is None or begin <= until):
                    seen.setdefault((moment, record.person), []).append(Step(record, version, version))
    sightings = [teller.sighting(moment, steps) for (moment, _), steps in seen.items()]
    return sorted([*sightings, *entries], key=lambda one: one.recorded_at)


_Stays: TypeAlias = Mapping[int | None, list[tuple[datetime, datetime | None]]]


def _stays(case: Case) -> _Stays | None:
    """When each member was in the group that a case is about; None for a person's case, which is theirs throughout."""
    if case.main.entity == "individual":
        return None
    stays: dict[int | None, list[tuple[datetime, datetime | None]]] = {}
    for one in case.memberships:
        if one.group == case.main.group:
            active = [version for version in one.versions if is_active(version)]
            stays.setdefault(one.person, []).extend((version.first, version.until) for version in active)
    return stays


def _is_of_group(stays: _Stays, record: Record, step: Step, instant: datetime) -> bool:
    """Whether something happened to a member while in the group, coming and leaving included."""
    if record.entity == "membership":
        return is_active(step.before) or is_active(step.after)
    spans = stays.get(record.person, [])
    return any(first <= instant and (until is None or instant <= until) for first, until in spans)


def _steps(record: Record) -> Iterator[tuple[datetime, Step]]:
    """Each instant at which the record has another version, or none any more."""
    before: Version | None = None
    for version in record.versions:
        if before is not None and before.until != version.first:
            assert before.until
            yield before.until, Step(record, before, None)
            before = None
        yield version.first, Step(record, before, version)
        before = version
    if before is not None and before.until is not None:
        yield before.until, Step(record, before, None)


class _Teller:
    """Puts acts into words."""

    def __init__(self, case: Case, history_start: datetime, stays: _Stays | None) -> None:
        self._case, self._start, self._stays = case, history_start, stays or {}
        self._order = {row["event_type_code"]: int(row["priority"]) for row in read_seed("boundary_cause")}
        self._groups = group_numbers(case)

    def entry(self, instant: datetime, steps: list[Step]) -> Entry:
        owners = [one for one in steps if one.record.entity in ("individual", "registration_group")]
        owner = next(iter(owners), None)
        events = [one.after for one in steps if one.record.entity == "event" and one.after and one.before is None]
        edge = self._edge(instant, owner, events)
        # what comes into sight or goes out of it with its owner did not happen then
        told = [] if edge else [one for one in steps if one.record.entity != "event" and not one.is_sight]
        seen = [one for one in steps if one.is_sight]
        pairs = [(one.before, one.after) for one in told if one.before and one.after]
        changes = tuple(change for before, after in pairs for change in changed(before, after))
        kind, words = self._headline(instant, edge, events, told, changes)
        if seen and not (edge or events or told):
            edge = kind = "entered scope" if seen[0].before is None else "left scope"
            words = f"{seen[0].record.label} {kind}"
        # who recorded it stands in the row that tells it: an event's own, else that of what changed
        recorded = next(
            (one for one in (*self._ranked(events), *(step.after for step in (*owners, *told, *steps))) if one), None
        )
        recorder, channel = provenance(None if edge else recorded)
        return Entry(
            recorded_at=instant,
            happened_on=_happened(events, told, is_start=instant <= self._start),
            kind=kind,
            subject=self._subject(steps),
            words=words,
            details=tuple(self._details(told)),
            recorder=recorder,
            channel=channel,
            late_days=0 if edge or recorded is None or instant <= self._start else _late(instant, recorded),
            changes=changes,
            steps=tuple(steps),
            present=self._present(instant),
        )

    def sighting(self, instant: datetime, steps: list[Step]) -> Entry:
        """Somebody as they were then: nothing happened."""
        return Entry(instant, None, "change", self._subject(steps), NEXT_SEEN, (), None, None, 0, (), tuple(steps))

    def _present(self, instant: datetime) -> frozenset[int]:
        """Who is in the group at an instant."""
        return frozenset(
            person
            for person, spans in self._stays.items()
            if person is not None
            and any(first <= instant and (until is None or instant < until) for first, until in spans)
        )

    def _edge(self, instant: datetime, owner: Step | None, events: list[Version]) -> Kind | None:
        """Whether the owner came into scope or left it, as can be told from rows in scope."""
        if owner is None or (owner.before and owner.after):
            return None
        if owner.after is None:
            return "left scope"
        began = any(one.values.get("event_type_code") in _BEGINNINGS for one in events) or is_new(owner.after)
        return None if began or instant <= self._start else "entered scope"

    def _headline(
        self,
        instant: datetime,
        edge: Kind | None,
        events: list[Version],
        told: list[Step],
        changes: tuple[FieldChange, ...],
    ) -> tuple[Kind, str]:
        if edge:
            return edge, "Entered scope" if edge == "entered scope" else "Left scope"
        if events:
            codes = sorted({str(one.values.get("event_type_code")) for one in events}, key=self._rank)
            kind: Kind = "correction" if codes == ["correction"] else "event"
            return kind, ", ".join(plain_of("event_type_code", code) for code in codes)
        if any(one.before is None and one.record.entity in ("individual", "registration_group") for one in told):
            return "event", "Known from the start of history" if instant <= self._start else "Recorded"
        names = {change.name for change in changes}
        if names and names <= _LASTING:
            return "correction", "Corrected: " + ", ".join(sorted(map(label_of, names))).lower()
        moved = self._moved(told)
        if moved:
            return "change", moved
        if names:
            return "change", "Changed: " + ", ".join(sorted(map(label_of, names))).lower()
        return "change", self._things(told)

    def _ranked(self, events: Iterable[Version]) -> list[Version]:
        """Events in the order in which an act names them."""
        return sorted(events, key=lambda one: self._rank(str(one.values.get("event_type_code"))))

    def _rank(self, code: str) -> tuple[int, str]:
        return self._order.get(code, 99), code

    def _moved(self, told: list[Step]) -> str | None:
        """Another group, from the memberships that end and begin in one act."""
        of = [one for one in told if one.record.entity == "membership"]
        gone = [one for one in of if is_active(one.before) and not is_active(one.after)]
        come = [one for one in of if is_active(one.after) and not is_active(one.before)]
        if gone and come:
            return f"Moved from group {self._group(gone[0])} to group {self._group(come[0])}"
        if come:
            return f"Joined group {self._group(come[0])}"
        return f"Left group {self._group(gone[0])}" if gone else None

    def _group(self, step: Step) -> str:
        return self._groups.get(step.record.group) or "(not in scope)"

    def _things(self, told: list[Step]) -> str:
        said = []
        for one in told:
            by = one.record.kind or ""
            name = one.record.label if by else "Record"
            version = one.after or one.before
            what = plain_of(by, version.values[by]) if version and by in version.values else ""
            how = "recorded" if one.before is None else "removed" if one.after is None else "changed"
            said.append(f"{name} {how}{': ' + what if what else ''}")
        return "; ".join(dict.fromkeys(said)) or "Recorded"

    def _details(self, told: list[Step]) -> Iterator[str]:
        moved = self._moved(told)
        if moved:
            yield moved
        for one in told:
            if one.record.kind and (one.before is None or one.after is None):
                yield self._things([one])
            elif one.before and one.after and one.record.entity != "membership":
                name = one.record.label if one.record.kind else ""
                for change in changed(one.before, one.after):
                    before, after = (meaning_of(change.name, value) for value in (change.before, change.after))
                    yield f"{name + ', ' if name else ''}{label_of(change.name)}: {before} → {after}"

    def _subject(self, steps: Iterable[Step]) -> str:
        one = next(iter(steps)).record
        if one.person is None:
            return f"group {self._groups.get(one.group) or ''}".strip()
        person = next((p for p in self._case.persons if p.person == one.person), None)
        return (name_of(person.versions[-1].values) if person else "") or "person"


def group_numbers(case: Case) -> dict[int | None, str | None]:
    """The numbers of the groups of a case, by key."""
    return {
        one.group: next((v.values.get("group_no") for v in one.versions if v.values.get("group_no")), None)
        for one in case.groups
    }


def provenance(version: Version | None) -> tuple[Recorder | None, str | None]:
    """Who recorded a version, and from where, as its own row says.

    A row that was migrated keeps that channel when an office changes it afterwards: the channel then speaks of whoever
    created it, and is not told beside whoever changed it. Where nobody is said to have created it, whoever changed it
    later did not.
    """
    if version is None:
        return None, None
    created_by, modified_by = version.values.get("created_by"), version.values.get("modified_by")
    channel = version.values.get("entry_channel_code")
    is_changed = modified_by not in (None, created_by) and (created_by is not None or not is_new(version))
    return modified_by or created_by, None if channel == _MIGRATION and is_changed else channel


def is_new(version: Version) -> bool:
    """Whether a record was entered with this version, by its stamps: what came from elsewhere was changed for it.

    One that is damaged tells nothing, and then whoever changed a record is not taken for whoever entered it.
    """
    created, modified = version.values.get("created_on"), version.values.get("modified_on")
    if modified is None:
        by = version.values.get("modified_by")
        return created is not None and by in (None, version.values.get("created_by")) and not version.is_cut[0]
    return created is not None and modified == created


def is_active(version: Version | None) -> bool:
    return bool(version and version.values.get("is_active"))


def changed(before: Version, after: Version) -> list[FieldChange]:
    was, became = before.said, after.said
    return [FieldChange(name, was[name], became[name]) for name in became if name in was and was[name] != became[name]]


def _happened(events: list[Version], told: list[Step], *, is_start: bool) -> date | None:
    """The act's own date: its event's, or the newest that one of its records came to say.

    A record that is new tells by the date of its own act, and not by those of all that it says of somebody. With the
    start of history nothing happened; what is told then is since when somebody is in their group.
    """
    dates: list[date] = [one.values["event_date"] for one in events if one.values.get("event_date")]
    if dates:
        return max(dates)
    said: list[date] = []
    for one in told:
        own = _JOINED if is_start else _OWN_ACT if one.before is None else _HAPPENED
        for name in own:
            value = one.after.values.get(name) if one.after else None
            if value is not None and (one.before is None or one.before.values.get(name) != value):
                said.append(value)
    return max(said) if said else None


def _late(instant: datetime, version: Version) -> int:
    """Days between the device and the store."""
    entered = version.values.get("modified_on") or version.values.get("created_on")
    days = (instant.date() - entered.date()).days if isinstance(entered, datetime) else 0
    return days if days >= _LATE_DAYS else 0
