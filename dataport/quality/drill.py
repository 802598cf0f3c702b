"""drill: from a KPI down to the records to correct, through door 2: what is wrong with each, since when, by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote

from dataport.ask import Asker
from dataport.errors import WrongRequest
from dataport.house import House
from dataport.quality.measures import kpi_named, tellable
from dataport.quality.scorecard import where_of
from dataport.records import Failing, Faulty, Recorder, Sought, failing
from dataport.semantic import Request
from dataport.semantic.kpi import SEVERITIES, JudgedBy, Kpi
from dataport.state import Excuse, State, Subject, Work, WorkingList
from dataport.visit import accounted, require_somebody

# The columns of a fact that hold the set of checks that a record fails.
SETS = ("failed_1", "failed_2")
# By what a record is known to people, by kind; a field that is not the viewer's is absent.
_KNOWN_BY: Mapping[str, tuple[str, str]] = {
    "individual": ("individual_id", "individual_no"),
    "registration_group": ("group_id", "group_no"),
}
_NAMES = ("given_name", "fathers_name", "family_name")
NO_WORK = Work()


@dataclass(frozen=True, slots=True)
class Selected:
    """Which records.

    Attributes:
        where: further filters, as in a question.
        unit: of a business unit and those below it.
        as_of: as they stood at the end of a day; None for the newest.
        most: how many at most; None for as many as the viewer's roles open.
    """

    kpi: str
    where: tuple[str, ...] = ()
    unit: str | None = None
    as_of: date | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One check that a record fails, and since when it has without a break."""

    check: JudgedBy
    since: datetime


@dataclass(frozen=True, slots=True)
class ToCorrect:
    """One record to correct.

    Attributes:
        values: its fields, as far as the viewer may see them.
        issues: the worst first.
        since: since when it has failed the KPI without a break.
        is_older: whether it may have begun before history does.
        recorder: who wrote what stood in it then.
        link: where it is opened in the store; None where the settings name no address, or its number is not the
            viewer's to know.
        work: who sees to it, what excuses it, what was noted.
        excuse: that which is in force on the day asked for, or today.
    """

    subject: Subject
    values: Mapping[str, Any] = field(repr=False)
    issues: tuple[Issue, ...]
    since: datetime
    is_older: bool
    recorder: Recorder | None
    link: str | None = field(repr=False)
    work: Work
    excuse: Excuse | None
    assignee: str | None

    @property
    def number(self) -> str | None:
        """The number that people know it by, or its id."""
        return number_of(self.subject.kind, self.values)

    @property
    def name(self) -> str:
        return " ".join(str(self.values[one]) for one in _NAMES if self.values.get(one))


@dataclass(frozen=True, slots=True)
class Records:
    """The records that fail a KPI, as far as they may be opened: the worst and easiest first, excused ones last.

    Attributes:
        more: how many more could be opened by asking for fewer at a time.
    """

    kpi: Kpi
    records: tuple[ToCorrect, ...]
    more: int
    as_of: date
    meta: Mapping[str, Any] = field(repr=False)

    @property
    def excused(self) -> int:
        return sum(one.excuse is not None for one in self.records)


def records(selected: Selected, asker: Asker, house: House, *, command: str = "quality records") -> Records:
    """The records that fail a KPI.

    Raises:
        UnknownName: there is no such KPI or unit.
        WrongRequest: the KPI is no count of records.
        Refused: the asker may be told none of it, may open none, or states no purpose.
    """
    require_somebody(command, repr(selected), asker, house)  # nobody else is told which units there are
    with accounted(command, f"{command} {selected!r}", asker, house):
        kpi, house = listed_kpi(selected.kpi, house), house.standing()
        request = request_of(kpi, selected, house)
    checks = tuple(one for one in house.judged_by() if one.kpi == kpi.name)
    last = _excused(kpi, selected.as_of, house)
    sought = Sought(request, kpi.column, SETS, lambda sets: _rank(_failed(sets, checks)), selected.most, last)
    found = failing(sought, asker, house, command=command)
    return _told(kpi, found, checks, selected.as_of, asker, house)


def _excused(kpi: Kpi, asked: date | None, house: House) -> frozenset[int]:
    """The keys of the records that are excused: they come after all that are to be corrected."""
    kind, day = house.catalog.facts[kpi.fact].entity, asked or datetime.now(UTC).date()
    return WorkingList(State(house.settings.state)).excused(kind, kpi.name, day)


