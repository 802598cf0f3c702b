"""Refusals and work done: whether the way in which something is not told depends on what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from dataport.attackers.verdict import Measured


@dataclass(frozen=True, slots=True)
class Told:
    """What came of asking for something that is not told.

    Attributes:
        question: the kind of question, which anybody knows who asks it.
        truth: what it is: nobody, few, or withheld beside others. What the attacker wants to know.
        text: what was printed.
        exit_code: how it ended.
        work: what was done for it: statements, tables opened, rows looked at.
    """

    question: str
    truth: str
    text: str
    exit_code: int
    work: tuple[str, ...]


def refusals(answers: Sequence[Told]) -> Measured:
    """How much more often the truth is named by somebody who sees how it is not told than by somebody who does not."""
    if not answers:
        return Measured(0.0, None, 0, "nothing was asked")
    ways: dict[tuple[str, str, int, tuple[str, ...]], Counter[str]] = {}
    questions: dict[str, Counter[str]] = {}
    for one in answers:
        questions.setdefault(one.question, Counter())[one.truth] += 1
        ways.setdefault((one.question, one.text, one.exit_code, one.work), Counter())[one.truth] += 1
    base = sum(max(counts.values()) for counts in questions.values()) / len(answers)
    named = sum(max(counts.values()) for counts in ways.values()) / len(answers)
    says = f"how much more often what is withheld is named; {len(questions)} kinds of questions, {len(ways)} ways"
    return Measured(named - base, base, len(answers), says)
