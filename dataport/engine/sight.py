"""sight: when a viewer's roles see the owners of one kind. Read once, for all the records that are told of them.

A case tells of a person by some ten kinds of records, and each is told where a role sees the person's version of that
time. Reading these versions anew for each kind would cost more than reading the records.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Self, TypeAlias

from sqlglot import exp

from dataport.access.open import RoleView, ScopedRecords
from dataport.engine.blocks import Parameters, aliased, any_of, column, is_true, listed, select, table_of
from dataport.engine.lower_conditions import test_of
from dataport.engine.records import NOBODY, Records, keyed, opened_by, tests_of
from dataport.semantic.condition import Condition
from dataport.semantic.record import RecordModel

# Of each role for owners, by position: whom it may open.
Allowed: TypeAlias = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Openable:
    """What may be opened of what was picked.

    Attributes:
        allowed: of each kind of owner, whom each role opens.
        owners: of each kind of owner, whom they open together.
        records: how many records that is.
        more: how many owners more could be opened, by asking for fewer at a time.
    """

    allowed: Mapping[str, Allowed] = field(repr=False)
    owners: Mapping[str, tuple[int, ...]] = field(repr=False)
    records: int
    more: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time of an owner, recorded and half-open, and what holds in all of it."""

    key: int
    since: datetime
    until: datetime
    holds: tuple[bool, ...]


# Where there is none, one that is of nobody and at no time, so that the same statement is run.
_NOBODYS = NOBODY, datetime.max, datetime.min


@dataclass(frozen=True, slots=True)
class Sight:
    """The versions of some owners that a role may open, and which conditions of the roles hold in each.

    Attributes:
        within: the roles for owners.
        conditions: those of the roles for any kind of record, each once, with its position.
        versions: in order of owner and time.
    """

    within: tuple[RoleView, ...] = field(repr=False)
    conditions: dict[Condition, int] = field(repr=False)
    owner: RecordModel
    versions: tuple[Stretch, ...] = field(repr=False)

    @classmethod
    def of(cls, owner: RecordModel, keys: Sequence[int], scoped: ScopedRecords, records: Records) -> Self:
        """Of these owners, for every kind of record that may be told of them."""
        within = scoped.views.get(owner.entity, ())
        rows = (view.rows.get(owner.name) for views in scoped.views.values() for view in views)
        conditions = {one: n for n, one in enumerate(dict.fromkeys(one for one in rows if one is not None))}
        parameters = Parameters()
        columns: list[exp.Expr] = [column(name) for name in (owner.key, "valid_from", "valid_to")]
        columns += [aliased(is_true(test_of(one, parameters)), f"_holds_{n}") for one, n in conditions.items()]
        where = [any_of(tests_of(owner, within, parameters)), keyed(column(owner.key), keys, parameters)]
        found = sorted(records.rows(select(columns, table_of(owner.table), where=where), parameters))
        return cls(
            within,
            conditions,
            owner,
            tuple(Stretch(key, since, until, tuple(holds)) for key, since, until, *holds in found),
        )

    def openers(self) -> dict[int, frozenset[int]]:
        """The owners of whom something may be opened, by key, with the roles (by position) that may."""
        roles: dict[int, frozenset[int]] = {}
        places = [self._place(view) for view in self.within]
        for one in self.versions:
            may = {n for n, place in enumerate(places) if place is not None and one.holds[place]}
            roles[one.key] = roles.get(one.key, frozenset()) | may
        return roles

    def stretches(
        self, views: Sequence[RoleView], keys: Collection[int], allowed: Allowed | None, *, apart: bool
    ) -> list[Stretch]:
        """When some role may see such records of these owners; as long as possible, so that few are joined.

        Args:
            views: the roles for such records.
            allowed: whom each role for owners opens; None where it opens whomever it may.
            apart: whether it is told of each role whether it does, and not of all together.
        """
        wanted = frozenset(keys)
        few = [wanted] * len(self.within) if allowed is None else [wanted.intersection(one) for one in allowed]
        opens = [self._place(view) for view in self.within]
        by = [(self._place(view), opened_by(n, views, self.within)) for n, view in enumerate(views)]
        found: list[Stretch] = []
        for one in self.versions:
            may = [at is not None and one.holds[at] and one.key in few[m] for m, at in enumerate(opens)]
            roles = tuple(at is not None and one.holds[at] and any(may[m] for m in those) for at, those in by)
            if any(roles):
                _add(found, Stretch(one.key, one.since, one.until, roles if apart else ()))
        return found

    def _place(self, view: RoleView) -> int | None:
        rows = view.rows.get(self.owner.name)
        return None if rows is None else self.conditions[rows]


def _add(stretches: list[Stretch], then: Stretch) -> None:
    """One that goes on where the last one ends is one with it."""
    last = stretches[-1] if stretches else None
    if last and (last.key, last.until, last.holds) == (then.key, then.since, then.holds):
        stretches[-1] = Stretch(last.key, last.since, then.until, last.holds)
    else:
        stretches.append(then)


def handed_over(stretches: Sequence[Stretch], flags: Sequence[str], parameters: Parameters) -> exp.Select:
    """The stretches as a relation: ``_owner``, ``_since``, ``_until`` and the flags, each column one parameter."""
    rows = [(one.key, one.since, one.until, *one.holds) for one in stretches] or [(*_NOBODYS, *(False for _ in flags))]
    columns = zip(("_owner", "_since", "_until", *flags), zip(*rows, strict=True), strict=True)
    return select([aliased(listed(parameters.own(list(values))), name) for name, values in columns], None)


def limited(roles: Mapping[int, frozenset[int]], views: Sequence[RoleView]) -> Allowed:
    """Whom each role opens: of those whom it may open at all the first, no more than its own limit.

    Args:
        roles: by owner, in order, the roles (by position) that may open them.
    """
    return tuple(
        tuple(key for key, may in roles.items() if n in may)[: max(view.row_limit, 0)] for n, view in enumerate(views)
    )
