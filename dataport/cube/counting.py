"""counting: the true cells of every canonical table. They stay in the build; nothing of them is served."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby

import numpy as np

from dataport.copies import shared
from dataport.cube.population import Codes, Codings, Flags, Integers, Keys, Population, at_level, finest_of
from dataport.disclosure.protected.lattice import CanonicalTable, Lattice

# Stands for a number of cases that is large enough for every rule, and was not counted.
MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Counts:
    """For each cell: persons, the sum of their keys, and cases, counted where a rule can need them (else `MANY`)."""

    persons: Integers
    keys: Keys
    cases: Integers


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one table in which there is anybody.

    Attributes:
        codes: ascending; a cell's code is made of the numbers of its members.
        members: for each level of the table, the number of each cell's member.
        having, lacking: for each sensitive attribute that the table is split by, who has it and who has not.
    """

    table: CanonicalTable
    codes: Integers
    members: tuple[Codes, ...]
    counts: Counts
    having: Mapping[str, Counts] = field(default_factory=dict)
    lacking: Mapping[str, Counts] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class Counter:
    """Counts the persons of one population by any table."""

    population: Population
    codings: Codings
    lattice: Lattice
    families: Integers
    family_count: int
    _largest: int

    @classmethod
    def of(cls, population: Population, codings: Codings, lattice: Lattice) -> Counter:
        _, families, sizes = np.unique(population.families, return_inverse=True, return_counts=True)
        largest = int(sizes.max(initial=1))
        return cls(population, codings, lattice, families.astype(np.int64), max(1, len(sizes)), largest)

    @property
    def largest_case(self) -> int:
        """How many active members the largest case has."""
        return self._largest

    def enough(self, cases: int) -> int:
        """From how many persons on there must be so many cases, however large cases are."""
        return (cases - 1) * self._largest + 1

    def tables(self, cases: int, processes: int = 1) -> Iterator[Cells]:
        """The cells of every table without a sensitive attribute, with those that split it.

        Persons are gone through for the finest tables alone; of any other the cells of a finer one are added up.

        Args:
            cases: the number of cases up to which they are counted.
            processes: how many share in it.
        """
        split: dict[CanonicalTable, list[str]] = {}
        plain = []
        for table in self.lattice.tables():
            if table.sensitive:
                split.setdefault(table.base, []).append(table.sensitive.name)
            else:
                plain.append(table)
        found: dict[CanonicalTable, Cells] = {}

        def counted(table: CanonicalTable) -> Cells:
            return self.cells(table, cases, tuple(split.get(table, ())), found)

        # the finest first: whatever is finer than a table is deeper in all its hierarchies together, and tables that
        # are as deep as each other are counted without each other
        for _, alike in groupby(sorted(plain, key=_depth, reverse=True), key=_depth):
            tables = tuple(alike)
            found.update(zip(tables, shared(counted, tables, processes), strict=True))
        yield from (found[table] for table in plain)

    def cells(
        self,
        table: CanonicalTable,
        cases: int,
        split: tuple[str, ...] = (),
        finer: Mapping[CanonicalTable, Cells] | None = None,
    ) -> Cells:
        """The cells of one table.

        Args:
            finer: counted tables; those that are finer save going through the persons.
        """
        pass_ = _Pass(self, table, cases)
        usable = [one for other, one in (finer or {}).items() if is_coarser(table, other)]
        source = min(usable, key=len, default=None)
        present, counts = pass_.whole(source)
        having, lacking = {}, {}
        for name in split:
            has = self.population.sensitive[name]
            own = min((one for one in usable if name in one.having), key=len, default=None)
            keys = self.population.keys_of(name, True)
            having[name] = pass_.side(has, keys, present, own, own.having[name] if own else None)
            lacking[name] = pass_.side(~has, self.population.keys, present, own, own.lacking[name] if own else None)
        return Cells(table, present, decoded(present, table, self.codings), counts, having, lacking)

    def codes(self, table: CanonicalTable) -> Integers:
        """The cell of each person."""
        return codes_of(self.population, table, self.codings, self.lattice)

    def size(self, table: CanonicalTable) -> int:
        """One more than the largest code that there can be."""
        return math.prod(self.codings[level.name].size for level in table.levels)


def _depth(table: CanonicalTable) -> int:
    return sum(level.depth for level in table.levels)


