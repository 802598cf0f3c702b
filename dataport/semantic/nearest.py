"""nearest: what could be asked instead of a request that cannot be answered.

A few small changes are tried, the smallest first, and what is proposed has gone the whole way to a plan: it names
nothing that its asker may not name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from difflib import get_close_matches

from dataport.errors import DataportError
from dataport.semantic.condition import atoms, values_of
from dataport.semantic.model import GRAINS, Catalog
from dataport.semantic.parse import parse_condition
from dataport.semantic.request import DateRange, Request
from dataport.semantic.timeline import Horizon

MOST_TRIED, MOST_CHANGES = 80, 3
# Longer filters are not gone over again and again.
LONGEST_FILTERS = 2000


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
        return request
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
    for term in request.order:
        yield replace(request, order=tuple(one for one in request.order if one != term))
    for name in request.by:
        by, left = tuple(one for one in request.by if one != name), not request.other or len(request.by) > 1
        subtotals = tuple(kept for kept in request.subtotals if name not in kept)
        yield replace(request, by=by, subtotals=subtotals, other=request.other and left)
    for name in request.indicators if len(request.indicators) > 1 else ():
        yield replace(request, indicators=tuple(one for one in request.indicators if one != name))
    for text in request.where:
        yield replace(request, where=tuple(one for one in request.where if one != text))


def _renamed(request: Request, catalog: Catalog) -> Iterator[Request]:
    """Misspelt names as the nearest that there are."""
    public, levels = catalog.public_indicators(), (*catalog.levels, *GRAINS)
    for name in request.indicators:
        for close in () if name in public else _close(name, public):
            yield replace(request, indicators=tuple(close if one == name else one for one in request.indicators))
    for name in request.by:
        for close in () if name in levels else _close(name, levels):
            by = tuple(close if one == name else one for one in request.by)
            subtotals = tuple(tuple(close if one == name else one for one in kept) for kept in request.subtotals)
            yield replace(request, by=by, subtotals=subtotals)
    for term in request.order:
        for close in _close(term.name, (*request.indicators, *request.by)):
            yield replace(
                request, order=tuple(replace(one, name=close) if one == term else one for one in request.order)
            )


def _respelt(request: Request, catalog: Catalog) -> Iterator[Request]:
    """Filters with a member that there is instead of one that there is not."""
    for place, text in enumerate(request.where):
        for level, member in _members(text):
            known = _known_members(catalog, level)
            for close in () if member in known else _close(member, known):
                respelt = text.replace(f"'{member}'", f"'{close}'")
                yield replace(request, where=(*request.where[:place], respelt, *request.where[place + 1 :]))


def _members(text: str) -> list[tuple[str, str]]:
    """The texts that a filter compares levels with; none where it is not of the language."""
    try:
        found = [(one.level, value) for one in atoms(parse_condition(text)) for value in values_of(one)]
    except DataportError:
        return []
    return [(level, value) for level, value in found if isinstance(value, str)][:20]


def _known_members(catalog: Catalog, name: str) -> tuple[str, ...]:
    level = catalog.levels.get(name)
    if level is None:
        return ()
    if level.bands:
        return level.bands.labels
    codes = catalog.code_lists.get(level.code_list or "")
    return tuple(codes.labels) if codes else ()


def _close(name: str, known: tuple[str, ...]) -> list[str]:
    folded = {one.casefold(): one for one in known}
    return [folded[one] for one in get_close_matches(name.casefold(), folded, n=2, cutoff=0.55)]


def _redated(request: Request, horizon: Horizon) -> Iterator[Request]:
    """Dates that are known, and periods that are fewer."""
    first, last = horizon.first_day, horizon.last_day
    if request.as_of and request.grain is None and not set(request.by) & set(GRAINS):
        yield replace(request, as_of=min(max(request.as_of, first), last))
    elif request.as_of:
        yield replace(request, as_of=None)
    if request.period:
        begins, ends = (min(max(one, first), last) for one in (request.period.first, request.period.last))
        yield replace(request, period=DateRange(begins, ends))
    elif request.grain is None:
        yield replace(request, as_of=None, period=DateRange(last.replace(day=1), last))
    for grain in GRAINS[GRAINS.index(request.grain) + 1 :] if request.grain else ():
        yield replace(request, grain=grain)
