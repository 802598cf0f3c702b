"""members: which rows a protected table has. They come from public lists, never from the data.

A row is there whether anybody is in it or not, and reads ``:`` where nothing is published: which rows are listed says
nothing of who is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from math import prod
from typing import Any

from dataport.dictionary import CodeLists, read_seed
from dataport.disclosure.protected.lattice import lattice
from dataport.semantic.model import OTHER

Member = str | bool | None
Row = tuple[Member, ...]
_Tree = dict[Member, Any]

# Which of the members of public lists can occur at all: operations are where people are registered.
_ALL_COUNTRIES = "operation"
# Levels of which one may lie in another.
_PLACES = frozenset({"unhcr_bureau", "country_of_asylum", "location_level_1", "location"})


def rows_of(
    by: tuple[str, ...], only: dict[str, tuple[Member, ...]], most: int, where: Mapping[str, Member] | None = None
) -> list[Row] | None:
    """Every row of a breakdown, in the order of the lists; None where there are more than so many.

    Args:
        only: levels that are narrowed to some members.
        where: the member of each level that a filter keeps: places elsewhere are not listed.
    """
    several = [_narrowed(name, only) for name in by]
    placed = {name: frozenset(members) for name, members in zip(by, several, strict=True) if name in _PLACES}
    within = {name: frozenset((one,)) for name, one in (where or {}).items() if name in _PLACES} if placed else {}
    both = {**placed, **{name: members for name, members in within.items() if name not in placed}}
    kept = (
        row[: len(placed)]
        for row in _nested(tuple(both))
        if all(one in members for one, members in zip(row, both.values(), strict=True))
    )
    nested = list(dict.fromkeys(kept))
    if len(nested) * prod(len(members) for name, members in zip(by, several, strict=True) if name not in placed) > most:
        return None
    found: list[tuple[Row, _Tree]] = [((), _tree(nested))]
    for name, members in zip(by, several, strict=True):
        if name in placed:
            found = [((*row, one), below) for row, places in found for one, below in places.items()]
        else:
            found = [((*row, one), places) for row, places in found for one in members]
    return [row for row, _ in found]


def _narrowed(name: str, only: dict[str, tuple[Member, ...]]) -> tuple[Member, ...]:
    return tuple(one for one in members_of(name) if one in only[name]) if name in only else members_of(name)


@cache
def members_of(name: str) -> tuple[Member, ...]:
    """The members of a level that a protected table can have, unknown last."""
    if any(one.name == name for one in lattice().sensitive):
        return (True, False)
    level = lattice().level(name)
    assert level
    listed = tuple(_listed(name))
    if level.kind == "place":
        return listed
    return (*listed, *((OTHER,) if level.is_recoded else ()), None)


def _listed(name: str) -> Iterator[str]:
    lists = CodeLists()
    match name:
        case "country_of_asylum":
            yield from sorted({row["country_code"] for row in read_seed(_ALL_COUNTRIES)})
        case "unhcr_bureau":
            yield from sorted({bureau_of()[country] for country in _listed("country_of_asylum")})
        case "location":
            yield from sorted(place for place, row in places().items() if row[0] in countries())
        case "location_level_1":
            yield from sorted(place for place, row in places().items() if row[0] in countries() and row[1] == "1")
        case "age_broad":
            yield from (row["broad_group"] for row in read_seed("cube_age_group"))
        case "country_of_origin":
            yield from sorted(lists["country"].labels)
        case _:
            yield from lists[name].labels


@cache
def countries() -> frozenset[str]:
    return frozenset(row["country_code"] for row in read_seed(_ALL_COUNTRIES))


@cache
def bureau_of() -> dict[str, str]:
    return {row["country_code"]: row["bureau_code"] for row in read_seed("country")}


@cache
def places() -> dict[str, tuple[str, str]]:
    """Each published place: its country and its level."""
    return {row["location_code"]: (row["country_code"], row["level"]) for row in read_seed("location")}


@cache
def _nested(names: tuple[str, ...]) -> tuple[Row, ...]:
    """The places of some levels that lie in each other: all of one country, and of the bureau that is its own."""
    order = [{one: place for place, one in enumerate(members_of(name))} for name in names]
    rows = {row for country in countries() for row in product(*(_of_country(name, country) for name in names))}
    return tuple(sorted(rows, key=lambda row: [known[one] for known, one in zip(order, row, strict=True)]))


def _of_country(name: str, country: str) -> tuple[Member, ...]:
    match name:
        case "unhcr_bureau":
            return (bureau_of()[country],)
        case "country_of_asylum":
            return (country,)
    return _places_by_country(name).get(country, ())


@cache
def _places_by_country(name: str) -> dict[str, tuple[Member, ...]]:
    found: dict[str, list[Member]] = {}
    for one in members_of(name):
        found.setdefault(places()[str(one)][0], []).append(one)
    return {country: tuple(several) for country, several in found.items()}


def _tree(rows: list[Row]) -> _Tree:
    """The same rows, by their first member, and then by the next."""
    whole: _Tree = {}
    for row in rows:
        below = whole
        for one in row:
            below = below.setdefault(one, {})
    return whole


@cache
def structural_zeros() -> frozenset[tuple[str, str, str, str]]:
    """Pairs of members that cannot be, each way around, made without looking at the data."""
    found = set()
    for row in read_seed("structural_zero"):
        one, other = (row["level"], row["member"]), (row["other_level"], row["other_member"])
        found |= {(*one, *other), (*other, *one)}
    return frozenset(found)


@cache
def is_in_zeros(name: str) -> bool:
    """Whether the list speaks of a level, or of one member of it that stands by itself."""
    return name.split("=", 1)[0] in {one[0] for one in structural_zeros()}


def cannot_be(told: dict[str, Member]) -> bool:
    """Whether the list says that nobody can be in a row. A need stands as its category and member."""
    pairs = [(name, member) for name, member in told.items() if isinstance(member, str)]
    pairs += [tuple(name.split("=", 1)) for name, has in told.items() if "=" in name and has is True]  # type: ignore[misc]
    return any((*one, *other) in structural_zeros() for one in pairs for other in pairs if one != other)
