"""Folk: who is described alike in every month, and who is not. Whoever is tells nothing of a change."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dataport.attackers.downloaded import Flags, Known, Longs, People


@dataclass(frozen=True, slots=True)
class Movers:
    """Those who are not there in every month, or not described alike, as they are in one month.

    Attributes:
        who: the number among all movers of each that is there.
        families: the group of every mover in that month; -1 for who is not there.
        people: those who are there, in the order of `who`.
    """

    who: Longs
    families: Longs
    people: People


@dataclass(frozen=True, slots=True)
class Folk:
    """Everybody of all months.

    Attributes:
        stayers: who is there in every month, described alike and with the same group.
        movers: everybody else, month by month.
        families: the group of every mover, as it was last.
    """

    stayers: People
    movers: tuple[Movers, ...]
    families: Longs

    @classmethod
    def of(cls, known: Known) -> Folk:
        everybody = np.unique(np.concatenate([one.persons for one in known.months]))
        places = [_places(everybody, one) for one in known.months]
        stays = _stay(known, places)
        # so many movers as are not stayers, each with a number of their own
        number = np.cumsum(~stays) - 1
        movers = []
        families = np.full(int((~stays).sum()), -1, dtype=np.int64)
        for people, place in zip(known.months, places, strict=True):
            here = np.flatnonzero(~stays & (place >= 0))
            own = np.full(len(families), -1, dtype=np.int64)
            own[number[here]] = people.families[place[here]]
            families = np.where(own >= 0, own, families)
            movers.append(Movers(number[here], own, some(people, place[here])))
        return cls(some(known.months[-1], places[-1][stays]), tuple(movers), families)


def _places(everybody: Longs, people: People) -> Longs:
    """The place of everybody in one month; -1 for who is not there."""
    found = np.full(len(everybody), -1, dtype=np.int64)
    found[np.searchsorted(everybody, people.persons)] = np.arange(len(people))
    return found


def _stay(known: Known, places: list[Longs]) -> Flags:
    stays: Flags = np.all([place >= 0 for place in places], axis=0)
    first = known.months[0]
    for people, place in zip(known.months[1:], places[1:], strict=True):
        here = np.flatnonzero(stays)
        same = people.families[place[here]] == first.families[places[0][here]]
        for hierarchy, codes in first.finest.items():
            same &= people.finest[hierarchy][place[here]] == codes[places[0][here]]
        stays[here[~same]] = False
    return stays


def some(people: People, places: Longs) -> People:
    """Some of the people, in this order."""
    finest = {hierarchy: codes[places] for hierarchy, codes in people.finest.items()}
    return People(people.persons[places], people.families[places], finest, people.units[places])
