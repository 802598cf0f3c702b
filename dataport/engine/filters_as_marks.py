"""Filters by what somebody has: each comparison becomes an added column of the row, true or false."""

from __future__ import annotations

from dataport.semantic.condition import ALWAYS, AllOf, AnyOf, Atom, Compare, Condition, IsUnknown, Not
from dataport.semantic.model import Catalog, Through
from dataport.semantic.names import hidden

Marks = dict[str, tuple[Through, Condition]]


def filters_as_marks(condition: Condition, fact: str, catalog: Catalog) -> tuple[Condition, Marks]:
    """The condition with a mark for each comparison that reaches through to another fact, and what each mark means.

    ``=`` means: has at least one of these. ``!=`` is its opposite: has none of these. ``is unknown``: has none at all.
    """
    marks: Marks = {}

    def mark(through: Through, wanted: Condition) -> Condition:
        meaning = (through, wanted)
        name = next((name for name, known in marks.items() if known == meaning), hidden("has", str(len(marks) + 1)))
        marks[name] = meaning
        return Compare(name, "=", True)

    def turned(part: Condition) -> Condition:
        match part:
            case AllOf(parts):
                return AllOf(tuple(turned(one) for one in parts))
            case AnyOf(parts):
                return AnyOf(tuple(turned(one) for one in parts))
            case Not(inner):
                return Not(turned(inner))
            case _:
                return reached(part)

    def reached(atom: Atom) -> Condition:
        level = catalog.levels[atom.level]
        if level.through is None or not catalog.is_through(level, fact):
            return atom
        match atom:
            case IsUnknown():
                return Not(mark(level.through, ALWAYS))
            case Compare(name, "!=", value):
                return Not(mark(level.through, Compare(name, "=", value)))
            case _:
                return mark(level.through, atom)

    return turned(condition), marks
