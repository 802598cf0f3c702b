"""Question: a request with every name bound and every date known. It may be asked; by whom is not decided yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from dataport.semantic.condition import ALWAYS, Condition, for_the_log, in_words, levels_of
from dataport.semantic.formula import Change, Composition, Measure, Simple, Since
from dataport.semantic.horizons import Horizons
from dataport.semantic.members import as_written, is_listed
from dataport.semantic.model import Catalog, Indicator, Leaf, Level
from dataport.semantic.movement import ByMovements, Decomposition
from dataport.semantic.names import BEFORE, CHANGE, hidden
from dataport.semantic.request import Geography, OrderBy
from dataport.semantic.timeline import Timeline, matured

# What follows the names of measures that are counted on the dates compared with.
EARLIER = hidden("", "before")


@dataclass(frozen=True, slots=True)
class Side:
    """One set of dates on which indicators are counted: those asked about, or those that they are held against.

    Attributes:
        suffix: what follows the name of an indicator in the names of its measures on these dates.
        since: set for the earlier dates of indicators that are changes.
    """

    suffix: str
    line: Timeline
    since: Since | None = None


def suffix_of(since: Since) -> str:
    """The suffix of the measures that a change is reckoned from."""
    return hidden("", since)


def flag_of_others(level: str) -> str:
    """The column that tells the others of a breakdown from a member that is called as they are."""
    return hidden(level, "others")


@dataclass(frozen=True, slots=True)
class Question:
    """One answerable question.

    Attributes:
        catalog: the definitions that its names are bound to.
        indicators: in the order asked.
        by: breakdowns in the order asked, without the period, which a trend always has.
        where: the filter, typed; levels by name.
        timeline: the dates.
        today: the instant that `geography` "today" means: the watermark.
        having: the filter on the indicators themselves: rows for which it does not hold are not shown.
        compared: the dates that the answer is compared with, if any.
        order: explicit terms only; the remaining order follows the breakdowns.
        top: so many rows are kept; in a trend so many members, which are the first over all of it, with all periods;
            with a breakdown across so many lines, which are the first over all its members, with all of them.
        other: of the first breakdown, so many members are kept and the rest put together.
        across: the breakdown, or the period, whose members stand beside each other, if any.
        subtotals: the breakdowns that a total keeps, for each total asked for.
        since: the earlier dates of indicators that are changes.
        has_links: whether a person may be met twice, in records of several stores.
        horizons: what each store in the viewer's scope is known of; None where there is one horizon for all.
        decomposed: set where the change since the dates compared with is to be taken apart, and how.
        readings: which codes of the filter were taken for which members, in words.
    """

    catalog: Catalog
    indicators: tuple[Indicator, ...]
    by: tuple[Level, ...]
    where: Condition
    timeline: Timeline
    geography: Geography
    today: datetime
    order: tuple[OrderBy, ...]
    top: int | None
    having: Condition = ALWAYS
    compared: Timeline | None = None
    other: int | None = None
    subtotals: tuple[tuple[str, ...], ...] = ()
    since: tuple[Side, ...] = ()
    decomposed: Decomposition | None = None
    readings: tuple[str, ...] = ()
    horizons: Horizons | None = None
    has_links: bool = False
    across: str | None = None

    def within(self, horizons: Horizons) -> Question:
        """The same question over what the stores in a viewer's scope are known of, where they are several."""
        return replace(self, horizons=horizons) if len(horizons.names) > 1 else self

    @property
    def keys(self) -> tuple[str, ...]:
        """What tells one row from another, the period apart: the breakdowns, and whether it is of the others."""
        return (*(level.name for level in self.by), *((flag_of_others(self.by[0].name),) if self.other else ()))

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every simple indicator needed, each once."""
        found = {leaf.name: leaf for one in self.indicators for leaf in self.catalog.leaves(one)}
        return tuple(found.values())

    @property
    def sides(self) -> tuple[Side, ...]:
        """All dates that something is counted on, the ones asked about first."""
        compared = (Side(EARLIER, self.compared),) if self.compared else ()
        return (Side("", self.timeline), *compared, *self.since)

    def counted_on(self, side: Side) -> tuple[Leaf, ...]:
        """The simple indicators that are needed on these dates."""
        if side.since is None:
            return self.leaves
        changes = [one for one in self.inputs if isinstance(one.formula, Change) and one.formula.since == side.since]
        return tuple(dict.fromkeys(leaf for one in changes for leaf in self.catalog.leaves(one)))

    def line_of(self, formula: Simple, line: Timeline) -> Timeline:
        """Some dates as far as an indicator can be counted on them."""
        return matured(line, self.today, formula.matures) if formula.matures else line

    @property
    def inputs(self) -> tuple[Indicator, ...]:
        """Every indicator that the ones asked for are computed from, each once; a simple one is its own."""
        found: dict[str, Indicator] = {}
        waiting = list(self.indicators)
        while waiting:
            one = waiting.pop()
            found[one.name] = one
            waiting += [self.catalog.indicators[name] for name in self.catalog.made_of(one) if name not in found]
        return tuple(found.values())

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of numbers: each indicator, and with a comparison its number before and the change."""
        return tuple(one.name + suffix for one in self.indicators for suffix in self.suffixes)

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What follows the name of an indicator in the names of its columns."""
        return ("", BEFORE, CHANGE) if self.compared else ("",)

    @property
    def takes_members(self) -> bool:
        """Whether its top is of members, each with all its periods and all that stands across, and not of rows."""
        return self.top is not None and (self.timeline.grain is not None or self.across is not None)

    @property
    def going_down(self) -> tuple[str, ...]:
        """The breakdowns that tell one line from another: all but the one across."""
        return tuple(level.name for level in self.by if level.name != self.across)

    @property
    def tells_causes(self) -> bool:
        """Whether it tells why rows begin and end."""
        return isinstance(self.decomposed, ByMovements)

    @property
    def has_flows(self) -> bool:
        """Whether anything is counted over a span of days."""
        return any(leaf.formula.is_over_days for leaf in self.leaves)

    @property
    def facts(self) -> tuple[str, ...]:
        """Names of the facts that are counted."""
        return tuple(dict.fromkeys(fact for one in self.indicators for fact in self.catalog.facts_of(one)))

    @property
    def through(self) -> tuple[str, ...]:
        """Names of the facts that rows are only filtered by, or must come to."""
        levels = [self.catalog.levels[name] for name in levels_of(self.where)]
        found = [one.through.fact for one in levels if one.through and set(one.through.of) & set(self.facts)]
        attained = [one.formula.attains for one in self.leaves]
        return tuple(dict.fromkeys([*found, *(one.fact for one in attained if one)]))

    @property
    def mentioned(self) -> tuple[Level, ...]:
        """Every level that says something of the rows: breakdowns, filters, filters inside indicators."""
        return tuple(self.catalog.levels[name] for name in dict.fromkeys(self._mentioned()))

    @property
    def referenced(self) -> tuple[Level, ...]:
        """Every level mentioned, and the bases through which they are reached."""
        names = self._mentioned()
        for name in list(names):
            base = self.catalog.levels[name].base
            while base:
                names.append(base)
                base = self.catalog.levels[base].base
        return tuple(self.catalog.levels[name] for name in dict.fromkeys(names))

    @property
    def compositions(self) -> tuple[Composition, ...]:
        """How precomputed numbers in the question are counted for viewers whose rows are limited."""
        leaves = [leaf.measure for leaf in self.leaves]
        names = [level.name for level in self.by] + list(levels_of(self.where))
        names += [name for one in leaves for name in _levels_in(one)]
        found = [one.composition for one in leaves]
        found += [level.composed_of for name in names for level in self.catalog.path(self.catalog.levels[name])]
        return tuple(dict.fromkeys(one for one in found if one))

    def _mentioned(self) -> list[str]:
        names = [level.name for level in self.by] + list(levels_of(self.where))
        for name in levels_of(self.where):
            through = self.catalog.levels[name].through
            names += levels_of(through.where) if through and through.fact in self.through else ()
        for leaf in self.leaves:
            names += _levels_in(leaf.measure)
            names += levels_of(leaf.formula.attains.where) if leaf.formula.attains else ()
        for composition in self.compositions:
            names += levels_of(composition.where)
        return names

    def places_at(self, line: Timeline) -> datetime:
        """The instant whose version of places and code lists rows counted on these dates are put under."""
        return line.closes_at if self.geography == "as-was" else self.today

    def in_words(self) -> str:
        """The question as one sentence, without any data."""
        return self._sentence(as_written(self.where, self.catalog))

    def logged(self) -> str:
        """The sentence as it is written down: without values that no public list knows, and with short lists."""
        where = as_written(self.where, self.catalog)
        return self._sentence(for_the_log(where, lambda name, value: is_listed(self.catalog, name, value)))

    def _sentence(self, where: Condition) -> str:
        words = ", ".join(one.label.lower() for one in self.indicators)
        if self.by:
            words += " by " + ", ".join(level.label.lower() for level in self.by)
        filters = in_words(where)
        if filters != "everything":
            words += f" where {filters}"
        if self.having != ALWAYS:
            words += f" having {in_words(self.having)}"
        line, other = self.timeline, self.compared
        if self.decomposed and other:
            return f"{words}, change between {other.as_of} and {line.as_of}"
        when = f"each {line.grain} to {line.as_of}" if line.grain else f"as of {line.as_of}"
        compared = f" compared with {other.as_of}{self._flows(other)}" if other else ""
        return f"{words}, {when}{self._flows(line)}{compared}"

    def _flows(self, line: Timeline) -> str:
        """Over which days flows are counted, where there are any."""
        return f"; flows {line.span.first}..{line.span.last}" if self.has_flows and line.span else ""


def _levels_in(measure: Measure) -> tuple[str, ...]:
    return (*levels_of(measure.where), *((measure.of,) if measure.of else ()))
