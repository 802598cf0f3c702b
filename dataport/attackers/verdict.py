"""What became of an attack: what it measured, how far it may go, and why."""

from __future__ import annotations

from dataclasses import dataclass

from dataport.dictionary import read_seed


@dataclass(frozen=True, slots=True)
class Measured:
    """What an attack brought.

    Attributes:
        value: what is held against the limit.
        base: the same for somebody who guesses without what was published, where that can be said.
        tried: how many cells, pairs or persons it was tried on.
        says: what the value is of, in words.
    """

    value: float
    base: float | None
    tried: int
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One attacker of the audit, judged.

    Attributes:
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
    return Verdict(name, value, base, int(measured.tried), float(row["limit"]), measured.says, row["reason"])
