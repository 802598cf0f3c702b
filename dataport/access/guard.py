"""guard: from a Question to a ScopedQuestion, the only thing that the engine compiles. It narrows and fails closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass, replace
from types import MappingProxyType

from dataport.access.predicate import Everything, RowPredicate, Within, intersection, union
from dataport.access.viewer import Permission, Viewer, ViewerClass
from dataport.errors import Refused
from dataport.semantic.condition import ALWAYS
from dataport.semantic.model import TIERS, Fact, Indicator, Level
from dataport.semantic.question import Question
from dataport.semantic.timeline import PERIOD

_SEAL = object()


@dataclass(frozen=True, slots=True)
class ScopedQuestion:
    """A question and the part of the world in which it may be asked. Only `guard` can make one.

    Attributes:
        scopes: fact (or rollup) name to the rows of it that may be counted. What is not here may not be read.
    """

    question: Question
    viewer: Viewer
    scopes: Mapping[str, RowPredicate]
    # Not a field: dataclasses.replace cannot carry it over to another question.
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        if seal is not _SEAL:
            raise TypeError("a ScopedQuestion is made by access.guard and by nothing else")

    def spanning(self, kept: tuple[str, ...]) -> ScopedQuestion:
        """The same question with fewer breakdowns, for a total: it mentions nothing that was not permitted."""
        question = self.question
        levels = tuple(level for level in question.by if level.name in kept)
        if len(levels) != len(kept):
            raise TypeError("a total keeps some of the breakdowns and adds none")
        names = {level.name for level in levels} | set(question.columns) | {PERIOD}
        order = tuple(term for term in question.order if term.name in names)
        other = question.other if levels[:1] == question.by[:1] else None
        fewer = replace(question, by=levels, subtotals=(), top=None, order=order, having=ALWAYS, other=other)
        return ScopedQuestion(fewer, self.viewer, self.scopes, _SEAL)

    def ranking(self) -> ScopedQuestion:
        """The question which members of the first breakdown are its first; of a trend, at its end."""
        question = self.spanning((self.question.by[0].name,)).question
        since = tuple(replace(side, line=side.line.at_end) for side in question.since)
        order = tuple(term for term in question.order if term.name != PERIOD)
        ranked = replace(
            question, timeline=question.timeline.at_end, since=since, order=order, top=question.other, other=None
        )
        return ScopedQuestion(ranked, self.viewer, self.scopes, _SEAL)

    def in_words(self) -> str:
        """The scope in words, without naming anything outside it."""
        limited = [scope for scope in self.scopes.values() if isinstance(scope, Within)]
        if not limited:
            return "all rows"
        units = sorted({unit for scope in limited for unit in scope.values})
        shown = ", ".join(units[:5]) + (f" and {len(units) - 5} more" if len(units) > 5 else "")
        return f"rows of business unit{'s' if len(units) != 1 else ''} {shown}" if units else "no rows"


def guard(question: Question, viewer: Viewer) -> ScopedQuestion:
    """Narrow a question to what its viewer may see.

    Every member that the question mentions, openly or through an indicator's inputs, must be permitted; and only rows
    that a permission admitting *all* of those members allows are counted, so that two roles never add up to more than
    either of them gives.

    Raises:
        Refused: the class has nothing to read yet, or a member or a fact is not permitted.
    """
    if viewer.viewer_class is not ViewerClass.REGISTRATION:
        raise Refused(
            f"A viewer of class {viewer.viewer_class} reads the protected statistics only, and none have been "
            "published yet. Nothing else can be shown."
        )
    catalog = question.catalog
    # Everything mentioned counts on every fact: a filter on one leg says something about the rows of the other.
    members = _Members(question.referenced, question.mentioned, question.inputs)
    scopes = {name: _scope(catalog.facts[name], members, viewer) for name in _facts_read(question)}
    # a rollup keeps the scope's column: it is narrowed like the fact that it has counted
    scopes |= {one.name: scopes[one.of] for one in catalog.rollups.values() if one.of in scopes}
    return ScopedQuestion(question, viewer, MappingProxyType(scopes), _SEAL)


@dataclass(frozen=True, slots=True)
class _Members:
    """What a question mentions: levels with those they are reached through, levels by themselves, indicators."""

    levels: tuple[Level, ...]
    shown: tuple[Level, ...]
    indicators: tuple[Indicator, ...]

    @property
    def entities(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(level.entity for level in self.levels if level.entity))


def _facts_read(question: Question) -> tuple[str, ...]:
    """Facts that are counted or filtered by, and those that a composition would be counted on."""
    compositions = (one.fact for one in question.compositions)
    return tuple(dict.fromkeys((*question.facts, *question.through, *compositions)))


def _scope(fact: Fact, members: _Members, viewer: Viewer) -> RowPredicate:
    """The rows of a fact for which every entity involved is permitted with every member mentioned."""
    if fact.scope is None:
        raise Refused(f"{fact.label} cannot be asked: nothing leads from its rows to what permissions are about.")
    parts = [_entity_scope(entity, fact.scope, members, viewer) for entity in (fact.entity, *members.entities)]
    return intersection(fact.scope, parts)


def _entity_scope(entity: str, column: str, members: _Members, viewer: Viewer) -> RowPredicate:
    permitted = [one for one in viewer.permissions if one.entity == entity and one.may_count]
    if not permitted:
        raise Refused(f"None of this viewer's roles permits counting {entity.replace('_', ' ')} records.")
    admitting = [one for one in permitted if _obstacle(one, members) is None]
    if not admitting:
        raise Refused(str(_obstacle(permitted[0], members)))
    return union(column, [_rows(one, column) for one in admitting])


def _rows(permission: Permission, column: str) -> RowPredicate:
    return Everything() if permission.units is None else Within(column, tuple(sorted(permission.units)))


def _obstacle(permission: Permission, members: _Members) -> str | None:
    """The first member that a permission does not admit, as a sentence; None if it admits all."""
    mentioned: tuple[Level | Indicator, ...] = (*members.levels, *members.indicators)
    for member in mentioned:
        if TIERS.index(member.tier) > TIERS.index(permission.highest_tier):
            return f"{member.label} is more sensitive than this viewer's role {permission.role!r} permits."
    # a finer place that a coarser one is looked up by is not told
    for level in members.shown:
        if level.place_level is not None and level.place_level > permission.finest_place_level:
            return f"{level.label} is a finer place than this viewer's role {permission.role!r} permits."
    return None
