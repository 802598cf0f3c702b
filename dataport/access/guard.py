"""guard: from a Question to a ScopedQuestion, the only thing that the engine compiles. It narrows and fails closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import InitVar, dataclass, replace
from types import MappingProxyType

from dataport.access.decide import Decision, Mentioned, decide, rows_of
from dataport.access.predicate import Everything, RowPredicate, Where, Within, columns_of, condition_of, predicate
from dataport.access.viewer import Viewer
from dataport.errors import Refused
from dataport.semantic.condition import ALWAYS, Condition, levels_of, renamed
from dataport.semantic.model import Catalog, Fact, Leaf
from dataport.semantic.policy import SCOPE
from dataport.semantic.question import Question
from dataport.semantic.timeline import PERIOD, Timeline

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
        """The question whose order says what a top keeps; of a trend, it is asked over the whole time.

        It keeps only the first breakdown where the other members are put together, else the breakdowns going down.
        """
        names = (self.question.by[0].name,) if self.question.other else self.question.going_down
        question = self.spanning(names).question
        since = tuple(replace(side, line=side.line.at_end) for side in question.since)
        order = tuple(term for term in question.order if term.name != PERIOD)
        first = self.question.other or self.question.top
        ranked = replace(question, timeline=question.timeline.at_end, since=since, order=order, top=first, other=None)
        ranked = replace(ranked, across=None)
        return ScopedQuestion(ranked, self.viewer, self.scopes, _SEAL)

    @property
    def sees_all(self) -> bool:
        """Whether the viewer may see every row."""
        return all(isinstance(scope, Everything) for scope in self.scopes.values())

    def with_all_rows(self) -> ScopedQuestion:
        """The same question without its filter on numbers and without its top, which both hide rows."""
        return ScopedQuestion(
            replace(self.question, having=ALWAYS, top=None, subtotals=()), self.viewer, self.scopes, _SEAL
        )

    def counting(self, leaf: Leaf, where: Condition, line: Timeline) -> ScopedQuestion:
        """A question that counts rows of the same fact in the same scope, with fewer conditions.

        Args:
            leaf: a count of one of the question's facts, under its own condition or none.
            where: some of the question's filters.
        """
        question = self.question
        mentioned = {level.name for level in question.mentioned}
        asked = {*levels_of(where), *levels_of(leaf.measure.where)}
        if not (leaf.measure.fact in question.facts and asked <= mentioned):
            raise TypeError("a count of less mentions nothing that the question does not")
        # an indicator that is computed from one of this name (an average, say) must not be computed from this count
        catalog = replace(question.catalog, indicators={leaf.name: leaf})
        bare = Question(catalog, (leaf,), (), where, line, question.geography, question.today, (), None)
        bare = replace(bare, has_links=question.has_links)
        return ScopedQuestion(bare, self.viewer, self.scopes, _SEAL)

    def in_words(self) -> str:
        """The scope in words, without naming anything outside it."""
        scopes = self.scopes.values()
        further = ", less what a policy keeps back" if any(isinstance(one, Where) for one in scopes) else ""
        limited = [scope for scope in scopes if isinstance(scope, Within)]
        if not limited:
            return "all rows" + further
        units = sorted({unit for scope in limited for unit in scope.values})
        shown = ", ".join(units[:5]) + (f" and {len(units) - 5} more" if len(units) > 5 else "")
        return f"rows of business unit{'s' if len(units) != 1 else ''} {shown}{further}" if units else "no rows"


def guard(question: Question, viewer: Viewer) -> ScopedQuestion:
    """Narrow a question to what its viewer may see.

    Every member that the question mentions, openly or through an indicator's inputs, must be permitted. A row counts
    only if one permission allows the row and admits *all* of those members, so that two roles never add up to more than
    either of them gives.

    Raises:
        Refused: the class has nothing to read yet, a member or a fact is not permitted, or the answer could hold rows
            of a store whose permissions have expired.
    """
    catalog = question.catalog
    _require_trusted(question, viewer)
    # Everything mentioned counts on every fact: a filter on one leg says something about the rows of the other.
    mentioned = mentioned_in(question)
    scopes = {name: scope_of(catalog.facts[name], mentioned, viewer, catalog) for name in _facts_read(question)}
    # a rollup may be read only if it keeps the columns by which its fact is narrowed
    for one in catalog.rollups.values():
        if one.of in scopes and set(columns_of(scopes[one.of])) <= set(one.columns):
            scopes[one.name] = scopes[one.of]
    return ScopedQuestion(question, viewer, MappingProxyType(scopes), _SEAL)


def guard_records(question: Question, viewer: Viewer, purpose: str) -> ScopedQuestion:
    """Narrow a question to the rows of which its viewer may also open all that it mentions: these are to be listed.

    Who is told which records a number counts is told of each of them what the question says of it. The natural mistake
    is to count by one role and to open by another: the list then tells a member that neither of them opens.

    Raises:
        Refused: as `guard`; or nothing of a kind of record that is mentioned may be opened with those members.
    """
    counted, mentioned, catalog = guard(question, viewer), mentioned_in(question), question.catalog
    scopes = {}
    for name in _facts_read(question):
        fact = catalog.facts[name]
        assert fact.scope
        kinds = [one for one in _entities(fact, mentioned) if one in catalog.records.entities]
        opened = [decide(catalog.policies, viewer, one, "open", mentioned, purpose) for one in kinds]
        rows = [on_fact(rows_of(one), fact, catalog, one.entity) for one in opened]
        scopes[name] = predicate((condition_of(counted.scopes[name]), *rows), fact.scope)
    return ScopedQuestion(question, viewer, MappingProxyType(scopes), _SEAL)


def _require_trusted(question: Question, viewer: Viewer) -> None:
    """Refuse what could hold rows of a store whose permissions have expired.

    Without those rows the number would be too small, and nothing would say so.
    """
    if not viewer.expired:
        return
    concerned = question.horizons.fixed_by(question.where) if question.horizons else viewer.expired
    if lapsed := sorted(concerned & viewer.expired):
        trusted = ", ".join(f"'{name}'" for name in sorted({one.source for one in viewer.permissions}))
        raise Refused(
            f"Permissions of {', '.join(lapsed)} were read too long ago to be trusted, so what could hold rows of that "
            f'store is not answered. Limit the question to the others: --where "source in ({trusted})". '
            "`dataport status` says why they could not be read; `dataport refresh` reads them again."
        )


def _facts_read(question: Question) -> tuple[str, ...]:
    """The facts that are counted or filtered by, and those that say who is in a group or which record is whose."""
    compositions = (one.fact for one in question.compositions)
    # which record stands for a person depends on which rows of the fact of records are in scope
    identities = [question.catalog.facts[name].identity for name in question.facts] if question.has_links else []
    records = (one.of for one in identities if one and one.rank)
    return tuple(dict.fromkeys((*question.facts, *question.through, *compositions, *records)))


def scope_of(fact: Fact, mentioned: Mentioned, viewer: Viewer, catalog: Catalog) -> RowPredicate:
    """The rows of a fact for which every entity involved is permitted with every member mentioned.

    Raises:
        Refused: an entity is not permitted, or the fact does not hold what a policy decides by. The question is refused
            rather than answered without that policy.
    """
    if fact.scope is None:
        raise Refused(f"{fact.label} cannot be asked: nothing leads from its rows to what permissions are about.")
    decisions = decisions_on(fact, mentioned, viewer, catalog)
    return predicate((on_fact(rows_of(one), fact, catalog, one.entity) for one in decisions), fact.scope)


def decisions_of(question: Question, viewer: Viewer) -> Iterator[tuple[Fact, Decision]]:
    """What is decided about each fact of a question and each entity involved, refusals too: for explanations."""
    for name in _facts_read(question):
        fact = question.catalog.facts[name]
        for decision in decisions_on(fact, mentioned_in(question), viewer, question.catalog):
            yield fact, decision


def mentioned_in(question: Question) -> Mentioned:
    """Everything that a question mentions, openly or through an indicator's inputs."""
    catalog = question.catalog
    told = [catalog.facts[name].boundaries for name in question.facts] if question.tells_causes else []
    causes = tuple(catalog.levels[one.level] for one in told if one and one.level)
    # whoever is told a cause is told a member of this level, and something about the entities of the level's facts
    about = tuple(catalog.facts[fact].entity for level in causes for fact in level.on)
    # what was worked out of a field before anything is counted tells of the field, as if it were named
    worked_out = [name for level in question.referenced for name in level.tells_of]
    worked_out += [name for indicator in question.inputs for name in indicator.tells_of]
    told_of = tuple(catalog.levels[name] for name in dict.fromkeys(worked_out))
    return Mentioned(
        (*question.referenced, *causes, *told_of),
        (*question.mentioned, *causes),
        question.inputs,
        tuple(dict.fromkeys(about)),
    )


