"""report: the quality of a unit's records in a month, for its meeting: one page by itself, and a workbook.

Made with the rights of one account, and written down as its look. What the account may not know is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from dataport.access import Within
from dataport.ask import Asker
from dataport.errors import Refused
from dataport.house import House
from dataport.quality.card import Line, Scorecard, Wanted
from dataport.quality.scorecard import end_of_month, scorecard
from dataport.quality.sizes import Size, with_excused, work_sizes
from dataport.quality.tables import Table, card_table, lines_table, sizes_table
from dataport.quality.words import STAND_INS, improved_none, off_target
from dataport.visit import accounted

MOST = 5
DOOR = "quality report"


@dataclass(frozen=True, slots=True)
class Report:
    """What a unit's meeting has before it.

    Attributes:
        month: as it was typed, ``2022-02``.
        worst, improved: the five that are furthest from their targets, and that came furthest the right way.
        sizes: of the working list, by KPI; None where the account opens no records, or nobody said what for.
    """

    card: Scorecard
    month: str
    worst: tuple[Line, ...]
    improved: tuple[Line, ...]
    sizes: tuple[Size, ...] | None
    made_at: datetime

    @property
    def title(self) -> str:
        return f"Quality of records, {self.card.unit}, {self.month}"

    @property
    def about(self) -> tuple[tuple[str, str], ...]:
        """What it is, in words, for its last lines."""
        meta = self.card.meta
        return (
            ("As of", f"the end of {self.card.as_of} (UTC)"),
            ("Records of", self.card.scope),
            ("Made", f"{self.made_at:%Y-%m-%d %H:%M} UTC, with the rights of {meta['viewer']}"),
            ("Data version", str(meta["data_version"])),
            ("Definitions", str(meta["definitions"])),
            ("Stand-ins", STAND_INS),
            *(("Note", one) for one in self.card.notes),
        )

    @property
    def tables(self) -> tuple[tuple[str, Table], ...]:
        """The sheets of the workbook."""
        found = [
            ("Scorecard", card_table(self.card)),
            ("Worst", lines_table(self.worst, off_target(self.card.lines))),
            ("Improved most", lines_table(self.improved, improved_none(self.card.lines))),
        ]
        if self.sizes is not None:
            found.append(("Working list", sizes_table(self.sizes)))
        return tuple(found)


def report(unit: str, month: str, asker: Asker, house: House) -> Report:
    """The report of a unit on a month.

    Raises:
        UnknownName: there is no such unit.
        Refused: nothing of the unit is the account's to count.
        WrongRequest, OutsideHistory: it is no month, or one that the warehouse does not know to its end.
        DataportError: as `scorecard`.
    """
    with accounted(DOOR, f"{DOOR} {unit} {month}", asker, house):
        as_of, house = end_of_month(month), house.standing()  # the card and the list are of one version
    card = scorecard(Wanted(unit, as_of), asker, house, door=DOOR)
    with accounted(DOOR, f"{DOOR} {unit} {month}", asker, house):
        _require_some(card, house)
    card, sizes = _worked(card, asker, house)
    made_at = datetime.now(UTC).replace(tzinfo=None)
    return Report(card, month, card.worst[:MOST], card.most_improved[:MOST], sizes, made_at)


def _require_some(card: Scorecard, house: House) -> None:
    """Refuse a report on a unit of which nothing is the account's to count: it would say that there is nothing.

    Raises:
        Refused: by the rights alone, whatever there is.
    """
    assert card.unit
    below = frozenset(house.offices().below(card.unit.unit))
    rows = [one for part in card.rights for one in part.scopes.values()]
    if all(isinstance(one, Within) and below.isdisjoint(one.values) for one in rows):
        raise Refused(
            f"{card.unit} is outside the scope of this account, which may count records of other units. No report was "
            "made: ask for a unit of its own, or as an account whose scope it is in."
        )


def _worked(card: Scorecard, asker: Asker, house: House) -> tuple[Scorecard, tuple[Size, ...] | None]:
    """The card with what is excused, and the sizes of the working list."""
    try:
        sizes = work_sizes(card, asker, house, command=DOOR)
        return with_excused(card, card.as_of, asker, house, command=DOOR), sizes
    except Refused:
        return card, None  # who opens no records is told of none
