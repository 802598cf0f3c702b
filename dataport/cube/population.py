"""Population: the active persons of one day as arrays of codes, and what the codes mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dataport.dictionary import read_seed
from dataport.disclosure.protected.lattice import GEOGRAPHY, Lattice, LatticeLevel

Integers: TypeAlias = NDArray[np.int64]
Codes: TypeAlias = NDArray[np.int32]
Keys: TypeAlias = NDArray[np.uint64]
Flags: TypeAlias = NDArray[np.bool_]

# A member of a level: a code of its public list, None for unknown, or what rare ones are put together as.
Member: TypeAlias = str | None
# Rare categories of a country together. No list has such a code.
OTHER_CODE = "¦other"


@dataclass(frozen=True, slots=True)
class Coding:
    """The members of one level by their number; of a place, each with its country before it.

    Attributes:
        coarser: for each level of the same hierarchy that is coarser, the number of the member above.
    """

    members: tuple[tuple[Member, ...], ...]
    coarser: Mapping[str, Codes]

    @property
    def size(self) -> int:
        return len(self.members)


@dataclass(frozen=True, slots=True)
class Codings:
    """The coding of every level of the lattice, the same for all months that are held against each other."""

    levels: Mapping[str, Coding]

    def __getitem__(self, name: str) -> Coding:
        return self.levels[name]


@dataclass(frozen=True, slots=True)
class Population:
    """The active persons as of the end of a day, in the order of their keys' owners.

    Attributes:
        persons: the stable key of each registration, ascending.
        families: which registration group each belongs to, numbered by the group's own key.
        finest: for each hierarchy, the number of the member of its finest level.
        sensitive: for each sensitive attribute, who has it.
        units: the number of the office that owns the record.
        group_keys: the key of each one's registration group.
        ages: in completed years; -1 is unknown.
        counts_groups: the attributes that one person of each group has.
    """

    day: date
    persons: Integers
    families: Integers
    keys: Keys
    finest: Mapping[str, Codes]
    sensitive: Mapping[str, Flags]
    units: Codes
    group_keys: Keys | None = None
    ages: Codes | None = None
    counts_groups: frozenset[str] = frozenset()

    def keys_of(self, attribute: str, has: bool | None) -> Keys:
        """The keys of what is counted on one side of an attribute: who has one of groups stands for their group."""
        return self.group_keys if has and attribute in self.counts_groups and self.group_keys is not None else self.keys

    def __len__(self) -> int:
        return len(self.persons)

    def some(self, places: Integers) -> Population:
        """Some of the people, in this order."""
        return replace(
            self,
            persons=self.persons[places],
            families=self.families[places],
            keys=self.keys[places] if len(self.keys) else self.keys,
            finest={name: codes[places] for name, codes in self.finest.items()},
            sensitive={name: flags[places] for name, flags in self.sensitive.items()},
            units=self.units[places],
            group_keys=None if self.group_keys is None else self.group_keys[places],
            ages=None if self.ages is None else self.ages[places],
        )

    def with_others(self, other: Population) -> Population:
        """These people and after them those of another population, of which nobody's age is told."""
        both = self.group_keys is not None and other.group_keys is not None
        return replace(
            self,
            persons=np.concatenate([self.persons, other.persons]),
            families=np.concatenate([self.families, other.families]),
            keys=np.concatenate([self.keys, other.keys]),
            finest={name: np.concatenate([codes, other.finest[name]]) for name, codes in self.finest.items()},
            sensitive={name: np.concatenate([one, other.sensitive[name]]) for name, one in self.sensitive.items()},
            units=np.concatenate([self.units, other.units]),
            group_keys=np.concatenate([self.group_keys, other.group_keys]) if both else None,  # type: ignore[list-item]
            ages=None,
        )

    def recoded_by(self, maps: Mapping[str, Codes]) -> Population:
        """The same people by other numbers of the members: hierarchy by hierarchy, the new number of each old one."""
        return replace(self, finest={name: maps[name][codes] for name, codes in self.finest.items()})


def finest_of(lattice: Lattice) -> dict[str, LatticeLevel]:
    """The finest level of each hierarchy."""
    return {levels[0].hierarchy: levels[-1] for levels in lattice.hierarchies}