@dataclass
class _Pass:
    """One table while it is counted; the cell of each person is worked out once, where it is needed at all."""

    counter: Counter
    table: CanonicalTable
    cases: int

    @cached_property
    def codes(self) -> Integers:
        return self.counter.codes(self.table)

    def whole(self, source: Cells | None) -> tuple[Integers, Counts]:
        """Which cells there are, and what is in them."""
        counter = self.counter
        everybody = slice(None)
        if source is None:
            persons = np.bincount(self.codes, minlength=counter.size(self.table))
            present = np.flatnonzero(persons)
            return present, self._scanned(everybody, counter.population.keys, present)
        present, place = np.unique(coarser_codes(source, self.table, counter.codings), return_inverse=True)
        return present, self._added(source.counts, place, len(present), present, everybody)

    def side(self, who: Flags, keys: Keys, present: Integers, source: Cells | None, counts: Counts | None) -> Counts:
        """What is in each cell of those who have an attribute, or of those who have it not."""
        if source is None or counts is None:
            return self._scanned(who, keys, present)
        place = np.searchsorted(present, coarser_codes(source, self.table, self.counter.codings))
        return self._added(counts, place, len(present), present, who)

    def _scanned(self, who: Flags | slice, keys: Keys, present: Integers) -> Counts:
        size, codes = self.counter.size(self.table), self.codes[who]
        persons = np.bincount(codes, minlength=size)
        sums = np.zeros(size, dtype=np.uint64)
        np.add.at(sums, codes, keys[who])  # modulo 2^64, as it is meant
        cases = np.full(size, MANY, dtype=np.int64)
        self._count_cases(cases, persons < self.counter.enough(self.cases), who)
        return Counts(persons[present], sums[present], cases[present])

    def _added(self, counts: Counts, place: Integers, cells: int, present: Integers, who: Flags | slice) -> Counts:
        """Cells of a finer table added up. Of as many cases as are in one of them there are in the whole."""
        persons, cases = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int64)
        sums = np.zeros(cells, dtype=np.uint64)
        np.add.at(persons, place, counts.persons)
        np.add.at(sums, place, counts.keys)
        np.maximum.at(cases, place, counts.cases)
        is_many = (cases >= self.cases) | (persons >= self.counter.enough(self.cases))
        cases[is_many] = MANY
        open_ = ~is_many & (persons > 0)
        if open_.any():
            size = self.counter.size(self.table)
            flags, found = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.int64)
            flags[present[open_]] = True
            self._count_cases(found, flags, who)
            cases[open_] = found[present[open_]]
        return Counts(persons, sums, cases)

    def _count_cases(self, cases: Integers, where: Flags, who: Flags | slice) -> None:
        """Count the cases in some cells, by code."""
        cases[where] = 0
        inside = where[self.codes] if isinstance(who, slice) else where[self.codes] & who
        rows = np.flatnonzero(inside)
        families = np.int64(self.counter.family_count)
        pairs = distinct(self.codes[rows] * families + self.counter.families[rows])
        cases += np.bincount(pairs // families, minlength=len(cases))


def cases_in(cells: Integers, families: Integers, size: int) -> Integers:
    """Of how many cases those in each cell are: person by person the cell and the family."""
    known, numbers = np.unique(families, return_inverse=True)
    pairs = distinct(cells * max(1, len(known)) + numbers)
    return np.bincount(pairs // max(1, len(known)), minlength=size)


def distinct(values: Integers) -> Integers:
    """Each value once, ascending."""
    ordered = np.sort(values)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


def largest_case(population: Population) -> int:
    """How many active members the largest case has."""
    return int(np.unique(population.families, return_counts=True)[1].max(initial=1))


def codes_of(
    population: Population, table: CanonicalTable, codings: Codings, lattice: Lattice, places: Integers | None = None
) -> Integers:
    """The cell of each person of a population, or of some of them."""
    size = math.prod(codings[level.name].size for level in table.levels)
    # twelve million persons times some hundred tables: half the memory to go through is half the time
    kind = np.int32 if size < 2**31 else np.int64
    found = np.zeros(len(population) if places is None else len(places), dtype=kind)
    finest = finest_of(lattice)
    for level in table.levels:
        own = population.finest[level.hierarchy]
        codes = at_level(codings, finest[level.hierarchy], level, own if places is None else own[places])
        found *= codings[level.name].size
        found += codes
    return found


def decoded(codes: Integers, table: CanonicalTable, codings: Codings) -> tuple[Codes, ...]:
    """The numbers of the members of each cell, level by level."""
    found = []
    rest = codes
    for level in reversed(table.levels):
        rest, number = np.divmod(rest, codings[level.name].size)
        found.append(number.astype(np.int32))
    return tuple(reversed(found))


def coarser_codes(cells: Cells, coarser: CanonicalTable, codings: Codings) -> Integers:
    """For each cell of a table, the code of the cell of a coarser one in which it lies."""
    code = np.zeros(len(cells), dtype=np.int64)
    own = {level.hierarchy: (level, numbers) for level, numbers in zip(cells.table.levels, cells.members, strict=True)}
    for level in coarser.levels:
        finer, numbers = own[level.hierarchy]
        code = code * codings[level.name].size + at_level(codings, finer, level, numbers)
    return code


def above(cells: Cells, coarser: Cells, codings: Codings) -> Integers:
    """For each cell of a table, the place of the cell of a coarser one in which it lies."""
    return np.searchsorted(coarser.codes, coarser_codes(cells, coarser.table, codings))


def is_coarser(one: CanonicalTable, than: CanonicalTable) -> bool:
    """Whether every level of a table is in another one, or above one of its levels."""
    finer = {level.hierarchy: level.depth for level in than.levels}
    return one != than and all(finer.get(level.hierarchy, 0) >= level.depth for level in one.levels)
