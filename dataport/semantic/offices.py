"""offices: the tree of business units, which is public: which office is below which says nothing of people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from dataport.errors import UnknownName


@dataclass(frozen=True, slots=True)
class Office:
    """One business unit as it is now.

    Attributes:
        parent: the unit above it; None at the top.
        kind: what kind of office it is: those of one kind below one office are siblings.
    """

    unit: str
    parent: str | None
    name: str
    kind: str | None = None

    def __str__(self) -> str:
        return self.unit if self.name in ("", self.unit) else f"{self.name} ({self.unit})"


class Offices:
    """All business units of a home."""

    def __init__(self, offices: Iterable[Office]) -> None:
        self._of: Mapping[str, Office] = {one.unit: one for one in sorted(offices, key=lambda one: one.unit)}

    def __iter__(self) -> Iterator[Office]:
        return iter(self._of.values())

    def named(self, text: str) -> Office:
        """The office with this code or name, in capitals or not.

        Raises:
            UnknownName: there is none, or several have the name.
        """
        wanted = text.strip().casefold()
        found = [one for one in self._of.values() if one.unit.casefold() == wanted]
        found = found or [one for one in self._of.values() if one.name.casefold() == wanted]
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownName("one unit", text, (), f"Several are: {', '.join(one.unit for one in found[:10])}.")
        known = [name for one in self._of.values() for name in (one.unit, one.name) if name]
        raise UnknownName("unit", text, known, "`dataport ask active_individuals --by business_unit` lists yours.")

    def below(self, unit: str) -> tuple[str, ...]:
        """An office and all that are below it, by code."""
        found, waiting = set[str](), [unit]
        while waiting:
            one = waiting.pop()
            if one not in found:  # a store may say that two are below each other
                found.add(one)
                waiting += self._children.get(one, ())
        return tuple(sorted(found))

    def siblings(self, unit: str) -> tuple[str, ...]:
        """An office and the others of its kind below the same one; it alone where it is at the top."""
        one = self._of[unit]
        if one.parent is None:
            return (unit,)
        return tuple(other for other in sorted(self._children[one.parent]) if self._of[other].kind == one.kind)

    @cached_property
    def _children(self) -> Mapping[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in self._of.values():
            if one.parent is not None:
                found.setdefault(one.parent, []).append(one.unit)
        return found
