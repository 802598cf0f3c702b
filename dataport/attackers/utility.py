"""Utility: how much of the statistics is left, and how near it is to the truth. Where a rule costs much, it is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from dataport.attackers.counting import coarser_keys, decoded, said_at
from dataport.attackers.downloaded import Flags, Floats, Level, Longs, Table
from dataport.attackers.register import Register

# The cells whose error is told: large enough to be read, small enough for noise to show.
_FROM, _TO = 100, 1_000
_WORST = 5
# So many cells are drawn at most; they are chosen evenly by size.
_MOST_POINTS = 1_500


@dataclass(frozen=True, slots=True)
class Points:
    """What is plotted: the true size of published cells with their error, and how many cells of each size are told.

    The sizes and errors of single cells are for whoever may read the records: the page says so.

    Attributes:
        bands: lower bounds of sizes, with how many cells there are of each and how many are published.
    """

    sizes: Floats
    errors: Floats
    is_sensitive: Flags
    bands: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Utility:
    """What statistics are good for.

    Attributes:
        persons: for tables of countries with 1, 2, 3 traits, the share of persons in published cells.
        as_other: of these tables, the share of persons in published cells that tell of a trait that it is a rare one.
        plain, sensitive: of cells that are large enough to be told, the share that is.
        plain_error, sensitive_error: the relative error that 95 of 100 cells of 100 to 999 persons stay under.
        worst: the countries of which the smallest share of persons is in published cells of two traits.
    """

    persons: Mapping[int, float]
    as_other: Mapping[int, float]
    plain: float
    sensitive: float
    plain_error: float
    sensitive_error: float
    worst: tuple[tuple[str, float], ...]
    points: Points


@dataclass(slots=True)
class _Gathered:
    sizes: list[Longs]
    errors: list[Floats]
    shown: list[Flags]
    enough: list[Flags]
    is_sensitive: list[Flags]


def utility(register: Register, country: Level, labels: Sequence[str]) -> Utility:
    """The figures of the last month.

    Args:
        country: the level of countries, which statistics are told of.
        labels: the name of each of its members.
    """
    seen = register.seen
    gathered = _Gathered([], [], [], [], [])
    shares: dict[int, list[float]] = {}
    as_other: dict[int, list[float]] = {}
    inside, everybody = np.zeros(country.size), np.zeros(country.size)
    for table in (one for one in seen.months[-1] if not one.is_of_groups):
        _gather(gathered, register, table)
        traits = len(table.levels) - 1
        if country.name not in {level.name for level in table.levels} or table.is_sensitive or not 1 <= traits <= 3:
            continue
        everyone = register.universe(len(seen.months) - 1, table.levels)
        is_in = _is_published(table, everyone.keys)
        all_persons = max(1, int(everyone.persons.sum()))
        shares.setdefault(traits, []).append(float(is_in @ everyone.persons) / all_persons)
        is_other = is_in & _is_other(table, everyone.keys)
        as_other.setdefault(traits, []).append(float(is_other @ everyone.persons) / all_persons)
        if traits == 2:
            codes = coarser_keys(everyone.keys, table.levels, (country,))
            inside += np.bincount(codes, weights=is_in * everyone.persons, minlength=country.size)
            everybody += np.bincount(codes, weights=everyone.persons, minlength=country.size)
    sizes, errors = np.concatenate(gathered.sizes), np.concatenate(gathered.errors)
    shown, enough = np.concatenate(gathered.shown), np.concatenate(gathered.enough)
    is_sensitive = np.concatenate(gathered.is_sensitive)
    middle = shown & (sizes >= _FROM) & (sizes < _TO)
    off = np.divide(errors, sizes)
    return Utility(
        persons={traits: float(np.mean(one)) for traits, one in sorted(shares.items())},
        as_other={traits: float(np.mean(one)) for traits, one in sorted(as_other.items())},
        plain=_share(shown[enough & ~is_sensitive]),
        sensitive=_share(shown[enough & is_sensitive]),
        plain_error=_p95(off[middle & ~is_sensitive]),
        sensitive_error=_p95(off[middle & is_sensitive]),
        worst=_worst(inside, everybody, labels),
        points=_points(sizes, errors, shown, is_sensitive),
    )


def _gather(gathered: _Gathered, register: Register, table: Table) -> None:
    """Every cell in which there is anybody, whether it is listed or not."""
    seen = register.seen
    everyone = register.universe(len(seen.months) - 1, table.levels)
    sizes, said = everyone.persons, said_at(table, everyone.keys)
    shown, few = ~np.isnan(said), sizes < seen.fewest_persons
    gathered.sizes.append(sizes)
    gathered.errors.append(np.abs(np.where(shown, said, 0.0) - sizes))
    gathered.shown.append(shown)
    gathered.enough.append(~few & (everyone.groups >= seen.fewest_groups))
    gathered.is_sensitive.append(np.full(len(sizes), table.is_sensitive))


def _is_published(table: Table, keys: Longs) -> Flags:
    found: Flags = ~np.isnan(said_at(table, keys))
    return found


def _is_other(table: Table, keys: Longs) -> Flags:
    found: Flags = np.zeros(len(keys), dtype=np.bool_)
    for level, codes in zip(table.levels, decoded(keys, table.levels), strict=True):
        if level.others is not None:
            found |= codes == level.others
    return found


def _share(shown: Flags) -> float:
    return float(shown.mean()) if len(shown) else 0.0


def _p95(errors: Floats) -> float:
    return float(np.quantile(errors, 0.95)) if len(errors) else 0.0


def _worst(inside: Floats, everybody: Floats, labels: Sequence[str]) -> tuple[tuple[str, float], ...]:
    present = np.flatnonzero(everybody > 0)
    share = inside[present] / everybody[present]
    order = np.argsort(share, kind="stable")[:_WORST]
    return tuple((labels[int(present[one])], float(share[one])) for one in order)


def _points(sizes: Longs, errors: Floats, shown: Flags, is_sensitive: Flags) -> Points:
    bands = []
    for lower, upper in ((1, 10), (10, 20), (20, 50), (50, 100), (100, 1_000), (1_000, 10_000), (10_000, 2**62)):
        inside = (sizes >= lower) & (sizes < upper)
        bands.append((lower, int(inside.sum()), int((inside & shown).sum())))
    order = np.flatnonzero(shown)[np.argsort(sizes[shown], kind="stable")]
    chosen = (
        order[np.unique(np.linspace(0, max(0, len(order) - 1), _MOST_POINTS).astype(np.int64))] if len(order) else order
    )
    return Points(sizes[chosen].astype(np.float64), errors[chosen], is_sensitive[chosen], tuple(bands))
