"""Horizons: what each store in a viewer's scope knows of, and which of them the rows of a cell can come from.

A number is answered where every store that its cell can hold reaches its dates. Which stores those are is known where a
filter or a breakdown fixes them: by store, operation or business unit. It is never concluded from the rows that happen
to be there: of a date that a store does not reach, nothing is known of what its rows would have been.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from dataport.errors import OutsideHistory
from dataport.semantic.condition import Compare, Condition, OneOf, conjuncts
from dataport.semantic.formula import Simple
from dataport.semantic.period import DateRange
from dataport.semantic.timeline import Horizon, Period, Timeline

Sources = frozenset[str]
# What a file is called that says nothing of stores: whatever permissions name, it is all there is.
NAMELESS = ""


@dataclass(frozen=True, slots=True)
class Horizons:
    """What several stores know of.

    Attributes:
        of: each store's own range of recorded time.
        has_links: whether confirmed links join records of several stores.
        members: for each level that fixes stores, the stores that each of its members is of.
        absent: stores in scope of which nothing has been published: they reach no date.
    """

    of: Mapping[str, Horizon]
    members: Mapping[str, Mapping[str, Sources]] = field(default_factory=dict)
    has_links: bool = False
    absent: Sources = frozenset()

    def within(self, names: Sources | None) -> Horizons:
        """Of the stores in a viewer's scope only; None: of all.

        Permissions come before rows: a store may give some of which nothing has been published yet.

        Raises:
            OutsideHistory: nothing of any of these stores has been published.
        """
        if names is None or NAMELESS in self.of:
            return self
        kept = {name: one for name, one in self.of.items() if name in names}
        if not kept:
            raise OutsideHistory(
                "Nothing of the stores whose rows this viewer may see has been published yet, so no date can be "
                "answered. `dataport status` says how the last runs went."
            )
        return replace(self, of=kept, absent=names - frozenset(kept))

    @property
    def names(self) -> Sources:
        return frozenset(self.of) | self.absent

    @property
    def whole(self) -> Horizon:
        """The dates that some store reaches. Dates that nobody stated are chosen from those that all of them reach."""
        starts = [one.start for one in self.of.values()]
        watermarks = [one.watermark for one in self.of.values()]
        common = Horizon(max(starts), min(watermarks))
        # whoever sees one store alone meets nobody twice
        whole = Horizon(min(starts), max(watermarks), has_links=self.has_links and len(self.of) > 1)
        is_one = (common.start, common.watermark) == (whole.start, whole.watermark)
        return whole if is_one or common.start >= common.watermark else replace(whole, common=common)

    def fixed_by(self, condition: Condition) -> Sources:
        """The stores that rows for which a filter holds can come from."""
        found = self.names
        for part in conjuncts(condition):
            match part:
                case Compare(name, "=", str() as member) if name in self.members:
                    found &= self.of_member(name, member)
                case OneOf(name, values) if name in self.members:
                    found &= frozenset().union(*(self.of_member(name, str(value)) for value in values))
        return found

    def of_member(self, level: str, member: str | None) -> Sources:
        """The stores that a member of a level is of; all of them where that is not known."""
        return self.members[level].get(member or "", self.names) & self.names

    def fixing(self, levels: Iterable[str]) -> tuple[str, ...]:
        """Those of some levels that fix the stores of a cell."""
        return tuple(name for name in levels if name in self.members)

    def unreached(self, line: Timeline, period: Period | None, formula: Simple) -> Sources:
        """The stores that do not reach the dates of what is counted, in a period of a trend or without one."""
        behind = frozenset(name for name, one in self.of.items() if not _reaches(one, line, period, formula))
        return behind | self.absent


def _reaches(horizon: Horizon, line: Timeline, period: Period | None, formula: Simple) -> bool:
    if not formula.is_over_days:
        return horizon.holds(period.last if period else line.as_of)
    span = DateRange(period.begins, period.last) if period else line.span
    if span is None:
        return True  # nobody knows it, and it is said already
    # what must have had some days' time has had them by the day on which its own store was last read
    ready = horizon.watermark.date() - timedelta(days=formula.matures + 1) if formula.matures else horizon.last_day
    return horizon.first_whole_day <= span.first and span.last <= min(ready, horizon.last_day)
