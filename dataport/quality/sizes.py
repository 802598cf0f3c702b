"""sizes: how much of the working list there is of each KPI of a scorecard, of records that the viewer may open.

Numbers of their own beside the others: what is excused still fails, and is counted as such. No record is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from dataport.ask import Asker
from dataport.house import House
from dataport.quality.card import Scorecard
from dataport.quality.drill import day_of_excuses
from dataport.quality.scorecard import where_of
from dataport.records import openable
from dataport.semantic import Request
from dataport.semantic.kpi import Kpi
from dataport.state import State, Subject, Work, WorkingList


@dataclass(frozen=True, slots=True)
class Size:
    """How much of the working list is about one KPI: records that it judges on the day.

    Attributes:
        assigned: records that somebody sees to.
        excused: records that are excused on the day.
        noted: records that something was noted of.
    """

    kpi: str
    assigned: int
    excused: int
    noted: int


def with_excused(
    card: Scorecard, asked: date | None, asker: Asker, house: House, *, command: str = "quality scorecard"
) -> Scorecard:
    """The card with how many of the records that each KPI finds are excused.

    Args:
        asked: the day that the card was asked for; None where it is the newest: excuses are those of today then.

    Raises:
        Refused: the asker may open no records, or states no purpose.
    """
    day, look = day_of_excuses(asked, card.as_of), _Look(card, asker, house, command)
    look.require_opening()
    lines = []
    for one in card.lines:
        is_counted = one.is_permitted and one.kpi.column
        if is_counted:
            about = look.about(one.kpi, one.kpi.numerator, partial(_is_excused, one.kpi.name, day))
            one = replace(one, excused=sum(_is_excused(one.kpi.name, day, of) for of in about.values()))
        lines.append(one)
    return replace(card, lines=tuple(lines))


def work_sizes(card: Scorecard, asker: Asker, house: House, *, command: str) -> tuple[Size, ...]:
    """How much there is of each KPI that the asker may be told, on the day of a card.

    Raises:
        Refused: the asker may open no records, or states no purpose.
    """
    look = _Look(card, asker, house, command)
    look.require_opening()
    found = []
    for kpi in (one.kpi for one in card.lines if one.is_permitted and one.kpi.column):
        about = look.about(kpi, kpi.denominator, partial(_is_about, kpi.name))
        size = Size(
            kpi.name,
            sum(of.assignee(kpi.name) is not None for of in about.values()),
            sum(of.excuse(kpi.name, card.as_of) is not None for of in about.values()),
            sum(any(one.kpi == kpi.name for one in of.notes) for of in about.values()),
        )
        if size.assigned or size.excused or size.noted:
            found.append(size)
    return tuple(found)


class _Look:
    """The working list as one viewer may know it, of the records of one card."""

    def __init__(self, card: Scorecard, asker: Asker, house: House, command: str) -> None:
        self._card, self._asker, self._house, self._command = card, asker, house, command
        self._made = WorkingList(State(house.settings.state)).everything()

    def require_opening(self) -> None:
        """Who opens none is refused, whether or not there is anything."""
        first = self._house.catalog.records.owners[0].name
        openable(first, (), self._asker, self._house, command=self._command)

    def about(self, kpi: Kpi, indicator: str, wanted: Callable[[Work], bool]) -> Mapping[Subject, Work]:
        """What was made of records that an indicator counts on the day of the card, and that the viewer may open."""
        kind = self._house.catalog.facts[kpi.fact].entity
        keys = [about.key for about, of in self._made.items() if about.kind == kind and wanted(of)]
        if not keys:
            return {}
        counted = Request((indicator,), where=where_of(self._card.unit, self._house.offices()), as_of=self._card.as_of)
        could = openable(kind, keys, self._asker, self._house, command=self._command, counted=counted)
        return {about: of for about, of in self._made.items() if about.kind == kind and about.key in could}


def _is_excused(name: str, day: date, of: Work) -> bool:
    return of.excuse(name, day) is not None


def _is_about(name: str, of: Work) -> bool:
    return name in of.kpis