# Hierarchy by hierarchy, which members of the finest level occur: of a place, with what it lies in.
Occurring: TypeAlias = Mapping[str, frozenset[tuple[Member, ...]]]


def codings_of(rows: Iterable[pa.Table], lattice: Lattice) -> Codings:
    """The members that occur in any of the months, and every member of a governed list of ages."""
    found: dict[str, frozenset[tuple[Member, ...]]] = {}
    for table in rows:
        for name, members in _occurring(table, lattice).items():
            found[name] = found.get(name, frozenset()) | members
    return _codings(found, lattice)


def codings_together(one: Codings, other: Codings, lattice: Lattice) -> Codings:
    """The members that are in either."""
    finest = finest_of(lattice).items()
    return _codings({name: frozenset((*one[of.name].members, *other[of.name].members)) for name, of in finest}, lattice)


def renumbered(one: Codings, by: Codings, lattice: Lattice) -> dict[str, Codes]:
    """For the finest level of each hierarchy, the numbers that its members have in another coding that has them all."""
    found = {}
    for name, level in finest_of(lattice).items():
        numbers = {members: number for number, members in enumerate(by[level.name].members)}
        found[name] = np.array([numbers[members] for members in one[level.name].members], dtype=np.int32)
    return found


def _occurring(rows: pa.Table, lattice: Lattice) -> Occurring:
    found = {}
    for name, level in finest_of(lattice).items():
        if name == GEOGRAPHY:
            names = [one.name for one in lattice.places]
            distinct = rows.select(names).unify_dictionaries().group_by(names).aggregate([])
            found[name] = frozenset(tuple(row[one] for one in names) for row in distinct.to_pylist())
        elif name != "age":
            found[name] = frozenset((one,) for one in _texts(rows, level.name))
    return found


def _codings(occurring: Occurring, lattice: Lattice) -> Codings:
    found: dict[str, Coding] = {}
    for levels in lattice.hierarchies:
        if levels[0].hierarchy == GEOGRAPHY:
            found |= _geography(occurring.get(GEOGRAPHY, frozenset()), levels)
        elif levels[0].hierarchy == "age":
            found |= _ages(levels)
        else:
            (level,) = levels
            fixed: tuple[tuple[Member, ...], ...] = ((None,), (OTHER_CODE,))
            members = sorted(occurring.get(level.hierarchy, frozenset()) - set(fixed), key=lambda one: one[-1] or "")
            found[level.name] = Coding((*fixed, *members), {})
    return Codings(found)


def coded(
    rows: pa.Table,
    day: date,
    keys: Keys | None,
    codings: Codings,
    lattice: Lattice,
    units: tuple[str, ...],
    group_keys: Keys | None = None,
) -> Population:
    """Rows as arrays of codes; without keys where none are given."""
    finest = {}
    for hierarchy, level in finest_of(lattice).items():
        numbers = {members: number for number, members in enumerate(codings[level.name].members)}
        if hierarchy == GEOGRAPHY:
            finest[hierarchy] = _place_codes(rows, lattice.places, numbers)
        else:
            finest[hierarchy] = _numbered(rows, level.name, {one[-1]: number for one, number in numbers.items()})
    bits = rows.column("needs").to_numpy()
    needs = [one for one in lattice.sensitive if one.member]
    sensitive = {one.name: (bits >> nth) & 1 == 1 for nth, one in enumerate(needs)}
    sensitive |= {
        one.name: rows.column(one.level).to_numpy(zero_copy_only=False) for one in lattice.sensitive if not one.member
    }
    return Population(
        day=day,
        persons=rows.column("person").to_numpy(),
        families=rows.column("family").to_numpy(),
        keys=np.zeros(0, dtype=np.uint64) if keys is None else keys,
        finest=finest,
        sensitive=sensitive,
        units=_numbered(rows, "unit", {unit: number for number, unit in enumerate(units)} | {None: len(units)}),
        group_keys=group_keys,
        ages=rows.column("age").fill_null(-1).cast(pa.int32()).to_numpy(),
        counts_groups=frozenset(one.name for one in lattice.sensitive if not one.is_secret),
    )


def at_level(codings: Codings, finest: LatticeLevel, wanted: LatticeLevel, codes: Codes) -> Codes:
    """The numbers of a coarser level's members, from those of the finest one."""
    return codes if wanted.name == finest.name else codings[finest.name].coarser[wanted.name][codes]


