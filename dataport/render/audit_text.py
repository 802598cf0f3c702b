"""audit_text: what an audit found, in words and figures that the terminal, the page and programs share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dataport.attackers.audit import Report
from dataport.attackers.utility import Utility
from dataport.attackers.verdict import Verdict
from dataport.dictionary import read_seed


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure of utility beside what it should be."""

    what: str
    measured: float
    goal: float
    at_least: bool

    @property
    def reached(self) -> bool:
        return self.measured >= self.goal if self.at_least else self.measured <= self.goal


def goals(utility: Utility) -> tuple[Goal, ...]:
    """Every figure that was measured, with the goal that the seed `utility_goal` has for it."""
    measured = {f"persons_{traits}": share for traits, share in utility.persons.items()} | {
        "cells_plain": utility.plain,
        "cells_sensitive": utility.sensitive,
        "error_plain": utility.plain_error,
        "error_sensitive": utility.sensitive_error,
    }
    return tuple(
        Goal(row["label"], measured[row["goal"]], float(row["value"]), row["is_least"] == "true")
        for row in read_seed("utility_goal")
        if row["goal"] in measured
    )


def opening(report: Report) -> str:
    """The first sentence: what came of it, and how far that goes."""
    broken = [one.name for one in report.verdicts if not one.passed]
    months = f"{report.months} month{'s' if report.months != 1 else ''}"
    if broken:
        which = ", ".join(broken)
        return f"{len(broken)} of {len(report.verdicts)} attacks on {months} of statistics got through: {which}."
    tried = sum(one.tried > 0 for one in report.verdicts)
    return f"None of {tried} attacks on {months} of statistics got further than its limit."


def standing(verdict: Verdict) -> str:
    """What became of an attack; one that had nothing to be tried on has shown nothing."""
    if not verdict.passed:
        return "BROKEN"
    return "held" if verdict.tried else "not tried"


def said(value: float | None) -> str:
    """A figure of an attack: a count as such, anything else with three places."""
    if value is None:
        return ""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.3f}"


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def told_as_other(utility: Utility) -> str:
    """How many of those who are in published cells are told of as others."""
    words = {1: "one trait", 2: "two", 3: "three"}
    shares = [f"{percent(share)} with {words[traits]}" for traits, share in utility.as_other.items()]
    return f"Of all persons, in cells that tell a trait as Other alone: {', '.join(shares) or 'none'}"


def as_record(report: Report) -> dict[str, Any]:
    """For programs."""
    return {
        "passed": report.passed,
        "attackers": [
            {
                "name": one.name,
                "measured": one.measured,
                "limit": one.limit,
                "passed": one.passed,
                "base": one.base,
                "tried": one.tried,
                "says": one.says,
                "reason": one.reason,
            }
            for one in report.verdicts
        ],
        "utility": [
            {"what": one.what, "measured": one.measured, "goal": one.goal, "reached": one.reached}
            for one in goals(report.utility)
        ],
        "as_other": {str(traits): share for traits, share in report.utility.as_other.items()},
        "worst": [{"name": name, "persons_published": share} for name, share in report.utility.worst],
        "guaranteed": list(report.guaranteed),
        "not_guaranteed": list(report.not_guaranteed),
        "months": report.months,
    }
