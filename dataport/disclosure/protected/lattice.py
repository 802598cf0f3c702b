"""The lattice: which protected tables there are. It is finite, closed and made from seeds, without looking at data.

A canonical table is a set of levels, one of each hierarchy at most, with at most one sensitive attribute. Each costs
resolution; a table whose levels cost more than the budget does not exist. Whatever is coarser than a table that exists
exists too, because no coarser level costs more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from itertools import product
from typing import Literal, TypeAlias

from dataport.dictionary import disclosure_limit, read_seed

Kind: TypeAlias = Literal["place", "trait"]

GEOGRAPHY = "geography"
# Counts up when the code of the rules, and no seed of them, publishes something else.
_RULES = 3
# Ages are added up within each of these bands, and cut at its oldest.
YEARS_BY = "age_broad"


@dataclass(frozen=True, slots=True)
class LatticeLevel:
    """One level of a hierarchy.

    Attributes:
        depth: 1 is the coarsest of its hierarchy.
        is_recoded: whether its rare categories within a country are put together as other.
    """

    name: str
    hierarchy: str
    depth: int
    kind: Kind
    cost: int
    is_recoded: bool


@dataclass(frozen=True, slots=True)
class Sensitive:
    """An attribute of which a row is split into those who have it and those who have not.

    Attributes:
        member: of a level whose members a person may have several of, the one; empty where the level is the attribute.
        counts: ``groups`` where one person of each registration group has it, so that who has it are so many groups.
            That is no secret of anybody; everything else is.
    """

    level: str
    member: str
    cost: int
    counts: Literal["persons", "groups"] = "persons"

    @property
    def name(self) -> str:
        return f"{self.level}={self.member}" if self.member else self.level

    @property
    def is_secret(self) -> bool:
        return self.counts == "persons"

    @property
    def noise(self) -> str:
        """The kind of noise of its numbers: groups have a p-table and keys of their own."""
        return "sensitive" if self.is_secret else "group"


@dataclass(frozen=True, slots=True)
class CanonicalTable:
    """One table: its place (None: everywhere), its traits in the order of hierarchies, its sensitive attribute."""

    place: LatticeLevel | None
    traits: tuple[LatticeLevel, ...]
    sensitive: Sensitive | None = None

    @property
    def levels(self) -> tuple[LatticeLevel, ...]:
        return (*((self.place,) if self.place else ()), *self.traits)

    @property
    def name(self) -> str:
        names = [one.name for one in self.levels] + ([self.sensitive.name] if self.sensitive else [])
        return "+".join(names) or "all"

    @property
    def cost(self) -> int:
        return sum(one.cost for one in self.levels) + (self.sensitive.cost if self.sensitive else 0)

    @property
    def base(self) -> CanonicalTable:
        """The same table without its sensitive attribute."""
        return CanonicalTable(self.place, self.traits)

    @property
    def has_years(self) -> bool:
        """Whether the ages of its persons are added up: in tables of children, working age and older, and a trait."""
        is_by_band = any(one.name == YEARS_BY for one in self.levels)
        return self.sensitive is None and is_by_band and self.cost <= disclosure_limit("cube_sum_cost")


@dataclass(frozen=True, slots=True)
class Lattice:
    """Hierarchies, sensitive attributes and the budget."""

    hierarchies: tuple[tuple[LatticeLevel, ...], ...]
    sensitive: tuple[Sensitive, ...]
    budget: int

    @property
    def places(self) -> tuple[LatticeLevel, ...]:
        """The levels of place, the coarsest first."""
        return next(one for one in self.hierarchies if one[0].hierarchy == GEOGRAPHY)

    @property
    def traits(self) -> tuple[tuple[LatticeLevel, ...], ...]:
        return tuple(one for one in self.hierarchies if one[0].hierarchy != GEOGRAPHY)

    def level(self, name: str) -> LatticeLevel | None:
        return next((level for levels in self.hierarchies for level in levels if level.name == name), None)

    def tables(self) -> Iterator[CanonicalTable]:
        """Every table without a sensitive attribute, then every one with one."""
        plain = [CanonicalTable(place, traits) for place in (None, *self.places) for traits in self._traits()]
        plain = [table for table in plain if table.cost <= self.budget]
        yield from plain
        for sensitive in self.sensitive:
            split = [CanonicalTable(table.place, table.traits, sensitive) for table in plain]
            yield from (table for table in split if table.cost <= self.budget)

    def _traits(self) -> Iterator[tuple[LatticeLevel, ...]]:
        for chosen in product(*((None, *levels) for levels in self.traits)):
            traits = tuple(level for level in chosen if level is not None)
            if sum(level.cost for level in traits) <= self.budget:
                yield traits

    def table_of(self, names: Iterable[str], sensitive: Iterable[str] = ()) -> CanonicalTable | None:
        """The table that mentions exactly these levels; None where there is none.

        Of one hierarchy the finest level is the table's, for it tells the coarser ones.
        """
        finest: dict[str, LatticeLevel] = {}
        for name in names:
            level = self.level(name)
            if level is None:
                return None
            known = finest.get(level.hierarchy)
            finest[level.hierarchy] = level if known is None or level.depth > known.depth else known
        split = set(sensitive)
        attribute = next((one for one in self.sensitive if one.name in split), None)
        if len(split) > 1 or (split and attribute is None):
            return None
        traits = tuple(finest[levels[0].hierarchy] for levels in self.traits if levels[0].hierarchy in finest)
        table = CanonicalTable(finest.get(GEOGRAPHY), traits, attribute)
        return table if table.cost <= self.budget else None


@cache
def lattice() -> Lattice:
    """The lattice that the seeds describe."""
    found: dict[str, list[LatticeLevel]] = {}
    for row in read_seed("cube_level"):
        kind: Kind = "place" if row["kind"] == "place" else "trait"
        level = LatticeLevel(
            row["level"], row["hierarchy"], int(row["depth"]), kind, int(row["cost"]), row["recode"] == "other"
        )
        found.setdefault(level.hierarchy, []).append(level)
    hierarchies = tuple(tuple(sorted(levels, key=lambda one: one.depth)) for levels in found.values())
    sensitive = tuple(
        Sensitive(row["level"], row["member"], int(row["cost"]), "groups" if row["counts"] == "groups" else "persons")
        for row in read_seed("cube_sensitive")
    )
    return Lattice(hierarchies, sensitive, disclosure_limit("cube_budget"))


def policy_version() -> str:
    """A digest of everything that decides what the cube holds, so that a cube of other rules is known as such."""
    limits = (f"rules={_RULES}", *disclosure_rows())
    return _digest(("cube_level", "cube_sensitive", "cube_age_group", "structural_zero"), limits)


def disclosure_rows() -> tuple[str, ...]:
    """The limits of the cube that change what is told."""
    rows = (row for row in read_seed("disclosure_limit") if row["limit_name"] not in ("cube_listed_rows",))
    return tuple(f"{row['limit_name']}={row['value']}" for row in rows)


def _digest(seeds: tuple[str, ...], limits: tuple[str, ...]) -> str:
    rows = [[value for key, value in row.items() if key != "reason"] for seed in seeds for row in read_seed(seed)]
    return sha256(repr((rows, limits)).encode()).hexdigest()[:16]
