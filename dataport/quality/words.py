"""words: how numbers of a scorecard read for people, on a terminal and on a page alike."""

from __future__ import annotations

from datetime import date

from dataport.quality.card import Line, Number, Rank
from dataport.semantic.offices import Office

# What follows a number that is off its target, and one behind which there are few; and what stands for one not told.
OFF, FEW, NOT_TOLD = "!", "*", ":"
NOTHING = "n/a"
STAND_INS = (
    "Measures, targets and weights are stand-ins: the real ones are not published. `dataport quality show KPI` says "
    "what each is made of."
)


def share(value: float | None) -> str:
    """A share in percent.

    >>> share(0.2174), share(None)
    ('21.7%', 'n/a')
    """
    return NOTHING if value is None else f"{value:.1%}"


def points(value: float | None) -> str:
    """A difference of shares in points of a percent.

    >>> points(0.013), points(-0.0001)
    ('+1.3 pp', '0.0 pp')
    """
    if value is None:
        return NOTHING
    told = f"{value * 100:+.1f}"
    return f"{'0.0' if told in ('+0.0', '-0.0') else told} pp"


def count(value: Number | None) -> str:
    """A number of records."""
    return NOTHING if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def value_of(one: Line) -> str:
    """The value of a line, with its marks."""
    if not one.is_permitted:
        return NOT_TOLD
    return share(one.value) + (OFF if one.meets_target is False else "") + (FEW if one.is_small else "")


def amount_of(one: Line, amount: Number | None) -> str:
    """A number of records of a line."""
    return count(amount) if one.is_permitted else NOT_TOLD


def target_of(one: Line) -> str:
    """A target, and on which side of it a value should be."""
    return f"{'≤' if one.kpi.better == 'lower' else '≥'} {share(one.target)}"


def rank_of(rank: Rank | None) -> str:
    """A place among siblings."""
    return "" if rank is None else f"{rank.place} of {rank.of}"


def nothing_judged(unit: Office | None, as_of: date) -> str:
    """That a card is empty. The same sentence whether there are no records or none that the viewer may count: which
    of the two it is would tell of records outside the scope.

    >>> nothing_judged(None, date(2022, 2, 28))
    'No record was judged as of 2022-02-28: there is none, or none that this account may count.'
    """
    of = "" if unit is None else f" of {unit}"
    return f"No record{of} was judged as of {as_of}: there is none, or none that this account may count."


def off_target(lines: tuple[Line, ...]) -> str:
    """What is said where no line is off its target."""
    known = [one for one in lines if one.value is not None]
    if not known:
        return "No measure has a value, so none is held against its target."
    return "All are on target." if len(known) == len(lines) else "All that have a value are on target."


def improved_none(lines: tuple[Line, ...]) -> str:
    """What is said where no line improved."""
    known = any(one.moved is not None for one in lines)
    return "None improved." if known else "No measure has two values to compare."


def legend(lines: tuple[Line, ...]) -> tuple[str, ...]:
    """What the marks mean that occur."""
    said = []
    if any(one.meets_target is False for one in lines):
        said.append(f"{OFF} off its target")
    if any(one.is_small for one in lines):
        said.append(f"{FEW} few records behind it: not for onward release")
    if not all(one.is_permitted for one in lines):
        said.append(f"{NOT_TOLD} not for this viewer's role")
    if any(one.is_permitted and one.value is None for one in lines):
        said.append(f"{NOTHING} nothing to judge")
    return tuple(said)
