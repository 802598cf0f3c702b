"""members: which rows a protected table has. They come from public lists, never from the data.

A row is there whether anybody is in it or not, and reads ``:`` where nothing is published: which rows are listed says
nothing of who is there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import product

from dataport.dictionary import CodeLists, read_seed
from dataport.disclosure.protected.lattice import lattice
from dataport.semantic.model import OTHER

Member = str | bool | None

# Which of the members of public lists can occur at all: operations are where people are registered.
_ALL_COUNTRIES = "operation"
# Levels of which one may lie in another.
_PLACES = frozenset({"unhcr_bureau", "country_of_asylum", "location_level_1", "location"})


def rows_of(by: tuple[str, ...], only: dict[str, tuple[Member, ...]], most: int) -> list[tuple[Member, ...]] | None:
    """Every row of a breakdown, in the order of the lists; None where there are more than so many.

    Args:
        only: levels that are narrowed to some members.
    """
    several = [_narrowed(name, only) for name in by]
    size = 1
    for members in several:
        size *= max(1, len(members))
    if size > most * 50:
        return None
    found = []
    is_placed = len(_PLACES.intersection(by)) > 1
    for row in product(*several):
        if not is_placed or _is_nested(by, row):
            found.append(row)
            if len(found) > most:
                return None
    return found


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


def _is_nested(by: tuple[str, ...], row: tuple[Member, ...]) -> bool:
    """Whether places of a row lie in each other; a country is never listed beside a bureau that is not its own."""
    told = dict(zip(by, row, strict=True))
    country = told.get("country_of_asylum")
    place = told.get("location") or told.get("location_level_1")
    if isinstance(place, str):
        if country is not None and places()[place][0] != country:
            return False
        country = places()[place][0]
    bureau = told.get("unhcr_bureau")
    return not (isinstance(country, str) and bureau is not None and bureau_of().get(country) != bureau)


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
