"""Door 2, by what is known of a person: number, name, year of birth. `find_cases` is its story.

Only roles that read every field that is searched by take part, each among the versions that it may see; nobody else's
rows are read, so that what is found, in which order and whether there is more follows from the viewer's own rows. What
was typed stands in the log as a keyed digest, and who was found as pseudonyms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from dataport.access.open import RoleView
from dataport.engine.finding import Finding, Sought
from dataport.engine.sight import Allowed
from dataport.errors import Refused, WrongRequest
from dataport.house import House
from dataport.records.case import Opening
from dataport.records.opening import OpenLook, opening
from dataport.records.spelling import run_together, spelled, words_in
from dataport.records.told import Record
from dataport.semantic.record import RecordModel
from dataport.visit import Asker, visiting, well_formed

DOOR = "case find"
# A name has fewer words, and a year of birth is one that somebody alive can have.
_MOST_WORDS, _FIRST_YEAR, _LAST_YEAR = 12, 1850, 9998
# What is looked for may stand in a purpose where it is shorter than a word, or than a number; long words in no other.
_WORD, _NUMBER, _LONG = 2, 3, 4
# How a look ends that was told nothing and so counts for no limit.
_UNTOLD = ("refused", "wrong_request", "unknown_name", "unknown_viewer")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of somebody; at least one of it."""

    number: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    birth_year: int | None = field(default=None, repr=False)

    @property
    def typed(self) -> str:
        """All of it, of which a digest is kept."""
        return f"{self.number}\0{self.name}\0{self.birth_year}"

    @property
    def words(self) -> str:
        """By what somebody is looked for, without saying whom."""
        stated = {"number": self.number, "name": self.name, "birth year": self.birth_year}
        return " and ".join(name for name, value in stated.items() if value is not None)


@dataclass(frozen=True, slots=True)
class Found:
    """Who was found.

    Attributes:
        persons, groups: as far as the roles that found them see them, by key; a group is found by its number alone.
        is_cut: whether the viewer could find more by saying more of them; never how many.
        limit: how many persons a role is told of at once; where that cut, the role whose limit did.
        left_out: the viewer's roles that took no part, or not all of their permissions, each with why.
        left_today: how many times more the viewer may look for somebody today, UTC.
    """

    persons: tuple[Record, ...] = field(repr=False)
    groups: tuple[Record, ...] = field(repr=False)
    is_cut: bool
    limit: int
    left_today: int
    left_out: tuple[tuple[str, str], ...]
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Allowance:
    """Which roles look for people now, and how much; it follows from the permissions and the log alone.

    Attributes:
        views: those that take part, by position.
        left_today: how many times more the viewer may look today, after this.
        left_out: the others, each with why.
    """

    views: Mapping[int, RoleView]
    left_today: int
    left_out: tuple[tuple[str, str], ...]

    @property
    def most(self) -> dict[int, int]:
        """How many each view is told of at once, by position."""
        return {n: min(view.row_limit, view.finds.at_once) for n, view in self.views.items() if view.finds}

    def told(self, hits: Mapping[int, Sequence[int]]) -> tuple[dict[int, frozenset[int]], list[int]]:
        """Whom each view tells of, no more than its role does over all its permissions, and the limits that cut.

        Args:
            hits: by position, whom it found first, by key: one more than it may tell of.
        """
        told: dict[int, frozenset[int]] = {}
        cut: list[int] = []
        for role in dict.fromkeys(view.role for view in self.views.values()):
            mine = [(n, view, view.finds) for n, view in self.views.items() if view.role == role]
            at_once = min(finds.at_once for _, _, finds in mine if finds)
            found = {n: hits[n][: view.row_limit] for n, view, _ in mine}
            cut += [view.row_limit for n, view, _ in mine if len(hits[n]) > view.row_limit]
            everybody = sorted({key for keys in found.values() for key in keys})
            cut += [at_once] if len(everybody) > at_once else []
            told |= {n: frozenset(keys) & frozenset(everybody[:at_once]) for n, keys in found.items()}
        return told, cut


def find_cases(wanted: Wanted, asker: Asker, house: House) -> Found:
    """Who the viewer may open of those of whom this is known.

    Raises:
        Refused: no role of theirs finds anybody, or reads what is searched by; their finds of the day are used up; no
            purpose is stated.
        WrongRequest: nothing is stated, or what is stated is no name or year, or stands in the purpose.
        AuditFailed: the look could not be written down.
    """
    if _repeats(wanted, asker.purpose):
        # a purpose is written down as it is, and what is looked for never is
        with visiting(DOOR, wanted.typed, replace(asker, purpose=None), house):
            raise WrongRequest("The purpose is written down, and holds what is looked for. Say what for without it.")
    # one at a time, so that of several at once each counts those before it
    with house.audit().alone("Another find", wait=60.0), opening(DOOR, wanted.typed, asker, house) as opened:
        sought = _sought(wanted)
        found = _find(wanted, sought, opened, _finds_today(opened.viewer.login, house))
        keys = [(one.entity, one.owner_key) for one in (*found.persons, *found.groups)]
        whose = " ".join(opened.pseudonym(*key) for key in keys)
        opened.look.note(question=f"{DOOR} by {wanted.words}: {whose}".rstrip(": "), rows=len(keys))
    return found


