"""Door 1: aggregates. `ask` is the story of a question, from the words of a person to what they may be told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from dataport.access import ScopedQuestion, Viewer, guard
from dataport.dictionary import CodeLists
from dataport.disclosure import SafeTable, notes_of, release
from dataport.engine import (
    Figures,
    OwnFile,
    RawAnswer,
    explain,
    finish_change,
    lower,
    plan,
    reads_of,
    seal,
    unknown_values,
    why_empty,
)
from dataport.errors import Refused, WrongRequest
from dataport.house import House, own_file
from dataport.semantic import (
    DEFINITIONS,
    Catalog,
    Horizon,
    Question,
    Request,
    Timeline,
    breaks_down,
    load_catalog,
    nearest,
    resolve,
    resolve_change,
)
from dataport.semantic.condition import ALWAYS
from dataport.semantic.formula import Simple
from dataport.semantic.horizons import Horizons
from dataport.semantic.movement import ByMovements, ByParts
from dataport.settings import Settings
from dataport.tables import RawTable
from dataport.visit import Asker, looking, viewer_of

__all__ = [
    "Asker",
    "Explanation",
    "Figures",
    "House",
    "OwnFile",
    "ask",
    "ask_database",
    "change",
    "explain_request",
    "members",
    "open_house",
    "own_file",
]

Bind: TypeAlias = Callable[[Request, Catalog, Horizon], Question]


def open_house(settings: Settings) -> House:
    """A home folder open for questions, with the definitions it is governed by and no others."""
    return House(settings, load_catalog(DEFINITIONS, CodeLists()))


@dataclass(frozen=True, slots=True)
class Explanation:
    """How a question would be answered: the plan in words, and the statement with its parameters by name only.

    Attributes:
        readings: what was taken for what, such as a code of another list.
    """

    question: str
    scope: str
    readings: tuple[str, ...]
    steps: tuple[str, ...]
    sql: str


def ask(request: Request, asker: Asker, house: House, *, door: str = "ask", bind: Bind = resolve) -> SafeTable:
    """Answer one request, for one asker, from what is published now. Every look is written down before it is shown.

    Args:
        door: which command, for the log.
        bind: what the request asks: its numbers, or why they changed.

    Raises:
        DataportError: the request cannot be asked, is refused, or its look could not be written down.
    """
    started = time.perf_counter()
    with looking(door, repr(request), asker, house) as look:
        viewer = viewer_of(asker, house)
        look.note(viewer_class=viewer.viewer_class.value, grants_version=viewer.grants_version)
        figures = house.figures()
        # of the figures that will answer, and not of those published a moment later
        horizons = figures.horizons(house.catalog).within(viewer.sources)
        with _suggesting(request, viewer, house.catalog, horizons.whole):
            question = _bound(request, house.catalog, horizons, bind)
            look.note(question=question.logged(), data_version=figures.data_version)
            scoped = guard(question, viewer)
            statement = seal(lower(plan(scoped)), scoped)
        raw = finish_change(figures.run(statement, lambda: reads_of(scoped.question)), scoped)
        safe = release(raw, scoped, _meta(raw, scoped, figures, horizons.whole, started))
        withheld = sum(status.code in ("withheld", "not_permitted") for status in safe.status)
        look.note(rows=safe.data.num_rows, withheld=withheld)
    return safe


def ask_database(request: Request, viewer: Viewer, own: OwnFile, *, bind: Bind = resolve) -> SafeTable:
    """Answer one request from a file that is the asker's own: the same road, for a viewer whose grant they declare.

    Nothing is written down, for nobody else is in charge of the file; nothing built it either, so that what the
    definitions declare of its tables is checked before they are counted.

    Raises:
        DataportError: the request cannot be asked, the declared grant does not permit it, or the file is not what the
            definitions declare.
    """
    started = time.perf_counter()
    with own.opened() as file:
        with _suggesting(request, viewer, file.catalog, file.figures.horizon):
            scoped = guard(bind(request, file.catalog, file.figures.horizon), viewer)
            planned = plan(scoped)
        file.hold(planned, scoped.question, tells_counts=scoped.sees_all)
        statement = seal(lower(planned), scoped)
        raw = finish_change(file.figures.run(statement, lambda: reads_of(scoped.question)), scoped)
        notes = unknown_values(planned, scoped, lambda counting: file.figures.run(counting).rows)
        safe = release(raw, scoped, _meta(raw, scoped, file.figures, file.figures.horizon, started, notes))
    return safe


def change(request: Request, asker: Asker, house: House) -> SafeTable:
    """Why the one indicator of a request is not what it was on the day it is compared with.

    Raises:
        DataportError: as `ask`; also for an indicator or a breakdown by which its change cannot be taken apart.
    """
    return ask(request, asker, house, door="change", bind=resolve_change)


def explain_request(request: Request, asker: Asker, house: House) -> Explanation:
    """How `ask` would answer the same request for the same asker: through the same guard, and written down too."""
    with looking("explain", repr(request), asker, house) as look:
        viewer = viewer_of(asker, house)
        look.note(viewer_class=viewer.viewer_class.value, grants_version=viewer.grants_version)
        figures = house.figures()
        horizons = figures.horizons(house.catalog).within(viewer.sources)
        with _suggesting(request, viewer, house.catalog, horizons.whole):
            question = _bound(request, house.catalog, horizons, resolve)
            look.note(question=question.logged(), data_version=figures.data_version)
            scoped = guard(question, viewer)
            planned = plan(scoped)
        statement = seal(lower(planned), scoped)
        told = Explanation(
            question.in_words(), scoped.in_words(), question.readings, explain(planned), figures.told(statement)
        )
    return told


def members(level_name: str, asker: Asker, house: House) -> SafeTable:
    """The members of a level that occur in the asker's scope, as the answer to an ordinary question.

    Raises:
        DataportError: as `ask`; also for a level that no indicator can be broken down by.
    """
    level = house.catalog.level(level_name)
    found: list[tuple[bool, bool, int, str]] = []
    for name in house.catalog.public_indicators():
        indicator = house.catalog.indicator(name)
        if isinstance(indicator.formula, Simple) and breaks_down(house.catalog, indicator, level):
            # everything there is rather than a part of it, and rather now than lately
            narrows = indicator.formula.measure.where != ALWAYS
            found.append((indicator.formula.kind != "stock", narrows, len(found), name))
    if found:
        return ask(Request((min(found)[-1],), (level_name,)), asker, house)
    raise WrongRequest(f"No indicator can be broken down by {level_name}, so its members cannot be listed.")


@contextmanager
def _suggesting(request: Request, viewer: Viewer, catalog: Catalog, horizon: Horizon) -> Iterator[None]:
    """A refusal leaves the block with the nearest request that this viewer could be answered, where there is one."""
    try:
        yield
    except (WrongRequest, Refused) as refusal:

        def planned(other: Request) -> object:
            return plan(guard(resolve(other, catalog, horizon), viewer))

        found = nearest(request, catalog, horizon, planned)
        refusal.nearest = found.in_words() if found else None
        raise


def _bound(request: Request, catalog: Catalog, horizons: Horizons, bind: Bind) -> Question:
    """The question that a request asks, over the dates that the stores in the viewer's scope reach."""
    question = bind(request, catalog, horizons.whole)
    return replace(question, horizons=horizons) if len(horizons.names) > 1 else question


