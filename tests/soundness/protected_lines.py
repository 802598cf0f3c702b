"""Lines over months: a printed number less all that are printed of its parts, whichever month each of them is of.

Slow and obvious, like the check of pairs: the set of persons behind every number, and each person's part in the sum.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

Item: TypeAlias = tuple[str, bool | None, tuple[object, ...]]
Numbers: TypeAlias = Mapping[Item, frozenset[int]]


def lines(
    months: list[dict[Item, frozenset[int]]],
    above: Mapping[str, list[str]],
    lies_in: Callable[[Item, Item], bool],
    family: Mapping[int, int],
) -> list[tuple[Item, str]]:
    """Lines with a new number that are of a few persons, as printed in a month, and with the last printed numbers."""
    found = []
    latest: dict[Item, frozenset[int]] = {}
    for nth, items in enumerate(months):
        before = months[nth - 1] if nth else {}
        new = {item for item, persons in items.items() if before.get(item) != persons or latest.get(item) != persons}
        latest |= items
        for numbers in (items, latest):
            for whole, name, parts in _told(numbers, above, lies_in):
                if (whole in new or new & set(parts)) and _is_few(numbers, whole, parts, family):
                    found.append((whole, name))
    return list(dict.fromkeys(found))


def _told(
    numbers: Numbers, above: Mapping[str, list[str]], lies_in: Callable[[Item, Item], bool]
) -> Iterator[tuple[Item, str, list[Item]]]:
    wholes = defaultdict(list)
    for item in numbers:
        wholes[item[0], item[1]].append(item)
    parts: dict[tuple[Item, str], list[Item]] = defaultdict(list)
    for item in numbers:
        for name in above[item[0]]:
            if name != item[0]:
                for whole in wholes[name, item[1]]:
                    if lies_in(item, whole):
                        parts[whole, item[0]].append(item)
    yield from ((whole, name, found) for (whole, name), found in parts.items())


def _is_few(numbers: Numbers, whole: Item, parts: list[Item], family: Mapping[int, int]) -> bool:
    """Whether those of whom the difference is are some, and few."""
    told = Counter(numbers[whole])
    for part in parts:
        told.subtract(numbers[part])
    persons = [person for person, times in told.items() if times]
    return bool(persons) and (len(persons) < 10 or len({family[one] for one in persons}) < 5)
