"""The audit: every attacker on everything that is published, judged, with what is left of the statistics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dataport.attackers.averaging import averaging
from dataport.attackers.complements import complements, trackers
from dataport.attackers.downloaded import Level
from dataport.attackers.equality import set_equality
from dataport.attackers.insider import insider, insider_reconstruction
from dataport.attackers.intervals import intervals
from dataport.attackers.leftovers import leftovers
from dataport.attackers.means import means
from dataport.attackers.months import changes
from dataport.attackers.reconstruction import reconstruction
from dataport.attackers.refusals import Told, refusals
from dataport.attackers.register import Register
from dataport.attackers.slivers import slivers
from dataport.attackers.utility import Utility, utility
from dataport.attackers.verdict import Measured, Verdict, judged
from dataport.attackers.zeros import zeros

# By the name that the seed `attack_limit` and the report have for them, in the order of the report.
ATTACKERS: Mapping[str, Callable[[Register], Measured]] = {
    "slivers": slivers,
    "set equality": set_equality,
    "averaging": averaging,
    "intervals": intervals,
    "reconstruction": reconstruction,
    "complements": complements,
    "trackers": trackers,
    "zero against small": zeros,
    "change over time": changes,
    "what is left over time": leftovers,
    "means against counts": means,
    "insider": insider,
    "insider who solves": insider_reconstruction,
}

GUARANTEED = (
    "Every published number is of at least {persons} persons and {groups} registration groups, and so is what is left "
    "of any published number less another one within it, in one table, across tables or between the months that are "
    "held against each other.",
    "The same set of people has the same number wherever it is shown; a number is never further from the truth than "
    "{plain:.0f} persons, or {sensitive:.0f} where a sensitive attribute is told.",
    "What is not told is printed alike, whether it is nobody, few or withheld beside others.",
)
NOT_GUARANTEED = (
    "That nobody can be recognised: the attacks below are those that were tried, with their figures. Somebody who "
    "knows more than they did, or tries something else, may learn more.",
    "Facts about groups are told, which is what statistics are for: they also say something of each member of a group.",
)


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit says.

    Attributes:
        guaranteed, not_guaranteed: sentences.
    """

    verdicts: tuple[Verdict, ...]
    utility: Utility
    guaranteed: tuple[str, ...]
    not_guaranteed: tuple[str, ...]
    months: int

    @property
    def passed(self) -> bool:
        return all(one.passed for one in self.verdicts)


def audited(
    register: Register,
    country: Level,
    labels: Sequence[str],
    answers: Sequence[Told] = (),
    progress: Callable[[str], object] = lambda _: None,
) -> Report:
    """Everything that is published, attacked.

    Args:
        answers: what came of asking for things that are not told.
        progress: is told of each attacker before it begins, for over millions of people some take minutes.
    """
    seen, verdicts = register.seen, []
    for name, attack in ATTACKERS.items():
        progress(name)
        verdicts.append(judged(name, attack(register)))
    verdicts.append(judged("refusals and work done", refusals(answers)))
    words = {
        "persons": seen.fewest_persons,
        "groups": seen.fewest_groups,
        "plain": seen.plain.most,
        "sensitive": seen.sensitive.most,
    }
    told = tuple(sentence.format(**words) for sentence in GUARANTEED)
    return Report(tuple(verdicts), utility(register, country, labels), told, NOT_GUARANTEED, len(seen.months))