def day_of_excuses(asked: date | None, newest: date) -> date:
    """The day on which excuses are judged: that which was asked for, and where none was, today."""
    return asked or max(newest, datetime.now(UTC).date())


def listed_kpi(name: str, house: House) -> Kpi:
    """The KPI of this name, if it counts records.

    Raises:
        UnknownName: there is none.
        WrongRequest: it counts something else.
    """
    kpi = kpi_named(house.catalog, name)
    if not kpi.column:
        others = [one.name for one in house.catalog.kpis if one.column and one.dimension == kpi.dimension]
        raise WrongRequest(
            f"{kpi.name} {kpi.label} is no count of records, so there are none to list. The records to correct are "
            f"those of {', '.join(others[:3]) or 'the others'}."
        )
    return kpi


def request_of(kpi: Kpi, selected: Selected, house: House) -> Request:
    """The question whose records these are: that of the KPI's own numerator."""
    unit = None if selected.unit is None else house.offices().named(selected.unit)
    where = (*selected.where, *where_of(unit, house.offices()))
    return Request((kpi.numerator,), where=where, as_of=selected.as_of)


def _failed(sets: tuple[int, ...], checks: tuple[JudgedBy, ...]) -> tuple[JudgedBy, ...]:
    return tuple(sorted((one for one in checks if _is_in(sets, one)), key=_of_check))


def _is_in(sets: tuple[int, ...], check: JudgedBy) -> bool:
    return bool((sets[check.word - 1] or 0) & check.mask)


def _of_check(check: JudgedBy) -> tuple[int, int, str]:
    """The worst first, then the easiest."""
    return SEVERITIES.index(check.severity), check.ease, check.name


def _rank(failed: tuple[JudgedBy, ...]) -> tuple[int, int]:
    return _of_check(failed[0])[:2] if failed else (len(SEVERITIES), 0)


def _told(
    kpi: Kpi,
    found: Failing,
    checks: tuple[JudgedBy, ...],
    asked: date | None,
    asker: Asker,
    house: House,
) -> Records:
    as_of = date.fromisoformat(found.meta["as_of"])
    today = day_of_excuses(asked, as_of)
    about = {one.key: Subject(found.kind, one.key) for one in found.records}
    work = WorkingList(State(house.settings.state)).of(about.values())
    # what was said by another KPI is told to whom that one may be
    codes = tellable(asker, house) if any({*of.kpis} - {kpi.name} for of in work.values()) else frozenset({kpi.name})
    template = house.settings.record_links.get(found.kind)
    told = []
    for one in found.records:
        own = work.get(about[one.key], NO_WORK).of_kpis(codes)
        told.append(
            ToCorrect(
                about[one.key],
                one.values,
                tuple(_issues(one, checks)),
                one.since,
                one.since <= found.meta["history_start"],
                one.recorder,
                link_of(template, found.kind, one.values),
                own,
                own.excuse(kpi.name, today),
                own.assignee(kpi.name),
            )
        )
    # what is excused stands apart, below what is to be corrected; within each it is as it was
    told.sort(key=lambda one: one.excuse is not None)
    return Records(kpi, tuple(told), found.meta["more"], as_of, found.meta)


def _issues(one: Faulty, checks: tuple[JudgedBy, ...]) -> Iterator[Issue]:
    """What a record fails on the day, each with since when: the stretches before it are gone through backwards."""
    for check in _failed(one.sets, checks):
        since = one.since
        for stretch in reversed(one.stretches):
            if not _is_in(stretch.sets, check):
                break
            since = stretch.since
        yield Issue(check, since)


def number_of(kind: str, values: Mapping[str, Any]) -> str | None:
    """The number that people know a record by, or its id; None where neither is the viewer's to know."""
    key, number = _KNOWN_BY[kind]
    return values.get(number) or values.get(key)


def link_of(template: str | None, kind: str, values: Mapping[str, Any]) -> str | None:
    """Where a record is opened in its store; None where an id that the address needs is not the viewer's to know."""
    if template is None:
        return None
    said = dict(zip(("id", "number"), (values.get(name) for name in _KNOWN_BY[kind]), strict=True))
    if any(f"{{{name}}}" in template and not value for name, value in said.items()):
        return None
    return template.replace("{id}", quote(str(said["id"]), safe="")).replace(
        "{number}", quote(str(said["number"]), safe="")
    )
