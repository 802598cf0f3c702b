"""What can be asked, as data, and the catalogue of it: frozen, checked when it is loaded; no database and no person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from dataport.dictionary import CodeList
from dataport.errors import UnknownName, WrongRequest
from dataport.semantic.arithmetic import Arithmetic, Days, Of, Over, replaced
from dataport.semantic.condition import ALWAYS, Condition
from dataport.semantic.formula import Change, Composition, Derived, Formula, Measure, Share, Simple, known_of
from dataport.semantic.held import Held
from dataport.semantic.kpi import Kpi
from dataport.semantic.movement import Boundaries, Movement
from dataport.semantic.names import indicator_compared
from dataport.semantic.numbers import DOUBLE, WHOLE, Number
from dataport.semantic.policy import AS_GRANTED, Policy, Tier
from dataport.semantic.record import NO_RECORDS, RecordModels
from dataport.semantic.rollup import Rollup
from dataport.semantic.rule import Rule
from dataport.semantic.schema import Columns
from dataport.semantic.source_of import SourceOf

ValueType: TypeAlias = Literal["text", "integer", "number", "boolean", "date"]
Grain: TypeAlias = Literal["day", "week", "month", "quarter", "year"]

GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
VALUE_TYPES: tuple[ValueType, ...] = ("text", "integer", "number", "boolean", "date")
NUMBER_TYPES: tuple[ValueType, ...] = ("integer", "number")
# The member of a breakdown into which a top puts all others. An answer in which another member is called so is refused.
OTHER = "(other)"


@dataclass(frozen=True, slots=True)
class Validity:
    """The half-open interval ``start <= t < end`` in which a row holds, in recorded time."""

    start: str
    end: str


@dataclass(frozen=True, slots=True)
class Identity:
    """How a person is known who has records in several stores, of which one at any instant stands for the person.

    Attributes:
        record: the column of the record that a row is of.
        registration: the column of what all records of one person share.
        rank: of several records, the one with the least rank stands; null for the only one. Without it, rows count
            whichever record they are of, and persons are told apart by their registration.
        of: the fact whose rows say when a record is there.
        at: for what happened, the column of the instant at which its record must stand; otherwise throughout.
    """

    record: str
    registration: str
    rank: str | None
    of: str
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A table of things that are counted.

    Attributes:
        entity: what one row speaks of; permissions are given on entities.
        unit: the column of the durable key; at any instant one row at most has it.
        validity: set for interval-shaped facts, from which stocks are counted.
        axes: name of a date axis to its column, from which flows are counted. A fact with a validity too is counted as
            was known at the end of the period.
        scope: the column that leads to the entity which grants are about, here the business unit. A fact without one
            cannot be asked by anybody.
        boundaries: for an interval-shaped fact that says why its rows begin and end.
        attributes_of: a further entity whose attributes its columns are: those of a document's row are its person's.
        identity: for rows of persons who may have records in several stores.
        columns: the columns of the table with their types, where the file was read before its definitions; else none.
        held: where a file of one's own holds the table.
    """

    name: str
    label: str
    table: str
    entity: str
    unit: str
    scope: str | None
    validity: Validity | None = None
    axes: Mapping[str, str] = field(default_factory=dict)
    boundaries: Boundaries | None = None
    attributes_of: str | None = None
    identity: Identity | None = None
    columns: Columns = field(default_factory=Columns)
    held: Held | None = None


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
    columns: Columns = field(default_factory=Columns)
    held: Held | None = None


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
class Bands:
    """Numbers of another level put together: each band begins at an edge and ends before the next, the last is open.

    What lies below the first edge is unknown.
    """

    base: str
    edges: tuple[int, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The members, from the lowest: ``0-4``, ``5`` or ``60+``."""
        ends = [edge - 1 for edge in self.edges[1:]]
        closed = [str(low) if low == high else f"{low}-{high}" for low, high in zip(self.edges, ends, strict=False)]
        return (*closed, f"{self.edges[-1]}+")


@dataclass(frozen=True, slots=True)
class Level:
    """Something an answer can be broken down or filtered by.

    Attributes:
        on: fact name to the column that holds the level there. For a level with `via` or `bands`, empty: it follows
            its base.
        through: further facts, whose rows can only be filtered by it.
        computed: how its value is worked out at the date asked: ``age`` in completed years since its column's date.
        composed_of: for a number that was counted over members, how those in scope are counted instead.
        code_list: the public list of its members, if it has one.
        tier: T0 geography, period and population group; T1 quasi-identifying; T2 sensitive.
        entity, entities: further ones that a viewer must be permitted, beside the fact's own.
        tells_of: levels whose fields it was worked out of before: who may not have one of them may not have it.
        place_level: for places, how fine (0 country … 6); a role's finest level caps it.
        ordered: members are shown in the code list's order, not by code.
        number: of what type its numbers are, where the file was read before its definitions.
        source_of: for a level whose members say which stores their rows can come from.
    """

    name: str
    label: str
    type: ValueType = "text"
    on: Mapping[str, str] = field(default_factory=dict)
    via: Via | None = None
    bands: Bands | None = None
    through: Through | None = None
    computed: Literal["age"] | None = None
    composed_of: Composition | None = None
    code_list: str | None = None
    tier: Tier = "T0"
    entity: str | None = None
    entities: tuple[str, ...] = ()
    tells_of: tuple[str, ...] = ()
    place_level: int | None = None
    ordered: bool = False
    description: str = ""
    number: Number | None = None
    source_of: SourceOf | None = None

    @property
    def base(self) -> str | None:
        """The level that this one is worked out from, row by row of an answer; None if it stands on facts."""
        return self.via.base if self.via else self.bands.base if self.bands else None


@dataclass(frozen=True, slots=True)
class Indicator:
    """A number with a name that the field knows.

    Attributes:
        over: how a stock behaves along time and place, and when it is stale, in words that the catalogue shows.
        internal: an input of other indicators that is not asked for by itself.
        levels: for indicators that may be broken down by some levels only (of the group, say); None: by all.
        number: of what type its numbers are in the engine.
        entities, tells_of: as for a level.
    """

    name: str
    label: str
    description: str
    unit: str
    type: ValueType
    formula: Formula
    subject: str
    over: str = ""
    internal: bool = False
    tier: Tier = "T0"
    levels: tuple[str, ...] | None = None
    levels_reason: str = ""
    number: Number = WHOLE
    entities: tuple[str, ...] = ()
    tells_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Leaf(Indicator):
    """An indicator that is counted by itself, and not made of others. Whatever is counted in the end is one."""

    formula: Simple

    @property
    def measure(self) -> Measure:
        return self.formula.measure


@dataclass(frozen=True, slots=True)
class Catalog:
    """All definitions, and the digest that tells one set of definitions from another."""

    facts: Mapping[str, Fact]
    dimensions: Mapping[str, Dimension]
    levels: Mapping[str, Level]
    indicators: Mapping[str, Indicator]
    code_lists: Mapping[str, CodeList]
    digest: str
    rollups: Mapping[str, Rollup] = field(default_factory=dict)
    policies: tuple[Policy, ...] = (AS_GRANTED,)
    movements: tuple[Movement, ...] = ()
    records: RecordModels = NO_RECORDS
    rules: tuple[Rule, ...] = ()
    kpis: tuple[Kpi, ...] = ()

    def indicator(self, name: str) -> Indicator:
        """The indicator that may be asked for by this name; UnknownName with the nearest otherwise."""
        found = self.indicators.get(name)
        if found is None or found.internal:
            raise UnknownName("indicator", name, self.public_indicators(), "`dataport catalog indicators` lists them.")
        return found

    def level(self, name: str) -> Level:
        """The level of this name; UnknownName with the nearest otherwise."""
        if name in GRAINS:
            raise WrongRequest(
                f"{name} is how long the periods of a trend are, and no row has it: choose the days with "
                f"`--period FROM..TO`, and a trend with `--grain {name}`."
            )
        if name not in self.levels and indicator_compared(name) in self.indicators:
            raise WrongRequest(
                f"{name} is a column of a comparison, and rows are not filtered by it: `--order {name}` puts them in "
                "its order, and `--top N` keeps the first."
            )
        if name not in self.levels:
            raise UnknownName("breakdown", name, self.levels, "`dataport catalog breakdowns` lists them.")
        return self.levels[name]

    def public_indicators(self) -> tuple[str, ...]:
        return tuple(name for name, indicator in self.indicators.items() if not indicator.internal)

    def leaves(self, indicator: Indicator) -> Iterator[Leaf]:
        """The simple indicators that an indicator is computed from, itself included where it is one."""
        if isinstance(indicator, Leaf):
            yield indicator
        for name in self.made_of(indicator):
            yield from self.leaves(self.indicators[name])

    def made_of(self, indicator: Indicator) -> tuple[str, ...]:
        """Names of the indicators that an indicator is directly computed from."""
        match indicator.formula:
            case Derived():
                return indicator.formula.names
            case Share(of, _) | Change(of, _, _):
                return (of,)
            case _:
                return ()

    def expression(self, name: str) -> Arithmetic:
        """An indicator as arithmetic of what is counted; see `known_of` for what an average is divided by."""
        match self.indicators[name].formula:
            case Derived(expression):
                return replaced(expression, self.expression)
            case Simple(Measure(aggregate="average")):
                return Over(Of(name), Of(known_of(name)))
            case Simple(kind="average"):
                return Over(Of(name), Days())
            case _:
                return Of(name)

    def counted_as(self, name: str) -> Number:
        """The type of what is counted for a simple indicator."""
        one = self.indicators[name]
        assert isinstance(one, Leaf)
        return one.measure.number or (DOUBLE if one.type == "number" else WHOLE)

    def path(self, level: Level) -> list[Level]:
        """From the level that stands on facts to this one, as far as the catalog holds them."""
        return [*self.path(self.levels[level.base]), level] if level.base and level.base in self.levels else [level]

    def column(self, level: Level, fact: str) -> str | None:
        """The column of a fact that holds the level, or the key from which it is reached; None if neither exists."""
        if level.base and level.base in self.levels:
            return self.column(self.levels[level.base], fact)
        if self.is_through(level, fact):
            assert level.through
            return level.through.link
        return level.on.get(fact)

    def facts_of(self, indicator: Indicator) -> tuple[str, ...]:
        """Names of the facts that an indicator is counted on."""
        return tuple(dict.fromkeys(leaf.measure.fact for leaf in self.leaves(indicator)))

    def is_through(self, level: Level, fact: str) -> bool:
        """Whether rows of a fact can only be filtered by a level, by what they have on another fact."""
        return level.through is not None and fact in level.through.of

    def label(self, level: Level, code: str) -> str:
        """A member's name for people; the code itself where no list knows it."""
        codes = self.code_lists.get(level.code_list or "")
        return codes.labels.get(code, code) if codes else code
