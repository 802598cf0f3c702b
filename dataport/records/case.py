"""Door 2, by case: everything about a person or a group. `open_case` is the story of one look.

What a viewer may not see does not exist for them: a case out of their scope and one that nobody has are the same text,
exit code and work; a version out of scope is not mentioned, and a field that is not theirs is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeAlias, TypeVar

from dataport.access import ScopedRecords
from dataport.engine.records import OPEN_END, Records, Row, Spans
from dataport.errors import NotVisible, WrongRequest
from dataport.house import House
from dataport.records.last_look import EVERYTHING, Reach
from dataport.records.opening import OpenLook, bearing, opening
from dataport.records.recorders import ids_of, with_recorders
from dataport.records.told import DAMAGED, Case, Record, Version
from dataport.semantic import Horizon
from dataport.semantic.record import RecordModel, RecordModels
from dataport.visit import Asker, well_formed

T = TypeVar("T")
# Of each role for persons, by position: whom it may open.
Allowed: TypeAlias = tuple[frozenset[int], ...]


def open_case(
    case_id: str,
    command: str,
    asker: Asker,
    house: House,
    told: Callable[[Case, Horizon], T],
    days: Sequence[date | None] = (),
    reaching: Reach | Callable[[Case, Horizon], Reach] = EVERYTHING,
) -> T:
    """Open the case of a person or a group by one of its ids, and tell of it.

    Args:
        case_id: an id or number of a person or a group, or a former number.
        command: what is done with it, for the log.
        told: what is told of the case; the look ends, and is written down, with it.
        days: what days it is asked for; each must be one that its store is known of. None: the last one that is.
        reaching: how far what is told goes, for whoever asks later what is new since.

    Raises:
        NotVisible: there is none, or none that this viewer may see: the two are not told apart.
        DataportError: the viewer may open nothing, no purpose is stated, or the look could not be written down.
    """
    on = " and ".join(str(day) for day in days if day)
    with opening(command, f"{command} {case_id} {on}", asker, house) as opened:
        for day in days:
            if day:
                opened.horizons.whole.require(day)
        case = Opening(opened.scoped, opened.records, opened.models).case(well_formed(case_id).strip())
        if case is None:
            raise NotVisible(opened.viewer.expired)
        # what its own store does not reach is not told as it was last known
        horizon = opened.horizons.of.get(case.main.source or "", opened.horizons.whole)
        asked = [day or horizon.last_day for day in days]
        for day in asked:
            horizon.require(day)
        # before anything is told: also a look that ends in an error has told that there is such a case
        _write_down(opened, case, command, " and ".join(map(str, asked)))
        accounts = house.accounts(ids_of(case))
        entity = opened.models.owner_of(opened.models.membership).entity
        try:
            answer = told(with_recorders(case, accounts, opened.scoped, entity), horizon)
        except NotVisible:
            # which is what is told where there is no case at all
            opened.look.note(question=None, rows=0)
            raise
        reach = reaching if isinstance(reaching, Reach) else reaching(case, horizon)
        opened.look.note(reaches=reach.on(case, horizon), rights=case.rights)
    return answer


def _write_down(opened: OpenLook, case: Case, command: str, words: str) -> None:
    """The record itself appears as a keyed pseudonym, the same for the same record whichever id was typed."""
    kind, key = case.main.entity, case.main.owner_key
    question = f"{command} of {kind} {opened.pseudonym(kind, key)}{' on ' + words if words else ''}"
    opened.look.note(question=question, rows=sum(len(one.versions) for one in case.records))


class Opening:
    """One case on its way: the same statements, in the same order, whatever is found."""

    def __init__(self, scoped: ScopedRecords, records: Records, models: RecordModels) -> None:
        self._scoped, self._records, self._models = scoped, records, models
        self._person, self._group = models.owner_of(models.membership), models[models.membership.leads_to or ""]
        self._seen: dict[tuple[Any, ...], Spans] = {}

    def case(self, case_id: str) -> Case | None:
        found = self._records.find([case_id])
        ids = frozenset({case_id})
        mains = [one for owner in self._models.owners for one in self.bearing(owner, found[owner.name], ids)]
        person = {record.person for record in mains if record.person is not None}
        group = {record.group for record in mains if record.person is None and record.group is not None}
        memberships = self._memberships(tuple(sorted(person)))
        groups = tuple(sorted(group | {one.group for one in memberships if one.group is not None}))
        group_records = self._owners(self._group, groups)
        seen = tuple(one.group for one in group_records if one.group is not None)
        others = self._records.members(seen)
        rows, candidates = self._candidates(person, others, seen)
        allowed, is_cut = self._limits(rows, candidates)
        persons = self.persons(rows, allowed)
        opened = tuple(key for key in candidates if key in persons)
        all_memberships = self._memberships(opened, allowed)
        belongings = {
            one.entity: self._of_persons(one, opened, allowed) for one in self._models.belongings(self._person)
        }
        for one in self._models.belongings(self._group):
            belongings[one.entity] += self._of_groups(one, seen)
        if len(mains) > 1:
            raise WrongRequest("Several cases have that number. Give the id of the person or of the group itself.")
        main = mains[0] if mains else None
        if main and main.person is not None:
            # as far as the roles that may open anybody at all let it be seen
            main = persons.get(main.person)
        if main is None:
            return None
        return Case(
            main,
            tuple(persons[key] for key in opened),
            tuple(group_records),
            tuple(one for one in all_memberships if one.group in seen or one.person in person),
            {entity: tuple(several) for entity, several in belongings.items() if entity in self._scoped.views},
            self.meta() | ({"limited_to": len(opened)} if is_cut else {}),
            self._scoped.digest,
        )

    def meta(self) -> dict[str, Any]:
        """Who looks, what for, and at which data."""
        return {
            "viewer": self._scoped.viewer.login,
            "viewer_class": self._scoped.viewer.viewer_class.value,
            "purpose": self._scoped.purpose,
            "data_version": self._records.data_version,
        }

    def bearing(self, owner: RecordModel, keys: Sequence[int], ids: frozenset[str]) -> list[Record]:
        """The persons or groups of whom a version in scope has one of the ids."""
        rows = self._records.owners(owner, keys, self._scoped)
        borne = bearing(owner, rows, ids, self._scoped)
        return self._recorded(owner, [row for row in rows if row.values[owner.key] in borne])

    def _candidates(
        self, asked_for: set[int], others: Sequence[int], groups: Sequence[int]
    ) -> tuple[list[Row], list[int]]:
        """Versions of the persons of a case, and who they are, those asked for first.

        Whoever came to the group while out of sight is none of them, and counts nowhere.
        """
        keys = (*sorted(asked_for), *(key for key in others if key not in asked_for))
        rows = self._records.owners(self._person, keys, self._scoped)
        in_sight = {
            one.person
            for one in self._memberships(keys)
            if one.group in groups and any(version.values.get("is_active") for version in one.versions)
        }
        visible = {row.values[self._person.key] for row in rows} & (asked_for | in_sight)
        return rows, [key for key in keys if key in visible]

    def _limits(self, rows: Iterable[Row], candidates: list[int]) -> tuple[Allowed, bool]:
        """Whom each role may open, no more than its own limit, and whether that leaves somebody out."""
        roles: dict[int, set[int]] = {}
        for row in rows:
            roles.setdefault(row.values[self._person.key], set()).update(row.roles)
        allowed, is_cut = [], False
        for n, view in enumerate(self._scoped.views[self._person.entity]):
            keys = [key for key in candidates if n in roles[key]]
            allowed.append(frozenset(keys[: view.row_limit]))
            is_cut |= len(keys) > view.row_limit
        return tuple(allowed), is_cut

    def persons(self, rows: Iterable[Row], allowed: Allowed) -> dict[int, Record]:
        """The persons, each as the roles that may open them see them."""
        kept = (
            Row(row.values, tuple(n for n in row.roles if row.values[self._person.key] in allowed[n])) for row in rows
        )
        records = self._recorded(self._person, [row for row in kept if row.roles])
        return {one.person: one for one in records if one.person is not None}

    def _owners(self, owner: RecordModel, keys: Sequence[int]) -> list[Record]:
        return self._recorded(owner, self._records.owners(owner, keys, self._scoped))

    def _memberships(self, persons: Sequence[int], allowed: Allowed | None = None) -> list[Record]:
        """Who was in which group is about the person: whoever may open the one may open the other."""
        model = self._models.membership
        spans = self._spans(self._person, persons, model.entity, allowed)
        return self._recorded(model, self._records.owned(model, spans))

    def _of_persons(self, model: RecordModel, persons: Sequence[int], allowed: Allowed) -> list[Record]:
        spans = self._spans(self._person, persons, model.entity, allowed)
        rows = self._records.owned(model, spans)
        # that something recorded earlier was changed later is told where the person was in scope then
        rows = [spans.ending_in_sight(row) for row in rows] if model.is_of_a_moment else rows
        return self._recorded(model, rows)

    def _of_groups(self, model: RecordModel, groups: Sequence[int]) -> list[Record]:
        spans = self._spans(self._group, groups, model.entity)
        return self._recorded(model, self._records.owned(model, spans))

    def _spans(self, owner: RecordModel, keys: Sequence[int], entity: str, allowed: Allowed | None = None) -> Spans:
        """When the owners may be seen by the roles that count for an entity; read once for entities judged alike.

        What belongs to somebody is opened while they themselves may be: a role for the one adds nothing to another's.
        """
        views, within = self._scoped.views.get(entity, ()), self._scoped.views.get(owner.entity, ())
        seen_by = tuple((view.role, view.rows.get(owner.name)) for view in views)
        judged = owner.name, tuple(keys), seen_by, views == within, allowed
        if judged not in self._seen:
            self._seen[judged] = self._records.spans(owner, keys, views, within, allowed)
        return self._seen[judged]

    def _recorded(self, model: RecordModel, rows: Iterable[Row]) -> list[Record]:
        """Rows put together by record, in the order in which the keys of their owners were first seen."""
        views = self._scoped.views.get(model.entity, ())
        told = {*model.fields, *model.bookkeeping}
        records: dict[tuple[Any, ...], list[Version]] = {}
        sources: dict[tuple[Any, ...], str | None] = {}
        for row in rows:
            shown = {name for n in row.roles for name in told - views[n].hidden}
            values = {name: value for name, value in row.values.items() if name in shown}
            if damaged := [name for name in str(row.values.get(DAMAGED) or "").split(",") if name in shown]:
                values[DAMAGED] = ", ".join(damaged)
            until = row.values["valid_to"]
            until = None if until >= OPEN_END else until
            version = Version(row.values["valid_from"], until, values, model.bookkeeping, row.cut)
            owner = row.values.get(self._person.key), row.values.get(self._group.key)
            key = owner, row.values[model.key]
            sources[key] = row.values.get("source_id")
            versions = records.setdefault(key, [])
            if versions and _goes_on(versions[-1], version):
                # who recorded a change that is not this viewer's to see is not told either
                before = versions.pop()
                version = replace(before, until=version.until, is_cut=(before.is_cut[0], version.is_cut[1]))
            versions.append(version)
        return [
            Record(model.name, person, group, tuple(versions), sources[(person, group), key], model.label, model.kind)
            for ((person, group), key), versions in records.items()
        ]


def _goes_on(before: Version, after: Version) -> bool:
    """Whether nothing that this viewer may see changed from one version to the next."""
    return before.until == after.first and before.said == after.said
