"""Door 1: aggregates. `ask` is the story of a question, from the words of a person to what they may be told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from dataport.access import ScopedQuestion, Viewer, guard
from dataport.dictionary import CodeLists
from dataport.disclosure import SafeTable, meta_of, release
from dataport.engine import (
    Figures,
    OwnFile,
    explain,
    finish_change,
    lower,
    plan,
    seal,
    unknown_values,
    why_empty,
)
from dataport.engine.algebra import Plan
from dataport.house import House, own_file
from dataport.semantic import (
    DEFINITIONS,
    Catalog,
    Horizon,
    Question,
    Request,
    listing,
    load_catalog,
    resolve,
    resolve_change,
    suggesting,
)
from dataport.semantic.horizons import Horizons
from dataport.settings import Settings
from dataport.visit import Asker, visiting

__all__ = [
    "Asker",
    "Explanation",
    "Figures",
    "House",
    "OwnFile",
    "ask",
    "ask_database",
    "change",
    "explain_database",
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
    with visiting(door, repr(request), asker, house) as (look, viewer):
        figures = house.figures()
        # of the figures that will answer, and not of those published a moment later
        horizons = figures.horizons(house.catalog).within(viewer.sources)
        with suggesting(request, house.catalog, horizons.whole, _planned(viewer, house.catalog, horizons)):
            question = bind(request, house.catalog, horizons.whole).within(horizons)
            look.note(question=question.logged(), data_version=figures.data_version)
            scoped = guard(question, viewer)
            statement = seal(lower(plan(scoped)), scoped)
        raw = finish_change(figures.run(statement), scoped)
        notes = why_empty(raw.rows, scoped, horizons.whole, lambda other: figures.answered(other).rows)
        safe = release(raw, scoped, meta_of(scoped, figures.data_version, notes, started))
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
        figures, horizon = file.figures, file.figures.horizon
        with suggesting(request, file.catalog, horizon, _planned(viewer, file.catalog, file.horizons)):
            scoped = guard(bind(request, file.catalog, horizon), viewer)
            planned = plan(scoped)
        file.hold(planned, scoped.question, tells_counts=scoped.sees_all)
        raw = finish_change(figures.run(seal(lower(planned), scoped)), scoped)
        unknown = unknown_values(planned, scoped, lambda counting: figures.run(counting).rows)
        empty = why_empty(raw.rows, scoped, horizon, lambda other: figures.answered(other).rows)
        safe = release(raw, scoped, meta_of(scoped, figures.data_version, (*unknown, *empty), started))
    return safe


def change(request: Request, asker: Asker, house: House) -> SafeTable:
    """Why the one indicator of a request is not what it was on the day it is compared with.

    Raises:
        DataportError: as `ask`; also for an indicator or a breakdown by which its change cannot be taken apart.
    """
    return ask(request, asker, house, door="change", bind=resolve_change)


def explain_request(request: Request, asker: Asker, house: House) -> Explanation:
    """How `ask` would answer the same request for the same asker: through the same guard, and written down too."""
    with visiting("explain", repr(request), asker, house) as (look, viewer):
        figures = house.figures()
        horizons = figures.horizons(house.catalog).within(viewer.sources)
        with suggesting(request, house.catalog, horizons.whole, _planned(viewer, house.catalog, horizons)):
            question = resolve(request, house.catalog, horizons.whole).within(horizons)
            look.note(question=question.logged(), data_version=figures.data_version)
            scoped = guard(question, viewer)
            planned = plan(scoped)
        told = _explained(scoped, planned, figures)
    return told


def explain_database(request: Request, viewer: Viewer, own: OwnFile) -> Explanation:
    """How `ask_database` would answer the same request; no row of the file is counted."""
    with own.opened() as file:
        figures, horizon = file.figures, file.figures.horizon
        with suggesting(request, file.catalog, horizon, _planned(viewer, file.catalog, file.horizons)):
            scoped = guard(resolve(request, file.catalog, horizon), viewer)
            planned = plan(scoped)
        return _explained(scoped, planned, figures)


def _explained(scoped: ScopedQuestion, planned: Plan, figures: Figures) -> Explanation:
    question = scoped.question
    sql = figures.told(seal(lower(planned), scoped))
    return Explanation(question.in_words(), scoped.in_words(), question.readings, explain(planned), sql)


def members(level_name: str, asker: Asker, house: House) -> SafeTable:
    """The members of a level that occur in the asker's scope, as the answer to an ordinary question.

    Raises:
        DataportError: as `ask`; also for a level that no indicator can be broken down by.
    """
    return ask(listing(level_name, house.catalog), asker, house)


def _planned(viewer: Viewer, catalog: Catalog, horizons: Horizons) -> Callable[[Request], object]:
    """Whether this viewer could ask another request: it goes the whole way to a plan, or raises."""
    return lambda other: plan(guard(resolve(other, catalog, horizons.whole).within(horizons), viewer))
