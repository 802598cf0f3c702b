"""What became of an attack: what it measured, how far it may go, and why."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dataport.dictionary import read_seed

# An attack that succeeds as often as its limit allows is named for it by chance once in so many audits.
_BY_CHANCE = 1_000


@dataclass(frozen=True, slots=True)
class Measured:
    """What an attack brought.

    Attributes:
        value: what is held against the limit.
        base: the same for somebody who guesses without what was published, where that can be said.
        tried: how many cells, pairs or persons it was tried on.
        says: what the value is of, in words.
        share_of: of how many tries the value is the share that succeeded; 0 where it is no such share.
    """

    value: float
    base: float | None
    tried: int
    says: str
    share_of: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """One attacker of the audit, judged.

    Attributes:
        limit: how far it may go; of few tries, with what chance may add to a share of so few.
        reason: why the limit is what it is.
    """

    name: str
    measured: float
    base: float | None
    tried: int
    limit: float
    says: str
    reason: str

    @property
    def passed(self) -> bool:
        """Whether the attack stayed within its limit; what was tried on nothing has shown nothing, and is told so."""
        return self.measured <= self.limit


def judged(name: str, measured: Measured) -> Verdict:
    """An attack held against the limit that the seed `attack_limit` has for it."""
    row = next(row for row in read_seed("attack_limit") if row["attacker"] == name)
    # counted in arrays, whose numbers are no numbers to a writer of JSON
    value, base = float(measured.value), None if measured.base is None else float(measured.base)
    limit = by_chance(float(row["limit"]), measured.share_of)
    return Verdict(name, value, base, int(measured.tried), limit, measured.says, row["reason"])


def by_chance(limit: float, tries: int) -> float:
    """The share of so many tries that is hardly ever exceeded where each succeeds as often as the limit says.

    Of few tries a share says little: of 23 that each succeed with .2, every tenth time more than .3 do.
    """
    if not tries or not 0 < limit < 1:
        return limit
    beyond, successes = 1.0, 0
    while beyond > 1 / _BY_CHANCE:
        beyond -= math.exp(_log_chance(successes, tries, limit))
        successes += 1
    return max(limit, (successes - 1) / tries)


def _log_chance(successes: int, tries: int, share: float) -> float:
    """The logarithm of the binomial chance of just so many successes."""
    ways = math.lgamma(tries + 1) - math.lgamma(successes + 1) - math.lgamma(tries - successes + 1)
    return ways + successes * math.log(share) + (tries - successes) * math.log1p(-share)
