"""What an attacker holds: everything that is published, and what the strongest of them knows of the people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Codes: TypeAlias = NDArray[np.int32]
Longs: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Level:
    """A level of a hierarchy whose members are numbers from 0 on.

    A sensitive attribute is a hierarchy of its own, with one level of two members: 0 has it not, 1 has it.

    Attributes:
        depth: 1 is the coarsest of its hierarchy.
        above: for each coarser level of the hierarchy, the member above each of this level's members.
        is_of_groups: one person of each group is of its second member, so that the number there is one of groups.
        others: the member that rare ones are put together as, where they are.
    """

    name: str
    hierarchy: str
    depth: int
    size: int
    above: Mapping[str, Codes] = field(compare=False)
    is_sensitive: bool = False
    is_of_groups: bool = False
    others: int | None = None


@dataclass(frozen=True, slots=True)
class Noise:
    """What is said of the noise: at most so much, of this variance; counts from 1 to `blocked` never come out."""

    most: float
    variance: float
    blocked: int


@dataclass(frozen=True, slots=True)
class Table:
    """One table of one month.

    Attributes:
        levels: in the order in which `keys` are made of their members.
        keys: the listed rows, ascending, each a number made of its members.
        persons: what is printed; not a number where nothing is.
        groups: the same of registration groups, where they are told.
        means: the mean number of members of a group, where it is told.
        sums: the ages of the persons added up, as it is told, where it is.
        since: the month whose people each number is of, counted as `months` of what was downloaded are.
    """

    levels: tuple[Level, ...]
    keys: Longs
    persons: Floats
    since: Codes
    groups: Floats | None = None
    means: Floats | None = None
    sums: Floats | None = None

    @property
    def name(self) -> str:
        return "+".join(level.name for level in self.levels) or "all"

    @property
    def is_sensitive(self) -> bool:
        return any(level.is_sensitive for level in self.levels)

    @property
    def is_of_groups(self) -> bool:
        return any(level.is_of_groups for level in self.levels)

    @property
    def is_published(self) -> Flags:
        return ~np.isnan(self.persons)


@dataclass(frozen=True, slots=True)
class Downloaded:
    """Everything that is published of some months, the oldest first.

    Attributes:
        finest: the finest level of each hierarchy.
        plain, sensitive: the noise of tables without and with a sensitive attribute.
        fewest_persons, fewest_groups: of how many a number is at least.
    """

    finest: Mapping[str, Level]
    months: tuple[tuple[Table, ...], ...]
    plain: Noise
    sensitive: Noise
    fewest_persons: int
    fewest_groups: int

    def noise_of(self, table: Table) -> Noise:
        return self.sensitive if table.is_sensitive else self.plain


@dataclass(frozen=True, slots=True)
class People:
    """Who is counted in one month.

    A roster, which the strongest attacker knows, is the same without the hierarchies that are sensitive.

    Attributes:
        persons: a number for each that is the same in every month, ascending.
        families: which registration group each belongs to.
        finest: for each hierarchy, the member of its finest level.
        units: the office that owns each one's record.
    """

    persons: Longs
    families: Longs
    finest: Mapping[str, Codes]
    units: Codes

    def __len__(self) -> int:
        return len(self.persons)


@dataclass(frozen=True, slots=True)
class Known:
    """The people of each month that was downloaded. Their secrets serve to judge what an attacker claims.

    Attributes:
        months: the oldest first; they may be put together anew each time that one is asked for.
        scopes: the sets of offices whose people some insider sees exactly.
    """

    months: Sequence[People]
    scopes: tuple[frozenset[int], ...] = ()
