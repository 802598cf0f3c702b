"""scorecard: all KPIs of one part of the world on one day, with their targets, their way there and their rank.

Every number is an answer of door 1, with the viewer's own rights; nothing is computed here but places in an order. A
KPI that the viewer's role may not be told is on the card by its name and with no number: which of them that are follows
from the role and the definitions alone, so it says nothing of the records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from dataport.ask import Asker, Permitted, Together, ask, permitted
from dataport.disclosure import SafeTable
from dataport.errors import Refused, WrongRequest
from dataport.house import House
from dataport.quality.card import Line, Point, Rank, Scorecard, Wanted
from dataport.quality.words import nothing_judged
from dataport.semantic import DateRange, Request
from dataport.semantic.calendar import months_before, period_end
from dataport.semantic.kpi import Kpi
from dataport.semantic.offices import Office, Offices
from dataport.semantic.timeline import PERIOD
from dataport.visit import accounted, require_somebody

SCORE = "quality_score"
# How many months a trend goes back.
MONTHS = 12
# So many siblings are ranked at most: each that has offices below it is a question.
MOST_SIBLINGS = 60
# Numbers and names that stand for a unit are compared to so many digits: the rest is how a sum was added up.
_DIGITS = 12


def scorecard(wanted: Wanted, asker: Asker, house: House, *, door: str = "quality scorecard") -> Scorecard:
    """The scorecard of a unit, or of all that the asker may count.

    Args:
        door: which command, for the log.

    Raises:
        UnknownName: there is no such unit.
        Refused: the asker may be told none of it.
        DataportError: as `ask`.
    """
    require_somebody(door, repr(wanted), asker, house)  # nobody else is told which units there are
    with accounted(door, f"{door} {wanted!r}", asker, house):
        if not house.catalog.kpis:
            raise WrongRequest("The definitions have no KPIs, so there is no scorecard.")
        house = house.standing()  # it is several answers, and all of them are of one version
        offices = house.offices()
        unit = offices.named(wanted.unit) if wanted.unit is not None else None
    where = where_of(unit, offices)
    asking = _Asking(asker, house, door)
    may = _permitted(wanted, where, asking)
    card = _asked(wanted, where, may, asking)
    ranked = _ranked(card, unit, offices, may, asking)
    notes = (nothing_judged(unit, ranked.as_of),) if ranked.is_empty else ()
    return replace(ranked, unit=unit, notes=(*notes, *ranked.notes))


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who asks, where, and by which command."""

    asker: Asker
    house: House
    door: str

    def __call__(self, request: Request) -> SafeTable:
        return ask(request, self.asker, self.house, door=self.door)


def where_of(unit: Office | None, offices: Offices) -> tuple[str, ...]:
    """The filter on an office and all below it."""
    if unit is None:
        return ()
    below = ", ".join("'" + one.replace("'", "''") + "'" for one in offices.below(unit.unit))
    return (f"business_unit in ({below})",)


def _permitted(wanted: Wanted, where: tuple[str, ...], asking: _Asking) -> Permitted:
    """Which KPIs, by their indicators, the asker may be told; the first refusal where it is none."""
    catalog = asking.house.catalog
    shown = [(one.indicator, one.numerator, one.denominator) for one in catalog.kpis]
    asked = [*shown, *([(SCORE,)] if SCORE in catalog.indicators else [])]
    requests = [Request(names, where=where, as_of=wanted.as_of, compare=wanted.compare) for names in asked]
    with accounted(asking.door, f"{asking.door} {wanted!r}", asking.asker, asking.house):
        may = permitted(requests, asking.asker, asking.house)
    if not any(name != SCORE for name in may.names):
        # asked like any other question, so that the refusal is written down
        asking(Request(tuple(names[0] for names in asked), where=where))
        raise may.refusal or Refused("None of the KPIs is for this viewer.")
    return may


