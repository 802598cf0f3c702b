"""Means against counts: an exact mean beside a noisy count leaves few counts that can be meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from dataport.attackers.counting import true_groups
from dataport.attackers.downloaded import Floats, Longs, Table
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured

# Two quotients are the same if they differ by less than a double can tell.
_SAME = 1e-9


def means(register: Register) -> Measured:
    """Which share of the numbers of groups is told exactly by the only two whole numbers that make the mean."""
    seen = register.seen
    right = alone = tried = 0
    for table in seen.months[-1]:
        for one in _quotients(register, table):
            rows = np.flatnonzero(table.is_published & ~np.isnan(one.means) & ~np.isnan(one.counts))
            most = int(seen.noise_of(table).most) or 5
            counts = np.rint(one.counts[rows])[:, None] + np.arange(-most, most + 1)
            sums = np.rint(one.means[rows][:, None] * counts)
            with np.errstate(invalid="ignore", divide="ignore"):
                fits = (counts > 0) & (np.abs(sums / counts - one.means[rows][:, None]) < _SAME)
                fits &= np.abs(sums - one.sums[rows][:, None]) <= most
            only = fits.sum(axis=1) == 1
            told = counts[np.arange(len(rows)), fits.argmax(axis=1)]
            right += int(np.count_nonzero(only & (told == one.truth[rows])))
            alone += int(np.count_nonzero(np.rint(one.counts[rows]) == one.truth[rows]))
            tried += len(rows)
    says = "share of counts that a mean beside them tells exactly"
    return Measured(right / max(1, tried), alone / max(1, tried), tried, says, share_of=tried)


@dataclass(frozen=True, slots=True)
class _Quotient:
    """A mean as it is told, what is told of its two parts, and the true count."""

    means: Floats
    sums: Floats
    counts: Floats
    truth: Longs


def _quotients(register: Register, table: Table) -> Iterator[_Quotient]:
    if table.means is not None and table.groups is not None:
        truth = true_groups(register.known.months[-1], register.seen.finest, table)
        yield _Quotient(table.means, table.persons, table.groups, truth)
    if table.sums is not None:
        yield _Quotient(table.sums / table.persons, table.sums, table.persons, register.there(table))
