"""A week of questions as an organisation asks them: who asks, what, and what nobody has asked before."""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from bench.questions import HAND_WRITTEN, SERVED, questions
from dataport.access import Viewer, ViewerClass, guard
from dataport.ask import Asker, House
from dataport.disclosure.statistics import bound
from dataport.engine import plan
from dataport.errors import DataportError
from dataport.semantic import DateRange, Horizon, Request, resolve
from dataport.serve.words import said_of
from dataport.synthetic import operations
from dataport.visit import machine_account, viewer_of

ACCOUNTS, DIFFERENT, NEW = 60, 500, 0.05
_SEED, _TRIES = 23, 200


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the week; `is_new` where nobody asks it a second time."""

    login: str
    request: Request
    is_new: bool
    is_protected: bool = False

    @property
    def words(self) -> dict[str, Any]:
        """As a program sends it."""
        return said_of(self.request)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who asks, and what of the week's questions they may ask, the most frequent first."""

    login: str
    kind: str
    is_protected: bool
    requests: tuple[Request, ...]
    may_ask: Callable[[Request], bool]

    def asks(self, request: Request, *, is_new: bool = False) -> Asked:
        """A question of theirs."""
        return Asked(self.login, request, is_new, self.is_protected)


@dataclass(frozen=True, slots=True)
class Week:
    """Who asks, and how to draw what they ask."""

    accounts: tuple[Account, ...]
    longest: tuple[Request, ...]

    def drawn(self) -> Iterator[Asked]:
        """Questions without end: the rank of each by Zipf's law, one in twenty of them never asked before."""
        chance, new = random.Random(_SEED), self.new(_SEED + 1)
        while True:
            if chance.random() < NEW:
                yield next(new)
                continue
            account = chance.choice(self.accounts)
            weights = [1 / rank for rank in range(1, len(account.requests) + 1)]
            yield account.asks(chance.choices(account.requests, weights)[0])

    def new(self, seed: int) -> Iterator[Asked]:
        """Questions that are asked once: others' with some three countries that nobody has put together before."""
        chance, codes = random.Random(seed), sorted({one.country_code for one in operations()})
        asked = set()
        while True:
            account = chance.choice(self.accounts)
            for _ in range(_TRIES):
                some = ", ".join(f"'{code}'" for code in sorted(chance.sample(codes, 3)))
                base = chance.choice(account.requests)
                request = replace(base, where=(*base.where, f"country_of_asylum in ({some})"))
                if repr(request) not in asked and account.may_ask(request):
                    asked.add(repr(request))
                    yield account.asks(request, is_new=True)
                    break

    def long(self) -> Asked:
        """A question that takes long: a median in many cells, and month by month where history is long enough."""
        return next(one.asks(long) for long in self.longest for one in self.accounts if one.may_ask(long))


def week_of(house: House) -> Week:
    """A week for a home: its accounts of all kinds in turn, and 500 different questions that some of them may ask."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    viewers: dict[str, Viewer] = {}
    for grants in house.everybody():
        if grants.login is None:
            continue
        try:
            viewer = viewer_of(Asker(grants.login, machine_account()), house)
        except DataportError:
            continue
        if viewer.viewer_class in (ViewerClass.REGISTRATION, ViewerClass.STATISTICS):
            viewers[grants.login] = viewer
            by_kind[_kind(viewer)].append(grants.login)
    logins = list(itertools.islice(_in_turn(by_kind), ACCOUNTS))
    # what may be asked at all is the same for whoever has the same roles
    asking = {kind: _asking(viewers[some[0]], house) for kind, some in by_kind.items()}
    can_be_asked = (one for one in _every(house) if any(may_ask(one) for may_ask in asking.values()))
    asked = list(itertools.islice(can_be_asked, DIFFERENT))
    of_kind = {kind: tuple(filter(may_ask, asked)) for kind, may_ask in asking.items()}
    found = (_account(viewers[login], of_kind, asking) for login in logins)
    return Week(tuple(one for one in found if one.requests), _longest(house.figures().horizon))


def _longest(horizon: Horizon) -> tuple[Request, ...]:
    months = DateRange(horizon.first_day, horizon.last_day)
    return (
        Request(("median_age",), ("location",), period=months, grain="month"),
        Request(("median_age",), ("location", "sex", "education_level")),
        Request(("median_age",), ("country_of_asylum", "country_of_origin")),
    )


def _every(house: House) -> list[Request]:
    """Whatever the bench asks, in a mixed order that is always the same."""
    every = [one for one, _ in HAND_WRITTEN] + list(SERVED)
    every = list(dict.fromkeys(every + list(questions(house.catalog, house.figures().horizon))))
    random.Random(_SEED).shuffle(every)
    return every


def _in_turn(by_kind: Mapping[str, list[str]]) -> Iterator[str]:
    """One of each kind, and again, so that what few have is not left out."""
    for some in itertools.zip_longest(*(by_kind[kind] for kind in sorted(by_kind))):
        yield from filter(None, some)


def _kind(viewer: Viewer) -> str:
    return "+".join(sorted({one.role for one in viewer.permissions})) or viewer.viewer_class.value


def _account(
    viewer: Viewer, of_kind: Mapping[str, tuple[Request, ...]], asking: Mapping[str, Callable[[Request], bool]]
) -> Account:
    kind, is_protected = _kind(viewer), viewer.viewer_class is ViewerClass.STATISTICS
    return Account(viewer.login, kind, is_protected, of_kind[kind], asking[kind])


def _asking(viewer: Viewer, house: House) -> Callable[[Request], bool]:
    """Whether somebody may ask a request, found without asking it: a refusal is quicker than any answer."""
    horizons = house.figures().horizons(house.catalog).within(viewer.sources)

    def may_ask(request: Request) -> bool:
        try:
            if viewer.viewer_class is ViewerClass.STATISTICS:
                bound(request, house.catalog, house.statistics())
            else:
                plan(guard(resolve(request, house.catalog, horizons.whole).within(horizons), viewer))
        except DataportError:
            return False
        return True

    return may_ask
