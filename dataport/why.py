"""why: what the policies say of a viewer and a question, and which grants, roles and members say nothing at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from dataport.access import Decision, Grants, Judged, Mentioned, Viewer, ViewerClass, decide, decisions_of, guard
from dataport.errors import Refused
from dataport.house import House
from dataport.semantic import Catalog, Request, resolve
from dataport.semantic.condition import (
    ALWAYS,
    NEVER,
    Atom,
    Condition,
    OneOf,
    in_words,
    mapped,
)
from dataport.semantic.model import Indicator, Level
from dataport.visit import Asker, visiting

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Reason:
    """What one policy said of one role of the viewer (of the viewer, for a forbid), about one entity.

    Attributes:
        says: the rows it gives or takes, in words; or why it does not hold.
    """

    fact: str
    entity: str
    policy: str
    effect: str
    role: str | None
    holds: bool
    says: str


@dataclass(frozen=True, slots=True)
class Why:
    """Why a viewer sees what they see of a question.

    Attributes:
        refusal: what the viewer is told instead of an answer; None if there is one.
        scope: the rows that are counted, in words.
        readings: what was taken for what in the question, such as a code of another list.
    """

    question: str
    readings: tuple[str, ...]
    viewer: str
    viewer_class: str
    refusal: str | None
    scope: str | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about grants or policies that does nothing: of which kind, what, and how many accounts it concerns."""

    kind: str
    what: str
    accounts: int


def why(request: Request, asker: Asker, house: House) -> Why:
    """How the guard decides about a request of a viewer. It reads no row, and is written down like a question.

    Raises:
        DataportError: the request cannot be asked by anybody, or nobody has the login.
    """
    with visiting("access why", repr(request), asker, house) as (look, viewer):
        figures = house.figures()
        horizons = figures.horizons(house.catalog).within(viewer.sources)
        question = resolve(request, house.catalog, horizons.whole).within(horizons)
        look.note(question=question.logged(), data_version=figures.data_version)
        reasons = [
            _reason(fact.name, decision, judged)
            for fact, decision in decisions_of(question, viewer)
            for judged in decision.judged
        ]
        try:
            scope, refusal = guard(question, viewer).in_words(), None
        except Refused as told:
            scope, refusal = None, str(told)
    return Why(
        question.in_words(),
        question.readings,
        viewer.login,
        viewer.viewer_class.value,
        refusal,
        scope,
        tuple(reasons),
    )


def _reason(fact: str, decision: Decision, judged: Judged) -> Reason:
    policy = judged.policy
    says = judged.obstacle or _rows_in_words(judged.rows)
    holds = judged.obstacle is None
    return Reason(fact, decision.entity, policy.name, policy.effect, judged.role, holds, says)


def _rows_in_words(rows: Condition) -> str:
    if rows == ALWAYS:
        return "all rows"
    return "no rows" if rows == NEVER else f"rows where {in_words(_shortened(rows))}"


def _shortened(rows: Condition) -> Condition:
    """Long lists of scopes end in how many more there are."""

    def told(atom: Atom) -> Condition:
        if isinstance(atom, OneOf) and len(atom.values) > _SHOWN:
            return OneOf(atom.level, (*atom.values[:_SHOWN], f"… {len(atom.values) - _SHOWN} more"))
        return atom

    return mapped(rows, told)


def check(house: House) -> tuple[Finding, ...]:
    """Grants that match nothing, accounts without scope, members nobody may see, policies about nobody."""
    accounts = house.everybody()
    figures, catalog = house.figures(), house.catalog
    scopes: dict[str, frozenset[str]] = {}
    for fact in catalog.facts.values():
        if fact.scope:
            scopes[fact.entity] = scopes.get(fact.entity, frozenset()) | figures.scope_values(fact)
    return (
        *_not_understood(house),
        *_shared(house),
        *_matching_nothing(accounts, scopes),
        *_without_scope(accounts),
        *_for_nobody(accounts, catalog),
        *_about_nobody(accounts, catalog),
    )


def _not_understood(house: House) -> Iterator[Finding]:
    for role, entity, field, accounts in house.unknown_permissions():
        yield Finding(
            "not understood", f"role {role!r} on {entity} records gives nothing: its {field} is unknown here", accounts
        )


