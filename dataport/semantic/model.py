"""What can be asked, as data: facts, dimensions, levels, indicators, and the catalogue that holds them.

Everything here is frozen, checked when it is loaded, and knows no database and no person.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from dataport.dictionary import CodeList
from dataport.errors import UnknownName
from dataport.semantic.arithmetic import Arithmetic, Of, names_of, replaced
from dataport.semantic.condition import ALWAYS, Condition

ValueType: TypeAlias = Literal["text", "integer", "number", "boolean", "date"]
Tier: TypeAlias = Literal["T0", "T1", "T2"]
TimeKind: TypeAlias = Literal["stock", "flow", "cumulative"]
Grain: TypeAlias = Literal["day", "month", "quarter", "year"]

GRAINS: tuple[Grain, ...] = ("day", "month", "quarter", "year")
VALUE_TYPES: tuple[ValueType, ...] = ("text", "integer", "number", "boolean", "date")
AGGREGATES: tuple[Literal["count", "sum"], ...] = ("count", "sum")
TIERS: tuple[Tier, ...] = ("T0", "T1", "T2")


@dataclass(frozen=True, slots=True)
class Validity:
    """The half-open interval ``start <= t < end`` in which a row holds, in recorded time."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A table of things that are counted.

    Attributes:
        entity: what one row speaks of; permissions are given on entities.
        unit: the column of the durable key; at any instant one row at most has it.
        validity: set for interval-shaped facts, from which stocks are counted.
        axes: name of a date axis to its column, for event-shaped facts, from which flows are counted.
        scope: the column that leads to the entity which grants are about, here the business unit. A fact without one
            cannot be asked by anybody.
    """

    name: str
    label: str
    table: str
    entity: str
    unit: str
    scope: str | None
    validity: Validity | None = None
    axes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Dimension:
    """A table that describes members: one row per key (per key and instant, where it has a validity).

    ``public`` says that its rows speak of places and codes, not of people, so no grant narrows it; ``reason`` says why.
    """

    name: str
    table: str
    key: str
    public: bool
    reason: str
    validity: Validity | None = None


@dataclass(frozen=True, slots=True)
class Via:
    """How a level is reached: from the key held by another level, through a dimension, to one of its columns."""

    base: str
    dimension: str
    column: str


@dataclass(frozen=True, slots=True)
class Through:
    """How rows of a fact are filtered by what they have on another one, of which there may be many or none.

    A person passes ``need_category = 'DS'`` who has at least one such need, and counts once. Nothing can be broken down
    through it: a person with three needs would count three times.

    Attributes:
        of: the facts whose rows are filtered.
        fact: the fact of the things that they have; the level stands on it.
        link: the column that both have.
        where: which of those things count at all.
    """

    of: tuple[str, ...]
    fact: str
    link: str
    where: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Level:
    """Something an answer can be broken down or filtered by.

    Attributes:
        on: fact name to the column that holds the level there. For a level with `via`, empty: it follows its base.
        through: further facts, whose rows can only be filtered by it.
        code_list: the public list of its members, if it has one.
        tier: T0 geography, period and population group; T1 quasi-identifying; T2 sensitive.
        entity: a further entity that a viewer must be permitted, beside the fact's own.
        place_level: for places, how fine (0 country … 6); a role's finest level caps it.
        ordered: members are shown in the code list's order, not by code.
    """

    name: str
    label: str
    type: ValueType = "text"
    on: Mapping[str, str] = field(default_factory=dict)
    via: Via | None = None
    through: Through | None = None
    code_list: str | None = None
    tier: Tier = "T0"
    entity: str | None = None
    place_level: int | None = None
    ordered: bool = False
    description: str = ""


@dataclass(frozen=True, slots=True)
class Composition:
    """How a precomputed sum is counted member by member, for viewers whose rows are limited.

    A group's ``active_member_count`` was computed over all its members. Who may see only some rows gets the count of
    the members in scope instead: rows of `fact` with `where`, joined to the group by `link` while both hold.
    """

    fact: str
    link: str
    where: Condition


@dataclass(frozen=True, slots=True)
class Measure:
    """One number per set of rows: a count of rows or a sum of a column, over the rows where the condition holds."""

    fact: str
    aggregate: Literal["count", "sum"] = "count"
    column: str | None = None
    where: Condition = ALWAYS
    composition: Composition | None = None


@dataclass(frozen=True, slots=True)
class Simple:
    """A measure over time.

    A stock is counted at an instant; a flow over days, along one of its fact's date axes; a cumulative flow from the
    first day that there is to the day asked.
    """

    measure: Measure
    kind: TimeKind
    axis: str | None = None


@dataclass(frozen=True, slots=True)
class Derived:
    """Arithmetic of other indicators, each counted by itself at the grain of the answer."""

    expression: Arithmetic


@dataclass(frozen=True, slots=True)
class Share:
    """An additive indicator as a share of the whole answer, or of its parent: cells alike in all but the last level."""

    of: str
    within: Literal["total", "parent"]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number with a name that the field knows.

    Attributes:
        over: how a stock behaves along time and place, and when it is stale, in words that the catalogue shows.
        internal: an input of other indicators that is not asked for by itself.
        levels: for indicators that may be broken down by some levels only (of the group, say); None: by all.
    """

    name: str
    label: str
    description: str
    unit: str
    type: ValueType
    formula: Simple | Derived | Share
    subject: str
    over: str = ""
    internal: bool = False
    tier: Tier = "T0"
    levels: tuple[str, ...] | None = None
    levels_reason: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """All definitions, and the digest that tells one set of definitions from another."""

    facts: Mapping[str, Fact]
    dimensions: Mapping[str, Dimension]
    levels: Mapping[str, Level]
    indicators: Mapping[str, Indicator]
    code_lists: Mapping[str, CodeList]
    digest: str

    def indicator(self, name: str) -> Indicator:
        """The indicator that may be asked for by this name; UnknownName with the nearest otherwise."""
        found = self.indicators.get(name)
        if found is None or found.internal:
            raise UnknownName("indicator", name, self.public_indicators(), "`dataport catalog indicators` lists them.")
        return found

    def level(self, name: str) -> Level:
        """The level of this name; UnknownName with the nearest otherwise."""
        if name not in self.levels:
            raise UnknownName("breakdown", name, self.levels, "`dataport catalog breakdowns` lists them.")
        return self.levels[name]

    def public_indicators(self) -> tuple[str, ...]:
        return tuple(name for name, indicator in self.indicators.items() if not indicator.internal)

    def leaves(self, indicator: Indicator) -> Iterator[Indicator]:
        """The simple indicators that an indicator is computed from, itself included where it is one."""
        if isinstance(indicator.formula, Simple):
            yield indicator
        for name in self.made_of(indicator):
            yield from self.leaves(self.indicators[name])

    def made_of(self, indicator: Indicator) -> tuple[str, ...]:
        """Names of the indicators that an indicator is directly computed from."""
        match indicator.formula:
            case Derived(expression):
                return tuple(dict.fromkeys(names_of(expression)))
            case Share(of, _):
                return (of,)
            case _:
                return ()

    def expression(self, name: str) -> Arithmetic:
        """An indicator as arithmetic of simple ones."""
        formula = self.indicators[name].formula
        return replaced(formula.expression, self.expression) if isinstance(formula, Derived) else Of(name)

    def column(self, level: Level, fact: str) -> str | None:
        """The column of a fact that holds the level, or the key from which it is reached; None if neither exists."""
        if level.via:
            return self.column(self.levels[level.via.base], fact)
        if self.is_through(level, fact):
            assert level.through
            return level.through.link
        return level.on.get(fact)

    def facts_of(self, indicator: Indicator) -> tuple[str, ...]:
        """Names of the facts that an indicator is counted on."""
        formulas = [leaf.formula for leaf in self.leaves(indicator)]
        return tuple(dict.fromkeys(f.measure.fact for f in formulas if isinstance(f, Simple)))

    def is_through(self, level: Level, fact: str) -> bool:
        """Whether rows of a fact can only be filtered by a level, by what they have on another fact."""
        return level.through is not None and fact in level.through.of

    def label(self, level: Level, code: str) -> str:
        """A member's name for people; the code itself where no list knows it."""
        codes = self.code_lists.get(level.code_list or "")
        return codes.labels.get(code, code) if codes else code
