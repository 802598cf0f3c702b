"""nearest: what could be asked instead of a request that cannot be answered.

A few small changes are tried, the smallest first, and what is proposed has gone the whole way to a plan: it names
nothing that its asker may not name. It never asks about more than was asked: who leaves a filter out by accepting a
suggestion reads the number of everybody as that of the few they meant. A filter is mended or the refusal stands alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta

from dataport.errors import DataportError, Refused, WrongRequest
from dataport.semantic.condition import (
    NEVER,
    Atom,
    Compare,
    Condition,
    OneOf,
    atoms,
    in_words,
    levels_of,
    mapped,
    values_of,
)
from dataport.semantic.members import closest, near_members
from dataport.semantic.model import GRAINS, Catalog
from dataport.semantic.names import indicator_compared
from dataport.semantic.parse import parse_condition
from dataport.semantic.period import DateRange, RelativePeriod
from dataport.semantic.request import Request
from dataport.semantic.timeline import Horizon

MOST_TRIED, MOST_CHANGES = 80, 3
# Longer filters are not gone over again and again.
LONGEST_FILTERS = 2000


@contextmanager
def suggesting(
    request: Request, catalog: Catalog, horizon: Horizon, plan: Callable[[Request], object]
) -> Iterator[None]:
    """A refusal leaves the block with the nearest request that could be answered instead, where there is one."""
    try:
        yield
    except (WrongRequest, Refused) as refusal:
        found = nearest(request, catalog, horizon, plan)
        refusal.nearest = found.in_words() if found else None
        refusal.nearest_request = found
        raise


def nearest(request: Request, catalog: Catalog, horizon: Horizon, plan: Callable[[Request], object]) -> Request | None:
    """The nearest request that can be planned; None where a few changes do not make one.

    Args:
        request: that which was refused.
        plan: raises a DataportError for a request that cannot be asked, or may not be.
    """
    if sum(map(len, request.where)) > LONGEST_FILTERS:
        return None
    if _can(plan, request):
        # it was not asked for its numbers, but for why they changed
        happened = _between(request, catalog)
        return happened if happened and _can(plan, happened) else request
    tried, waiting = {request}, [request]
    for _ in range(MOST_CHANGES):
        further = []
        for one in waiting:
            for changed in _changes(one, catalog, horizon):
                if changed in tried:
                    continue
                if len(tried) > MOST_TRIED:
                    return None
                tried.add(changed)
                if _can(plan, changed):
                    return changed
                further.append(changed)
        waiting = further
    return None


def _between(request: Request, catalog: Catalog) -> Request | None:
    """What happened between two days that were to be compared, for what is counted over days.

    Beside each other would stand two spans that may share most of their days.
    """
    if not (request.as_of and isinstance(request.compare, date) and request.compare < request.as_of):
        return None
    leaves = (leaf for name in request.indicators for leaf in catalog.leaves(catalog.indicator(name)))
    if not all(leaf.formula.kind == "flow" for leaf in leaves):
        return None
    days = DateRange(request.compare + timedelta(days=1), request.as_of)
    return replace(request, as_of=None, compare=None, period=days)


def _can(plan: Callable[[Request], object], request: Request) -> bool:
    try:
        plan(request)
    except DataportError:
        return False
    return True


def _changes(request: Request, catalog: Catalog, horizon: Horizon) -> Iterator[Request]:
    """One change at a time, those that keep most of the question first."""
    yield from _renamed(request, catalog)
    yield from _respelt(request, catalog)
    yield from _redated(request, horizon)
    if request.compare:
        yield replace(request, compare=None)
    if request.subtotals:
        yield replace(request, subtotals=())
    if request.other:
        yield replace(request, other=False)
    elif request.top:
        yield replace(request, top=None)
    for term in request.order:
        yield replace(request, order=tuple(one for one in request.order if one != term))
    # a coarser row holds people whom a filter on numbers keeps out of the finer ones
    for name in () if _filters_numbers(request, catalog) else request.by:
        by, left = tuple(one for one in request.by if one != name), not request.other or len(request.by) > 1
        subtotals = tuple(kept for kept in request.subtotals if name not in kept)
        across = None if request.across == name else request.across
        yield replace(request, by=by, subtotals=subtotals, other=request.other and left, across=across)
    for name in request.indicators if len(request.indicators) > 1 else ():
        yield replace(request, indicators=tuple(one for one in request.indicators if one != name))


def _renamed(request: Request, catalog: Catalog) -> Iterator[Request]:
    """Misspelt names as the nearest that there are."""
    public, levels = catalog.public_indicators(), (*catalog.levels, *GRAINS)
    for name in request.indicators:
        for close in () if name in public else closest(name, public):
            yield replace(request, indicators=tuple(close if one == name else one for one in request.indicators))
    for name in request.by:
        for close in () if name in levels else closest(name, levels):
            by = tuple(close if one == name else one for one in request.by)
            subtotals = tuple(tuple(close if one == name else one for one in kept) for kept in request.subtotals)
            across = close if request.across == name else request.across
            yield replace(request, by=by, subtotals=subtotals, across=across)
    for term in request.order:
        for close in closest(term.name, (*request.indicators, *request.by)):
            yield replace(
                request, order=tuple(replace(one, name=close) if one == term else one for one in request.order)
            )


def _respelt(request: Request, catalog: Catalog) -> Iterator[Request]:
    """Filters with a name or a member that there is instead of one that there is not."""
    names = (*catalog.levels, *request.indicators)
    for place, text in enumerate(request.where):
        condition = _parsed(text)
        for atom in atoms(condition):
            for changed in _mended(atom, names, catalog):
                respelt = mapped(condition, lambda one, old=atom, new=changed: new if one == old else one)  # type: ignore[misc]
                yield replace(request, where=(*request.where[:place], in_words(respelt), *request.where[place + 1 :]))


def _mended(atom: Atom, names: tuple[str, ...], catalog: Catalog) -> Iterator[Atom]:
    """The same comparison of a level that there is, or with a member that it has."""
    is_column = indicator_compared(atom.level) in names
    for close in () if atom.level in names or is_column else closest(atom.level, names):
        yield replace(atom, level=close)
    if not isinstance(atom, Compare | OneOf):
        return
    for value in [one for one in values_of(atom) if isinstance(one, str)][:20]:
        for close in _near(catalog, atom.level, value):
            if isinstance(atom, OneOf):
                yield replace(atom, values=tuple(close if one == value else one for one in atom.values))
            else:
                yield replace(atom, value=close)


def _parsed(text: str) -> Condition:
    """A filter; one that finds nothing to mend where it is not of the language."""
    try:
        return parse_condition(text)
    except DataportError:
        return NEVER


def _filters_numbers(request: Request, catalog: Catalog) -> bool:
    return any(name in catalog.indicators for text in request.where for name in levels_of(_parsed(text)))


def _near(catalog: Catalog, name: str, value: str) -> Iterable[str]:
    """The members of a level that a text may have meant, as they are written in a filter."""
    level = catalog.levels.get(name)
    if level is None:
        return ()
    if level.bands:
        return () if value in level.bands.labels else closest(value, level.bands.labels)
    codes = catalog.code_lists.get(level.code_list or "")
    return near_members(codes, value) if codes else ()


def _redated(request: Request, horizon: Horizon) -> Iterator[Request]:
    """Dates that are known, and periods that are fewer: never more days than were asked about."""
    first, last = horizon.first_day, horizon.last_day
    day = min(max(request.as_of or last, first), last)
    if request.as_of and request.grain is None and not set(request.by) & set(GRAINS):
        yield replace(request, as_of=day)
    elif request.as_of:
        # one day was asked about: a trend without one would be about many
        yield replace(request, grain=None, by=tuple(name for name in request.by if name not in GRAINS))
    if request.period:
        asked = request.period
        days = asked.up_to(horizon.chosen_last_day) if isinstance(asked, RelativePeriod) else asked
        # of the first day that is known, only its end is: nothing that happened on it is counted
        whole = min(horizon.first_whole_day, last)
        begins, ends = (min(max(one, whole), last) for one in (days.first, days.last))
        yield replace(request, period=DateRange(begins, ends))
    elif request.grain is None:
        yield replace(request, as_of=None, period=DateRange(max(day.replace(day=1), first), day))
    for grain in GRAINS[GRAINS.index(request.grain) + 1 :] if request.grain else ():
        yield replace(request, grain=grain)