def _repeats(wanted: Wanted, purpose: str | None) -> bool:
    """Whether a purpose holds what is looked for: as a word, or within another, or a number however it is written."""
    said = words_in(purpose or "")
    named = words_in(wanted.name or "") | ({str(wanted.birth_year)} if wanted.birth_year is not None else set())
    is_said = any(len(one) >= _WORD and one in said for one in named)
    is_within = any(len(one) >= _LONG and one in other for one in named for other in said)
    number = run_together(wanted.number or "")
    return is_said or is_within or (len(number) >= _NUMBER and number in run_together(purpose or ""))


def _sought(wanted: Wanted) -> Sought:
    """What is stated, as it is looked for."""
    if not wanted.words:
        raise WrongRequest("Say whom to find: by number, name, year of birth, or several of them.")
    words = tuple(sorted(spelled(well_formed(wanted.name)))) if wanted.name is not None else ()
    if wanted.name is not None and not 0 < len(words) <= _MOST_WORDS:
        raise WrongRequest(f"A name has 1 to {_MOST_WORDS} words with letters in them.")
    year = wanted.birth_year
    if year is not None and not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise WrongRequest("A year of birth is a year such as 1984.")
    return Sought(words, None if year is None else (date(year, 1, 1), date(year, 12, 31)))


def _finds_today(login: str, house: House) -> int:
    """How many times the viewer has been told of somebody today, UTC, or might have been."""
    today = datetime.now(UTC).date().isoformat()
    return sum(
        one.get("door") == DOOR
        and one.get("viewer") == well_formed(login)[:200]
        and str(one.get("at"))[:10] == today
        and one.get("outcome") not in _UNTOLD
        for one in house.audit().entries()
    )


def _find(wanted: Wanted, sought: Sought, opened: OpenLook, today: int) -> Found:
    person = opened.models.owner_of(opened.models.membership)
    group = opened.models[opened.models.membership.leads_to or ""]
    fields = _fields(wanted, person)
    allowed = _allowance(person, fields, opened, today)
    case = Opening(opened.scoped, opened.records, opened.models)
    groups: list[Record] = []
    if wanted.number is not None:
        number = well_formed(wanted.number).strip()
        ids = frozenset({number, number.upper()})
        known = opened.records.find(sorted(ids))
        sought = replace(sought, keys=opened.bearing(person, known[person.name], ids))
        if wanted.words == "number":
            bearing = opened.bearing(group, known[group.name], ids)
            groups = [*case.groups(bearing).values()][: max(allowed.most.values())]
    views = opened.scoped.views[person.entity]
    hits = Finding(opened.records, person, views).keys(sought, allowed.most, spelled)
    told, cut = allowed.told(dict(zip(allowed.most, hits, strict=True)))
    everybody = sorted({key for keys in told.values() for key in keys})
    by_role: Allowed = tuple(tuple(sorted(told.get(n, ()))) for n in range(len(views)))
    persons = case.persons(everybody, by_role)
    return Found(
        tuple(persons[key] for key in everybody),
        tuple(groups),
        bool(cut),
        max(cut or allowed.most.values()),
        allowed.left_today,
        allowed.left_out,
        case.meta() | {"permissions_expired": sorted(opened.viewer.expired)},
    )


def _fields(wanted: Wanted, person: RecordModel) -> tuple[str, ...]:
    """The fields that are searched by.

    Raises:
        WrongRequest: the definitions do not say by which fields people are found by this.
    """
    by = person.found_by
    if by is None or (wanted.name is not None and not by.name):
        raise WrongRequest("The definitions do not say by which fields people are found: open a case by its number.")
    if wanted.birth_year is not None and by.birth_date is None:
        raise WrongRequest("The definitions do not say by which field people are found by year of birth: leave it out.")
    return (
        *(by.name if wanted.name is not None else ()),
        *([by.birth_date] if wanted.birth_year and by.birth_date else []),
    )


def _allowance(person: RecordModel, fields: Sequence[str], opened: OpenLook, today: int) -> Allowance:
    """Of the viewer's roles, those that may look for people by these fields now.

    Raises:
        Refused: there is none.
    """
    views = dict(enumerate(opened.scoped.views[person.entity]))
    finding = {n: view for n, view in views.items() if view.finds and view.finds.at_once > 0 and view.row_limit > 0}
    if not finding:
        raise Refused("No policy lets this viewer's roles look for people: open a case by its number.")
    reading = {n: view for n, view in finding.items() if not view.hidden & set(fields)}
    if not reading:
        raise Refused("None of this viewer's roles reads all that is searched by. Leave out what they do not read.")
    left = {n: view for n, view in reading.items() if view.finds and today < view.finds.a_day}
    most = max(view.finds.a_day for view in (left or reading).values() if view.finds)
    if not left:
        raise Refused(f"This viewer's roles look for people {most} times a day, and today (UTC) they have.")
    why = dict.fromkeys(views.keys() - finding.keys(), "no policy lets it look for people")
    why |= dict.fromkeys(finding.keys() - reading.keys(), "it does not read all that is searched by")
    why |= dict.fromkeys(reading.keys() - left.keys(), "its finds of today (UTC) are used up")
    return Allowance(left, most - today - 1, tuple(dict.fromkeys((views[n].role, why[n]) for n in sorted(why))))
