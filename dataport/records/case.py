"""Door 2, by case: everything about a person or a group. `open_case` is the story of one look.

What a viewer may not see does not exist for them: a case out of their scope and one that nobody has are the same text,
exit code and work; a version out of scope is not mentioned, and a field that is not theirs is absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from dataport.access import ScopedRecords
from dataport.engine.fetching import NO_LIMITS, Fetching, Row
from dataport.engine.records import OPEN_END, Records
from dataport.engine.sight import Allowed, Sight, limited
from dataport.errors import NotVisible, WrongRequest
from dataport.house import House
from dataport.records.last_look import EVERYTHING, Reach
from dataport.records.opening import OpenLook, opening
from dataport.records.recorders import ids_of, with_recorders
from dataport.records.told import DAMAGED, Case, Record, Version
from dataport.semantic import Horizon
from dataport.semantic.record import RecordModel, RecordModels
from dataport.visit import Asker, well_formed

T = TypeVar("T")


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

    def case(self, case_id: str) -> Case | None:
        found = self._records.find([case_id])
        ids = frozenset({case_id})
        asked = [
            (owner, key)
            for owner in self._models.owners
            for key in self._fetching(owner, {owner.key: found[owner.name]}).bearing(ids)
        ]
        person = {key for owner, key in asked if owner == self._person}
        group = {key for owner, key in asked if owner == self._group}
        memberships = self._memberships(tuple(sorted(person)))
        groups = {one.group for one in memberships if one.group is not None}
        group_records = self.groups(sorted(group | groups))
        seen = tuple(group_records)
        others = self._records.members(seen)
        candidates = (*sorted(person), *(key for key in others if key not in person))
        sight = Sight.of(self._person, candidates, self._scoped, self._records)
        allowed, is_cut = self._limits(self._in_sight(person, candidates, seen, sight))
        everybody = tuple(dict.fromkeys(key for keys in allowed for key in keys))
        persons = self.persons(everybody, allowed, sight)
        opened = tuple(sorted(persons, key=lambda key: (key not in person, key)))
        all_memberships = self._memberships(opened, allowed, sight)
        picked = {self._person.key: opened, self._group.key: seen}
        limits = {self._person.name: allowed}
        kinds = (one for one in self._models.models.values() if not (one.is_owner or one.leads_to))
        belongings: dict[str, tuple[Record, ...]] = {}
        for one in kinds:
            belongings[one.entity] = (*belongings.get(one.entity, ()), *self._told(one, picked, limits, sight))
        if len(asked) > 1:
            raise WrongRequest("Several cases have that number. Give the id of the person or of the group itself.")
        # a person as far as the roles that may open anybody at all let them be seen
        mains = [persons.get(key) if owner == self._person else group_records.get(key) for owner, key in asked]
        if not mains or mains[0] is None:
            return None
        return Case(
            mains[0],
            tuple(persons[key] for key in opened),
            tuple(group_records.values()),
            tuple(one for one in all_memberships if one.group in seen or one.person in person),
            {entity: several for entity, several in belongings.items() if entity in self._scoped.views},
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

    def groups(self, keys: Sequence[int]) -> dict[int, Record]:
        """The groups, as far as the viewer may see them."""
        records = self._told(self._group, {self._group.key: keys})
        return {one.group: one for one in records if one.group is not None}

    def persons(self, keys: Sequence[int], allowed: Allowed, sight: Sight | None = None) -> dict[int, Record]:
        """The persons, each as the roles that may open them see them."""
        records = self._told(self._person, {self._person.key: keys}, {self._person.name: allowed}, sight)
        return {one.person: one for one in records if one.person is not None}

    def _in_sight(
        self, asked_for: set[int], keys: Sequence[int], groups: Sequence[int], sight: Sight
    ) -> dict[int, frozenset[int]]:
        """Those of the persons of a case who may be opened, in the same order, with the roles that may open them.

        Whoever came to the group while out of sight is none of them, and counts nowhere.
        """
        roles = sight.openers()
        members = {
            one.person
            for one in self._memberships(keys, sight=sight)
            if one.group in groups and any(version.values.get("is_active") for version in one.versions)
        }
        return {key: roles[key] for key in keys if key in roles and key in asked_for | members}

    def _limits(self, candidates: Mapping[int, frozenset[int]]) -> tuple[Allowed, bool]:
        """Whom each role may open, no more than its own limit, and whether that leaves somebody out."""
        allowed = limited(candidates, self._scoped.views[self._person.entity])
        could = sum(map(len, candidates.values()))
        return allowed, could > sum(map(len, allowed))

    def _memberships(
        self, persons: Sequence[int], allowed: Allowed | None = None, sight: Sight | None = None
    ) -> list[Record]:
        """Who was in which group is about the person: whoever may open the one may open the other."""
        limits = {} if allowed is None else {self._person.name: allowed}
        return self._told(self._models.membership, {self._person.key: persons}, limits, sight)

    def _told(
        self,
        model: RecordModel,
        picked: Mapping[str, Sequence[int]],
        allowed: Mapping[str, Allowed] = NO_LIMITS,
        sight: Sight | None = None,
    ) -> list[Record]:
        return self._recorded(model, self._fetching(model, picked, sight).versions(allowed))

    def _fetching(
        self, model: RecordModel, picked: Mapping[str, Sequence[int]], sight: Sight | None = None
    ) -> Fetching:
        return Fetching(self._records, self._models, model, picked, None, self._scoped, sight=sight)

    def _recorded(self, model: RecordModel, rows: Iterable[Row]) -> list[Record]:
        """Rows put together by record, in the order in which the keys of their owners were first seen."""
        records: dict[tuple[Any, ...], list[Version]] = {}
        sources: dict[tuple[Any, ...], str | None] = {}
        for row in rows:
            damaged = {DAMAGED: ", ".join(row.damaged)} if row.damaged else {}
            until = None if row.until >= OPEN_END else row.until
            version = Version(row.first, until, {**row.values, **damaged}, model.bookkeeping, row.cut)
            owner = row.keys.get(self._person.key), row.keys.get(self._group.key)
            key = owner, row.key
            sources[key] = row.source
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