def _meta(
    raw: RawAnswer,
    scoped: ScopedQuestion,
    figures: Figures,
    horizon: Horizon,
    started: float,
    notes: tuple[str, ...] = (),
) -> dict[str, Any]:
    question: Question = scoped.question
    line = question.timeline
    return {
        "question": question.in_words(),
        "data_version": figures.data_version,
        "as_of": line.as_of.isoformat(),
        "flows": f"{line.span.first}..{line.span.last}" if line.span else None,
        "compared_with": _compared(question),
        "viewer": scoped.viewer.login,
        "viewer_class": scoped.viewer.viewer_class.value,
        "scope": scoped.in_words(),
        "geography": question.geography,
        "limits": [
            *_limits(question),
            *notes_of(question),
            *notes,
            *_why_empty(raw, scoped, figures, horizon),
        ],
        "elapsed": round(time.perf_counter() - started, 4),
    }


def _why_empty(raw: RawAnswer, scoped: ScopedQuestion, figures: Figures, horizon: Horizon) -> tuple[str, ...]:
    def run(other: ScopedQuestion) -> RawTable:
        return figures.run(seal(lower(plan(other)), other), lambda: reads_of(other.question)).rows

    return why_empty(raw.rows, scoped, horizon, run)


def _compared(question: Question) -> dict[str, Any] | None:
    """The dates of the other side of a comparison."""
    other = question.compared
    if other is None:
        return None
    flows = f"{other.span.first}..{other.span.last}" if other.span else None
    return {"as_of": other.as_of.isoformat(), "flows": flows}


def _limits(question: Question) -> tuple[str, ...]:
    """What was cut or chosen for the asker, on both sides of a comparison."""
    line, other = question.timeline, question.compared
    notes = [*question.readings, *_notes(question, line)]
    if question.has_links and any(question.catalog.facts[name].identity for name in question.facts):
        notes.append("who has records in several stores counts once, by the record that stands for them")
    if other and not question.decomposed:
        notes += [f"before: {note}" for note in _notes(question, other)]
        if question.has_flows and line.span and other.span:
            now, then = line.span, other.span
            shared = (min(now.last, then.last) - max(now.first, then.first)).days + 1
            also = f"; {shared} days are in both" if shared > 0 else ""
            notes.append(f"flows of {now.first} to {now.last} are beside those of {then.first} to {then.last}{also}")
    notes += [note for side in question.since for note in side.line.notes]
    notes += _matured(question)
    match question.decomposed:
        case ByMovements():
            notes.append("who moved from one cell to another counts in both, and not in a total that holds both")
        case ByParts():
            notes.append(
                "each side alone, at the average of the other on the two days; mix: cells that weigh more or less"
            )
    if question.having != ALWAYS:
        notes.append("rows that a filter on indicators hides count in totals and shares")
    if question.other:
        notes.append(f"the first {question.other} members of {question.by[0].name}, and the others together")
    if question.top:
        what = " of ".join(("members", question.by[0].name)) if len(question.by) == 1 else "rows"
        over_time = f"{what} over the whole time, each with all its periods" if question.takes_members else "rows"
        notes.append(f"the first {question.top} {over_time}")
    return tuple(notes)


def _matured(question: Question) -> list[str]:
    """Up to when those are counted who must have had some days' time."""
    found = {}
    for leaf in question.leaves:
        assert isinstance(leaf.formula, Simple)
        if leaf.formula.matures:
            span = question.line_of(leaf.formula, question.timeline).span
            until = f"up to {span.last}" if span else "of no day yet"
            found[leaf.formula.matures] = f"of events {until}, since which {leaf.formula.matures} days have passed"
    return [f"{note}: those after are not counted by what needs that time" for note in found.values()]


def _notes(question: Question, line: Timeline) -> tuple[str, ...]:
    """What was cut of some dates; what concerns flows only where a flow was asked."""
    return (*line.notes, *(line.flow_notes if question.has_flows else ()))