def decisions_on(fact: Fact, mentioned: Mentioned, viewer: Viewer, catalog: Catalog) -> list[Decision]:
    """One decision for each entity that the rows of a fact, or what is mentioned with them, are about."""
    return [decide(catalog.policies, viewer, entity, "count", mentioned) for entity in _entities(fact, mentioned)]


def _entities(fact: Fact, mentioned: Mentioned) -> tuple[str, ...]:
    return tuple(dict.fromkeys((fact.entity, *mentioned.entities)))


def on_fact(rows: Condition, fact: Fact, catalog: Catalog, entity: str) -> Condition:
    """The rows of a decision about an entity, as a condition on columns of a fact.

    Raises:
        Refused: the fact does not hold what they are decided by, or holds it of something else. The natural mistake is
            to take the status of a group for that of its focal point.
    """
    assert fact.scope
    columns = {SCOPE: fact.scope}
    speaks_of_it = entity in (fact.entity, fact.attributes_of)
    for name in levels_of(rows):
        column = fact.scope if name == SCOPE else catalog.levels[name].on.get(fact.name) if speaks_of_it else None
        if column is None:
            raise Refused(f"{fact.label} cannot be asked: its rows do not hold what a policy decides by.")
        columns[name] = column
    return renamed(rows, columns)