@dataclass(frozen=True, slots=True)
class _Told:
    """What one question told of some of the KPIs: those of which the viewer counts the same rows."""

    of: Together
    now: SafeTable
    as_of: date
    trends: Mapping[str, tuple[Point, ...]]

    def line(self, kpi: Kpi) -> Line:
        small = {one.column for one in self.now.status if one.code == "not_for_release"}
        return _line(kpi, _row(self.now), self.trends, small)


def _asked(wanted: Wanted, where: tuple[str, ...], may: Permitted, asking: _Asking) -> Scorecard:
    """A question for each part of the world that the viewer's roles open to some of the KPIs: most often it is one."""
    catalog = asking.house.catalog
    told = [_told(wanted, where, one, asking) for one in may.together]
    of = {name: one for one in told for name in one.of.names}
    first = told[0]
    lines = tuple(
        of[one.indicator].line(one) if one.indicator in of else Line(one, is_permitted=False) for one in catalog.kpis
    )
    scored = of.get(SCORE)
    return Scorecard(
        lines,
        _share(_row(scored.now).get(SCORE)) if scored else None,
        scored.trends.get(SCORE, ()) if scored else (),
        None,
        first.as_of,
        _scope(told, catalog.kpis),
        None,
        tuple(dict.fromkeys(str(note) for one in told for note in one.now.meta["limits"])),
        dict(first.now.meta) | {"definitions": catalog.digest[:16]},
        may.together,
    )


def _told(wanted: Wanted, where: tuple[str, ...], of: Together, asking: _Asking) -> _Told:
    kpis = [one for one in asking.house.catalog.kpis if one.indicator in of.names]
    counts = [name for one in kpis for name in (one.numerator, one.denominator)]
    names = tuple(dict.fromkeys((*of.names, *counts)))
    now = asking(Request(names, where=where, as_of=wanted.as_of, compare=wanted.compare))
    as_of = date.fromisoformat(now.meta["as_of"])
    trends = _compared(now, as_of, of.names) if wanted.compare else _trends(where, as_of, of.names, asking)
    return _Told(of, now, as_of, trends)


def _scope(told: Sequence[_Told], kpis: Sequence[Kpi]) -> str:
    """Whose records these are; where it depends on the KPI, of each."""
    scopes = list(dict.fromkeys(str(one.now.meta["scope"]) for one in told))
    if len(scopes) == 1:
        return scopes[0]
    codes = {one.indicator: one.name for one in kpis} | {SCORE: "score"}
    named = {
        scope: sorted(codes[name] for one in told if one.now.meta["scope"] == scope for name in one.of.names)
        for scope in scopes
    }
    return "; ".join(f"{', '.join(names)}: {scope}" for scope, names in named.items())


def _line(kpi: Kpi, row: Mapping[str, Any], trends: Mapping[str, tuple[Point, ...]], small: set[str]) -> Line:
    value = _number(row[kpi.indicator])
    return Line(
        kpi,
        is_permitted=True,
        numerator=_number(row[kpi.numerator]),
        denominator=_number(row[kpi.denominator]),
        value=None if value is None else float(value),
        trend=trends.get(kpi.indicator, ()),
        is_small=bool(small & {kpi.indicator, kpi.numerator, kpi.denominator}),
    )


def _row(table: SafeTable) -> Mapping[str, Any]:
    rows: list[dict[str, Any]] = table.data.to_pylist()
    return rows[0] if rows else dict.fromkeys(table.data.column_names)


