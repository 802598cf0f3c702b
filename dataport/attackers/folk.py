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
        # month by month, of which one at a time is held: at full size each takes a thousand million bytes
        everybody = np.zeros(0, dtype=np.int64)
        for people in known.months:
            everybody = np.union1d(everybody, people.persons)
        stays = _stay(known, everybody)
        # so many movers as are not stayers, each with a number of their own
        number = (np.cumsum(~stays) - 1).astype(np.int32)
        movers = []
        families = np.full(int((~stays).sum()), -1, dtype=np.int64)
        for people in known.months:
            place = np.searchsorted(everybody, people.persons)
            here = np.flatnonzero(~stays[place])
            who = number[place[here]].astype(np.int64)
            own = np.full(len(families), -1, dtype=np.int64)
            own[who] = people.families[here]
            families = np.where(own >= 0, own, families)
            movers.append(Movers(who, own, some(people, here)))
        last = known.months[-1]
        return cls(some(last, np.flatnonzero(stays[np.searchsorted(everybody, last.persons)])), tuple(movers), families)


def _stay(known: Known, everybody: Longs) -> Flags:
    """Of everybody, who is there in every month and described as in the last one."""
    last = known.months[-1]
    stays = np.zeros(len(everybody), dtype=np.bool_)
    stays[np.searchsorted(everybody, last.persons)] = True
    for nth in range(len(known.months) - 1):
        people = known.months[nth]
        _, here, now = np.intersect1d(people.persons, last.persons, assume_unique=True, return_indices=True)
        same = people.families[here] == last.families[now]
        for hierarchy, codes in last.finest.items():
            same &= people.finest[hierarchy][here] == codes[now]
        alike = np.zeros(len(everybody), dtype=np.bool_)
        alike[np.searchsorted(everybody, last.persons[now[same]])] = True
        stays &= alike
    return stays


def some(people: People, places: Longs) -> People:
    """Some of the people, in this order."""
    finest = {hierarchy: codes[places] for hierarchy, codes in people.finest.items()}
    return People(people.persons[places], people.families[places], finest, people.units[places])
