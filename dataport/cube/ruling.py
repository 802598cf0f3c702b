"""ruling: what each cell may be by itself, and then what the whole lattice lets be published of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dataport.copies import shared
from dataport.cube.again import printed_again
from dataport.cube.counting import Cells, Counter, Counts
from dataport.cube.earlier import Earlier
from dataport.cube.insiders import Insiders
from dataport.cube.months import past_of
from dataport.cube.perturbing import Noise
from dataport.cube.population import Flags
from dataport.cube.reading import Read
from dataport.cube.ruled import Ruled
from dataport.cube.standing import Today
from dataport.cube.statuses import Statuses, rule
from dataport.cube.thinning import thin_out
from dataport.dictionary import disclosure_limit
from dataport.disclosure.protected.lines import Thresholds

# A kept cell may have changed by less than the thresholds: with that much more, enough is between it and another.
_MARGIN = 3
# With fewer persons than this, to count is sooner done than shared.
_WORTH_SHARING = 100_000


@dataclass(frozen=True, slots=True)
class Decided:
    """The true cells of every table, which of them may be told by themselves, and what is published."""

    cells: Mapping[str, Cells]
    able: Mapping[str, Flags]
    statuses: Statuses


def limits() -> Thresholds:
    return Thresholds(disclosure_limit("onward_release_minimum"), disclosure_limit("cube_cases"))


def decide(counter: Counter, read: Read, earlier: Earlier, noise: Mapping[str, Noise], processes: int) -> Decided:
    """Count every table and rule over all of them, which so many processes share."""
    least = limits()
    sharing = processes if len(read.population) >= _WORTH_SHARING else 1
    cells = {one.table.name: one for one in counter.tables(least.cases * _MARGIN, sharing)}
    insiders = Insiders.of(counter, read)
    attributes = {one.name: one for one in counter.lattice.sensitive}

    def may_be_split(one: Cells) -> dict[str, Flags]:
        outside = insiders.leave_enough(one, [each for each in one.having if attributes[each].is_secret], least)
        every = {each: _may_split(one, each, noise[attributes[each].noise], least) for each in one.having}
        return {each: flags & outside[each] if each in outside else flags for each, flags in every.items()}

    splittable: dict[str, dict[str, Flags]] = {}
    for name, found in zip(cells, shared(may_be_split, tuple(cells.values()), sharing), strict=True):
        for attribute, flags in found.items():
            splittable.setdefault(attribute, {})[name] = flags
    for attribute, tables in splittable.items():
        if attributes[attribute].is_secret:
            thin_out(cells, tables, read.codings)
    past, moving = past_of(counter, cells, read, earlier, least, sharing)
    largest = max(counter.largest_case, *(one.largest_case for one in read.before.values()), 1)
    today = Today(read.population, read.codings, counter.lattice, least, moving)
    ruled = Ruled(cells, today, largest, past, processes)
    able = {
        name: (one.counts.persons >= least.persons) & (one.counts.cases >= least.cases) for name, one in cells.items()
    }
    return Decided(cells, able, printed_again(rule(ruled, splittable), ruled, earlier))


def _may_split(cells: Cells, attribute: str, noise: Noise, least: Thresholds) -> Flags:
    """Rows of which both parts are enough, as they are and as they would be published; else none of the split is told.

    One part of a row by itself would tell the other one, which is the row less it.
    """
    found = np.ones(len(cells), dtype=np.bool_)
    for counts in (cells.having[attribute], cells.lacking[attribute]):
        enough = (counts.persons >= least.persons) & (counts.cases >= least.cases)
        enough &= noise.published(counts.persons, counts.keys) >= least.persons
        # a part that holds all but one of a row tells that one of themselves
        enough &= counts.persons < cells.counts.persons - 1
        found &= enough
    return found


def enough(counts: Counts, least: Thresholds) -> Flags:
    """Which counts are enough by themselves."""
    return (counts.persons >= least.persons) & (counts.cases >= least.cases)