def _number(value: Any) -> Any:
    """A number as JSON has it: whole ones are whole, others are as the engine has them."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _compared(now: SafeTable, as_of: date, names: Sequence[str]) -> dict[str, tuple[Point, ...]]:
    row, compared = _row(now), now.meta["compared_with"]
    before = date.fromisoformat(compared["as_of"])
    return {name: (Point(before, _share(row.get(f"{name}_before"))), Point(as_of, _share(row[name]))) for name in names}


def _trends(where: tuple[str, ...], as_of: date, names: Sequence[str], asking: _Asking) -> dict[str, tuple[Point, ...]]:
    """What each came to at the end of the months up to a day, as far as history reaches."""
    period = DateRange(months_before(as_of.replace(day=1), MONTHS - 1), as_of)
    told = asking(Request(tuple(names), where=where, period=period, grain="month"))
    unknown = {(one.row, one.column) for one in told.status if one.code == "outside_history"}
    rows: list[dict[str, Any]] = told.data.to_pylist()
    ends = [min(period_end(row[PERIOD], "month"), as_of) for row in rows]
    return {
        name: tuple(
            Point(end, _share(row[name]))
            for place, (end, row) in enumerate(zip(ends, rows, strict=True))
            if (place, name) not in unknown
        )
        for name in names
    }


def _share(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else float(number)


def _ranked(card: Scorecard, unit: Office | None, offices: Offices, may: Permitted, asking: _Asking) -> Scorecard:
    """The card with the places among siblings, where all records of all siblings are the viewer's to count."""
    siblings = offices.siblings(unit.unit) if unit else ()
    below = {one: offices.below(one) for one in siblings}
    everything = {one for several in below.values() for one in several}
    if not 1 < len(siblings) <= MOST_SIBLINGS:
        return card
    assert unit
    better = {one.indicator: one.better for one in asking.house.catalog.kpis} | {SCORE: "higher"}
    ranks: dict[str, Rank | None] = {}
    for one in may.together:
        if one.offices is not None and not everything <= one.offices:
            continue
        values = dict(_of_siblings(below, card.as_of, one.names, asking))
        ranks |= {
            name: _rank({each: row.get(name) for each, row in values.items()}, unit.unit, better[name] == "higher")
            for name in one.names
        }
    lines = tuple(replace(one, rank=ranks.get(one.kpi.indicator)) for one in card.lines)
    return replace(card, lines=lines, score_rank=ranks.get(SCORE))


def _of_siblings(
    below: Mapping[str, tuple[str, ...]], as_of: date, names: Sequence[str], asking: _Asking
) -> Iterator[tuple[str, Mapping[str, float | None]]]:
    """What each sibling comes to: in one question where none has offices below it, else in one each."""
    if all(len(several) == 1 for several in below.values()):
        listed = ", ".join("'" + one.replace("'", "''") + "'" for one in below)
        asked = Request(tuple(names), ("business_unit",), (f"business_unit in ({listed})",), as_of)
        for row in asking(asked).data.to_pylist():
            yield row["business_unit"], {name: _share(row[name]) for name in names}
        return
    for sibling, several in below.items():
        listed = ", ".join("'" + one.replace("'", "''") + "'" for one in several)
        asked = Request(tuple(names), where=(f"business_unit in ({listed})",), as_of=as_of)
        row = _row(asking(asked))
        yield sibling, {name: _share(row[name]) for name in names}


def _rank(values: Mapping[str, float | None], own: str, is_high: bool) -> Rank | None:
    """The place of one among several; those of which nothing is known have none."""
    known = {one: round(value, _DIGITS) for one, value in values.items() if value is not None}
    if own not in known:
        return None
    mine = known[own]
    ahead = sum((value > mine) if is_high else (value < mine) for value in known.values())
    return Rank(ahead + 1, len(known))


def end_of_month(text: str) -> date:
    """The last day of a month that was typed.

    Raises:
        WrongRequest: it is no month.
    """
    year, _, month = text.partition("-")
    if not (len(year) == 4 and len(month) == 2 and (year + month).isascii() and (year + month).isdigit()):
        raise WrongRequest(f"{text!r} is no month. Write it as 2022-02.")
    if not 1 <= int(month) <= 12 or not 1900 <= int(year) <= 9998:
        raise WrongRequest(f"{text!r} is no month. Write it as 2022-02.")
    return period_end(date(int(year), int(month), 1), "month")