def needs_in(lattice: Lattice) -> tuple[str, ...]:
    """The members whose bits `needs` has, in order."""
    return tuple(one.member for one in lattice.sensitive if one.member)


def _texts(table: pa.Table, name: str) -> set[str]:
    column = table.column(name)
    return {one for chunk in column.chunks for one in chunk.dictionary.to_pylist() if one is not None}


def _numbered(rows: pa.Table, name: str, numbers: Mapping[Any, int]) -> Codes:
    """The numbers of a column's texts; each chunk has a dictionary of its own."""
    unknown = numbers[None]
    parts = []
    for chunk in rows.column(name).chunks:
        by_index = np.array([numbers[one] for one in chunk.dictionary.to_pylist()] + [unknown], dtype=np.int32)
        indices = chunk.indices.fill_null(len(by_index) - 1).to_numpy(zero_copy_only=False)
        parts.append(by_index[indices])
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int32)


def _geography(paths: frozenset[tuple[Member, ...]], levels: tuple[LatticeLevel, ...]) -> dict[str, Coding]:
    """Bureaux, countries, provinces and places that occur, each keyed by what it lies in: so they are nested."""
    names = [level.name for level in levels]
    # the country tells its bureau: of two in one country (a change within the months) the last named stands
    found: dict[str, Coding] = {}
    ordered = sorted(paths, key=lambda path: tuple(one or "" for one in path))
    numbers: list[dict[tuple[Member, ...], int]] = []
    for depth in range(1, len(names) + 1):
        distinct_paths = list(dict.fromkeys(path[:depth] for path in ordered))
        numbers.append({path: number for number, path in enumerate(distinct_paths)})
        coarser = {
            names[above]: np.array([numbers[above][path[: above + 1]] for path in distinct_paths], dtype=np.int32)
            for above in range(depth - 1)
        }
        found[names[depth - 1]] = Coding(tuple(distinct_paths), coarser)
    return found


def _place_codes(rows: pa.Table, levels: tuple[LatticeLevel, ...], numbers: Mapping[tuple[Member, ...], int]) -> Codes:
    """The number of each row's finest place, by the numbers of its path's parts."""
    parts, sizes, texts = [], [], []
    for level in levels:
        unified = rows.column(level.name).unify_dictionaries().combine_chunks()
        dictionary = unified.dictionary.to_pylist()
        size = len(dictionary)
        parts.append(unified.indices.fill_null(size).to_numpy(zero_copy_only=False).astype(np.int64))
        sizes.append(size + 1)
        texts.append([*dictionary, None])
    combined = np.zeros(rows.num_rows, dtype=np.int64)
    for part, size in zip(parts, sizes, strict=True):
        combined = combined * size + part
    distinct, inverse = np.unique(combined, return_inverse=True)
    found = np.empty(len(distinct), dtype=np.int32)
    for nth, code in enumerate(distinct.tolist()):
        path = []
        for size, known in zip(reversed(sizes), reversed(texts), strict=True):
            code, place = divmod(code, size)
            path.append(known[place])
        found[nth] = numbers[tuple(reversed(path))]
    return found[inverse]


def _ages(levels: tuple[LatticeLevel, ...]) -> dict[str, Coding]:
    """The age groups of every scheme, unknown first; a finer group lies within one coarser."""
    schemes = {
        "age_broad": [{**row, "age_group_code": row["broad_group"]} for row in read_seed("cube_age_group")],
        "age_group": [row for row in read_seed("age_group") if row["scheme"] == "standard"],
        "age_group_detailed": [row for row in read_seed("age_group") if row["scheme"] == "detailed"],
    }
    found: dict[str, Coding] = {}
    for level in levels:
        rows = schemes[level.name]
        coarser = {}
        for above in (one for one in levels if one.depth < level.depth):
            numbers = [0]
            for row in rows:
                within = [
                    nth
                    for nth, other in enumerate(schemes[above.name])
                    if int(other["from_age"]) <= int(row["from_age"]) and int(row["to_age"]) <= int(other["to_age"])
                ]
                numbers.append(within[0] + 1)
            coarser[above.name] = np.array(numbers, dtype=np.int32)
        found[level.name] = Coding(((None,), *((row["age_group_code"],) for row in rows)), coarser)
    return found
