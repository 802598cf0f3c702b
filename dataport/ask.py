"""Door 1: aggregates. `ask` is the story of a question, from the words of a person to what they may be told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from dataport.access import Everything, RowPredicate, ScopedQuestion, Viewer, ViewerClass, Within, guard
from dataport.dictionary import CodeLists
from dataport.disclosure import SafeTable, meta_of, release
from dataport.disclosure.statistics import bound, explained, is_held, protected_catalog, statistics_of
from dataport.engine import (
    Figures,
    OwnFile,
    explain,
    finish_change,
    lower,
    plan,
    seal,
    unknown_values,
    unmet_values,
    why_empty,
)
from dataport.engine.algebra import Plan
from dataport.engine.seal import Statement
from dataport.errors import DataportError, Refused
from dataport.house import House, own_file
from dataport.semantic import (
    DEFINITIONS,
    Catalog,
    Horizon,
    Question,
    Request,
    listings,
    load_catalog,
    resolve,
    resolve_change,
    suggesting,
)
from dataport.semantic.horizons import Horizons
from dataport.settings import Settings
from dataport.visit import Asker, Looking, viewer_of, visiting

__all__ = [
    "Asker",
    "Explanation",
    "Figures",
    "House",
    "OwnFile",
    "Permitted",
    "Together",
    "ask",
    "ask_database",
    "catalog_for",
    "change",
    "explain_database",
    "explain_request",
    "members",
    "open_house",
    "own_file",
    "permitted",
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
        if viewer.viewer_class is ViewerClass.STATISTICS:
            return _protected(request, viewer, house, look, started, bind)
        figures = house.figures()
        # of the figures that will answer, and not of those published a moment later
        catalog = figures.held(house.catalog)
        horizons = figures.horizons(catalog).within(viewer.sources)
        with suggesting(request, catalog, horizons.whole, _planned(viewer, catalog, horizons)):
            question = bind(request, catalog, horizons.whole).within(horizons)
            look.note(question=question.logged(), data_version=figures.data_version)
            scoped = guard(question, viewer)
            known = house.known(scoped, figures.data_version)
            statement = None if known else seal(lower(plan(scoped)), scoped)
        safe = known or _released(statement, scoped, figures, horizons, house, started)
        withheld = sum(status.code in ("withheld", "not_permitted") for status in safe.status)
        look.note(rows=safe.data.num_rows, withheld=withheld)
    return safe


def _protected(request: Request, viewer: Viewer, house: House, look: Looking, started: float, bind: Bind) -> SafeTable:
    """Answer a viewer of class statistics from the served snapshots: nothing of the figures is opened for it."""
    served = house.statistics()
    with suggesting(request, house.catalog, served.horizon, lambda other: bound(other, house.catalog, served, bind)):
        asked = bound(request, house.catalog, served, bind)
    look.note(question=asked.question.logged())
    who = {"viewer": viewer.login, "viewer_class": viewer.viewer_class.value}
    safe = statistics_of(asked, served, who, (), started)
    look.note(rows=safe.data.num_rows, data_version=safe.meta["data_version"])
    return safe


def _released(
    statement: Statement | None,
    scoped: ScopedQuestion,
    figures: Figures,
    horizons: Horizons,
    house: House,
    started: float,
) -> SafeTable:
    """Run a statement, and what may be told of what it gives; kept by a process that serves many."""
    assert statement
    raw = finish_change(figures.run(statement), scoped)
    unmet = unmet_values(scoped, lambda looking: figures.run(looking).rows)
    empty = why_empty(raw.rows, scoped, horizons.whole, lambda other: figures.answered(other).rows)
    meta = meta_of(scoped, figures.data_version, (*unmet, *empty), started)
    if any(kpi.fact in scoped.question.facts for kpi in house.catalog.kpis):
        meta["checks"] = figures.checks_version
    return house.keep(scoped, figures.data_version, lambda kept_as: release(raw, scoped, {**meta, **kept_as}))


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
        unmet = unmet_values(scoped, lambda looking: figures.run(looking).rows)
        empty = why_empty(raw.rows, scoped, horizon, lambda other: figures.answered(other).rows)
        safe = release(raw, scoped, meta_of(scoped, figures.data_version, (*unknown, *unmet, *empty), started))
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
        if viewer.viewer_class is ViewerClass.STATISTICS:
            served = house.statistics()
            asked = bound(request, house.catalog, served)
            look.note(question=asked.question.logged())
            question = asked.question
            return Explanation(question.in_words(), "protected statistics", question.readings, explained(asked), "")
        figures = house.figures()
        catalog = figures.held(house.catalog)
        horizons = figures.horizons(catalog).within(viewer.sources)
        with suggesting(request, catalog, horizons.whole, _planned(viewer, catalog, horizons)):
            question = resolve(request, catalog, horizons.whole).within(horizons)
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


@dataclass(frozen=True, slots=True)
class Permitted:
    """Which indicators somebody may be told, and of which rows. It is worked out without reading one.

    Attributes:
        names: those that they may be told, in the order asked.
        refusal: why the first of the others is refused.
        together: the same indicators, put together where one question about several counts what one about each does.
    """

    names: tuple[str, ...]
    refusal: Refused | None
    together: tuple[Together, ...]


@dataclass(frozen=True, slots=True)
class Together:
    """Indicators that may be asked in one question: of each it counts the rows that a question about it alone counts.

    The natural mistake is to ask for all at once. Whoever has two roles, one for some fields and one for others, is
    then answered from the rows that a single role opens with every field, which are fewer.

    Attributes:
        scopes: by fact, the rows that are counted.
    """

    names: tuple[str, ...]
    scopes: Mapping[str, RowPredicate]

    @property
    def offices(self) -> frozenset[str] | None:
        """The business units whose rows are counted; None for all units, and empty where it is no list."""
        listed = [one for one in self.scopes.values() if not isinstance(one, Everything)]
        if not listed:
            return None
        return frozenset.intersection(
            *(frozenset(one.values) if isinstance(one, Within) else frozenset[str]() for one in listed)
        )


def permitted(requests: Iterable[Request], asker: Asker, house: House) -> Permitted:
    """Which of these requests the asker may ask, each by the name of its first indicator.

    Args:
        requests: alike but for their indicators.

    Raises:
        DataportError: nobody asks, or a request cannot be asked by anybody.
    """
    viewer, figures = viewer_of(asker, house), house.figures()
    horizons = figures.horizons(house.catalog).within(viewer.sources)

    def scopes(request: Request) -> Mapping[str, RowPredicate]:
        return guard(resolve(request, house.catalog, horizons.whole).within(horizons), viewer).scopes

    alone, refusal = list[tuple[Request, Mapping[str, RowPredicate]]](), None
    for request in requests:
        try:
            alone.append((request, scopes(request)))
        except Refused as problem:
            refusal = refusal or problem
    names = tuple(request.indicators[0] for request, _ in alone)
    return Permitted(names, refusal, tuple(_together(alone, scopes)))


def _together(
    alone: Sequence[tuple[Request, Mapping[str, RowPredicate]]],
    scopes: Callable[[Request], Mapping[str, RowPredicate]],
) -> Iterator[Together]:
    """All that can be asked with the first in one question, then with the first of the rest, and so on."""
    left = list(alone)
    while left:
        # most often all of them can, which one look tells
        if joined := _joined(left, scopes):
            taken, met, left = left, joined, []
        else:
            taken, met, others, left = left[:1], left[0][1], left[1:], []
            for one in others:
                if joined := _joined([*taken, one], scopes):
                    taken, met = [*taken, one], joined
                else:
                    left.append(one)
        yield Together(tuple(request.indicators[0] for request, _ in taken), met)


def _joined(
    alone: Sequence[tuple[Request, Mapping[str, RowPredicate]]],
    scopes: Callable[[Request], Mapping[str, RowPredicate]],
) -> Mapping[str, RowPredicate] | None:
    """What one question about all of them counts, where that is what each alone does; otherwise None.

    That each alone counts the same rows is not enough: one role may open them with one field, and another with another.
    """
    names = tuple(dict.fromkeys(name for request, _ in alone for name in request.indicators))
    try:
        found = scopes(replace(alone[0][0], indicators=names))
    except Refused:
        return None
    return found if all(found[fact] == rows for _, own in alone for fact, rows in own.items()) else None


def members(level_name: str, asker: Asker, house: House) -> SafeTable:
    """The members of a level that occur in the asker's scope, as the answer to an ordinary question.

    Raises:
        DataportError: as `ask`; also for a level that no indicator can be broken down by.
    """
    catalog = catalog_for(asker, house)
    requests = listings(level_name, catalog)
    answered = (one for one in requests if catalog is house.catalog or is_held(one, catalog))
    return ask(next(answered, requests[0]), asker, house)


def catalog_for(asker: Asker, house: House) -> Catalog:
    """What somebody is shown of what can be asked: of class statistics, only what the protected cube holds.

    Who is not known is shown everything: definitions are public.
    """
    wanted = asker.as_class
    if wanted is None and asker.login is not None:
        try:
            wanted = viewer_of(asker, house).viewer_class
        except DataportError:
            return house.catalog
    return protected_catalog(house.catalog) if wanted is ViewerClass.STATISTICS else house.catalog


def _planned(viewer: Viewer, catalog: Catalog, horizons: Horizons) -> Callable[[Request], object]:
    """Whether this viewer could ask another request: it goes the whole way to a plan, or raises."""
    return lambda other: plan(guard(resolve(other, catalog, horizons.whole).within(horizons), viewer))