def _shared(house: House) -> Iterator[Finding]:
    """Logins of several accounts, and confirmations that say nothing."""
    for login, sources in house.shared_logins():
        where = f"in {', '.join(sources)}" if len(sources) > 1 else f"twice in {sources[0]}"
        yield Finding(
            "nobody's login", f"{login} exists {where}: nobody has said that it is one person's", len(sources)
        )
    known = {source.source_id for source in house.settings.sources}
    for one in house.settings.confirmed_logins:
        for source in one.sources:
            if source not in known:
                yield Finding(
                    "confirms nothing", f"{one.login} is confirmed for {source!r}, which is no source here", 0
                )


def _matching_nothing(accounts: Sequence[Grants], scopes: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    """Roles whose rows are none, with the units of the accounts that it is so for."""
    found: dict[tuple[str, str], list[frozenset[str]]] = {}
    for account in accounts:
        for one in account.permissions:
            units = one.units if one.units is not None else frozenset()
            is_about_nothing = one.entity not in scopes and not one.may_open
            reaches_nothing = one.entity in scopes and one.units is not None and not one.units & scopes[one.entity]
            if is_about_nothing or reaches_nothing:
                found.setdefault((one.role, one.entity), []).append(units)
    for (role, entity), several in sorted(found.items()):
        names = sorted(frozenset().union(*several))
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        because = (
            f"there is no row of {', '.join(names[:_SHOWN])}{more}" if entity in scopes else "no fact is about them"
        )
        yield Finding("matches nothing", f"role {role!r} on {entity} records: {because}", len(several))


def _without_scope(accounts: Sequence[Grants]) -> Iterator[Finding]:
    without = [
        one.login
        for one in accounts
        if one.viewer_class is ViewerClass.REGISTRATION and not any(p.units is None or p.units for p in one.permissions)
    ]
    if without:
        yield Finding("without scope", "accounts of the registration whose roles reach no unit", len(without))


def _for_nobody(accounts: Sequence[Grants], catalog: Catalog) -> Iterator[Finding]:
    """Members that no account's roles and no policy admit, judged with the widest rows."""
    viewers = [
        Viewer(
            account.login or "", account.viewer_class or ViewerClass.STATISTICS, account.permissions, account.version
        )
        for account in _one_of_each(accounts)
    ]
    for level in catalog.levels.values():
        facts = [catalog.facts[name] for name in level.on if name in catalog.facts]
        if facts and not _admitted(Mentioned((level,), (level,)), {fact.entity for fact in facts}, viewers, catalog):
            yield _unseen("breakdown", level)
    for name in catalog.public_indicators():
        indicator = catalog.indicator(name)
        entities = {catalog.facts[fact].entity for fact in catalog.facts_of(indicator)}
        if not _admitted(Mentioned((), (), (indicator,)), entities, viewers, catalog):
            yield _unseen("indicator", indicator)


def _one_of_each(accounts: Sequence[Grants]) -> list[Grants]:
    """One account for each set of roles, whatever their units: the members that they admit are the same."""
    seen: dict[tuple[object, ...], Grants] = {}
    for account in accounts:
        roles = frozenset(
            (p.role, p.entity, p.may_count, p.finest_place_level, p.highest_tier) for p in account.permissions
        )
        seen.setdefault((account.viewer_class, roles), account)
    return list(seen.values())


def _admitted(mentioned: Mentioned, entities: set[str], viewers: list[Viewer], catalog: Catalog) -> bool:
    return any(
        decide(catalog.policies, viewer, entity, "count", mentioned).refusal is None
        for viewer in viewers
        for entity in entities
    )


def _unseen(kind: str, member: Level | Indicator) -> Finding:
    return Finding("nobody may see", f"the {kind} {member.name}", 0)


def _about_nobody(accounts: Sequence[Grants], catalog: Catalog) -> Iterator[Finding]:
    roles = {permission.role for account in accounts for permission in account.permissions}
    logins = {account.login for account in accounts}
    for policy in catalog.policies:
        for kind, names, known in (("role", policy.who.roles, roles), ("login", policy.who.logins, logins)):
            for name in names:
                if name not in known:
                    yield Finding("about nobody", f"policy {policy.name} speaks of the {kind} {name!r}", 0)
