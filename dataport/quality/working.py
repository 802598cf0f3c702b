"""working: giving records to somebody, excusing them, noting something: for records that one may open, written down.

What is done is in the log before it is done. It changes no answer, and it is told to whoever may open the record, and
to nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from dataport.ask import Asker, ask, permitted
from dataport.errors import WrongRequest
from dataport.house import House
from dataport.quality.drill import listed_kpi, number_of
from dataport.quality.measures import kpi_named, tellable
from dataport.records import Assignee, named, reopened
from dataport.semantic import Request
from dataport.semantic.kpi import Kpi
from dataport.state import State, Subject, Work, WorkingList
from dataport.visit import accounted

MOST_RECORDS, LONGEST_TEXT, LONGEST_LOGIN = 200, 2000, 200


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to how many records."""

    kpi: Kpi
    records: int


@dataclass(frozen=True, slots=True)
class Worked:
    """What was made of the records that the viewer may open.

    Attributes:
        numbers: by what people know each of them, as far as the viewer may.
        more: of how many records more there is something, and the viewer could open them by asking for fewer.
    """

    of: Mapping[Subject, Work] = field(repr=False)
    numbers: Mapping[Subject, str | None] = field(repr=False)
    more: int
    meta: Mapping[str, Any] = field(repr=False)


def assign(ids: Sequence[str], kpi: str, assignee: str | None, asker: Asker, house: House) -> Done:
    """Give records to an account to see to; with nobody named, take them back.

    Raises:
        NotVisible: one of them does not exist, or is not the asker's to open; then nothing was done.
        WrongRequest: it is no enabled account that may open all of them.
        DataportError: as `records`.
    """
    to = None if assignee is None else _said("the account to assign to", assignee, LONGEST_LOGIN)
    what = "taken back" if to is None else "assigned"
    of, about = _about(ids, kpi, "quality assign", what, asker, house, to)
    login = None if to is None else house.grants(to).login  # as it is written in the store
    return Done(of, _list(house).assign(about, of.name, login, str(asker.login)))


def excuse(
    ids: Sequence[str], kpi: str, reason: str | None, expires_on: date | None, asker: Asker, house: House
) -> Done:
    """Excuse records until a day, or, without a reason, withdraw what excuses them.

    Raises:
        WrongRequest: it has no reason or no day, or the day is over.
        DataportError: as `assign`.
    """
    if (reason is None) != (expires_on is None):
        raise WrongRequest("An excuse has a reason and a day until which it holds: give both.")
    why = None if reason is None else _said("the reason", reason, LONGEST_TEXT)
    if expires_on is not None and expires_on < datetime.now(UTC).date():
        raise WrongRequest(f"{expires_on} is over: an excuse holds from today on, and changes no day that has passed.")
    what = "excuse withdrawn" if why is None else f"excused until {expires_on}"
    of, about = _about(ids, kpi, "quality excuse", what, asker, house)
    return Done(of, _list(house).excuse(about, of.name, why, expires_on, str(asker.login)))


def note(ids: Sequence[str], kpi: str, said: str, asker: Asker, house: House) -> Done:
    """Write something down about records.

    Raises:
        DataportError: as `assign`.
    """
    text = _said("the note", said, LONGEST_TEXT)
    of, about = _about(ids, kpi, "quality note", "noted", asker, house)
    return Done(of, _list(house).note(about, of.name, text, str(asker.login)))


def work(asker: Asker, house: House, *, mine: bool = False, kpi: str | None = None) -> Worked:
    """What was made of all records that the asker may open as they stand now.

    Args:
        mine: of those alone that the asker sees to.
        kpi: of those alone of which something was made by this KPI.

    Raises:
        UnknownName: there is no such KPI.
        Refused: the asker may open nothing, or states no purpose.
    """
    with accounted("quality work", f"quality work {kpi}", asker, house):
        code = None if kpi is None else kpi_named(house.catalog, kpi).name
        codes = tellable(asker, house)
    made = {about: of.of_kpis(codes) for about, of in _list(house).everything().items()}
    wanted = {about for about, of in made.items() if _is_wanted(of, asker.login if mine else None, code)}
    numbers: dict[Subject, str | None] = {}
    more, meta = 0, dict[str, Any]()
    for one in house.catalog.records.owners:
        keys = [about.key for about in wanted if about.kind == one.name]
        opened = reopened(one.name, keys, asker, house, command="quality work")
        more, meta = more + opened.more, meta or dict(opened.meta)
        numbers |= {Subject(one.name, key): number_of(one.name, values) for key, values in opened.values.items()}
    shown = {about: made[about] for about in sorted(numbers)}
    return Worked(shown, numbers, more, meta | {"records": len(shown), "more": more})


def _is_wanted(of: Work, login: str | None, code: str | None) -> bool:
    seen_to = [one.kpi for one in of.assignments if one.ended_at is None and one.assignee == login]
    everything = of.kpis
    codes = everything if login is None else seen_to
    return code in codes if code else bool(codes)


def _about(
    ids: Sequence[str], kpi: str, command: str, what: str, asker: Asker, house: House, to: str | None = None
) -> tuple[Kpi, tuple[Subject, ...]]:
    """The records with these ids, all of which the asker may open, and who is given them; the look is written down."""
    with accounted(command, f"{command} {kpi} {' '.join(map(str, ids))}", asker, house):
        of = listed_kpi(kpi, house)
        _check_ids(ids)
        question = Request((of.numerator,))
        refusal = permitted([question], asker, house).refusal
    if refusal:
        # asked like any other question, so that the refusal is written down
        ask(question, asker, house, door=command)
    given = None if to is None else Assignee(to, question)
    found = named(ids, asker, house, command=command, words=f"{of.name} {what}", to=given)
    return of, tuple(Subject(*one) for one in found)


def _check_ids(ids: Iterable[Any]) -> None:
    listed = list(ids)
    if not listed or not all(isinstance(one, str) and one.strip() for one in listed):
        raise WrongRequest("Name at least one record by its id or number; `dataport quality records` lists them.")
    if len(listed) > MOST_RECORDS:
        raise WrongRequest(f"{len(listed):,} records are more than the {MOST_RECORDS:,} that go at a time.")


def _said(what: str, text: str, longest: int) -> str:
    """A text in which something can be read."""
    if not isinstance(text, str) or not any(one.isalnum() for one in text):
        raise WrongRequest(f"Say {what}: a text with a letter or a digit in it.")
    if len(text) > longest or any("\ud800" <= one <= "\udfff" for one in text):
        raise WrongRequest(f"Say {what} in {longest:,} letters at most.")
    return text.strip()


def _list(house: House) -> WorkingList:
    return WorkingList(State(house.settings.state))
