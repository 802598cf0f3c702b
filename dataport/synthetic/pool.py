"""Pool: people drawn at random from a store, without reading all of them.

Identifiers are scattered, so the next so many after a random one are a random sample, found by the index. Each group is
given out once a day: whatever happens to its members, it is one thing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import Any

import numpy as np

from dataport.store import Store
from dataport.synthetic.texts import random_id

Row = dict[str, Any]

_PERSON = """
    i.individual_id, i.operation_code, i.business_unit_id, i.country_of_asylum_code, i.country_of_origin_code,
    i.nationality_code, i.ethnicity_code, i.religion_code, i.family_name, i.given_name, i.location_code,
    i.accommodation_code, i.settlement_code, i.sex_code, i.birth_date, i.education_level_code, i.process_status_code,
    i.process_status_reason_code, i.legal_status_code, i.legal_basis_code, i.registration_date, i.arrival_date,
    i.last_contact_date, i.phone, m.membership_id, m.group_id, m.relationship_code, m.is_focal_point,
    g.status_code, g.declared_size"""
_JOINS = """
    JOIN membership m ON m.individual_id = i.individual_id AND m.is_active
    JOIN registration_group g ON g.group_id = m.group_id"""
_KEYS_AT_ONCE = 400
_ALSO = {"address": ", is_active, address_type_code, location_code", "document": ", document_type_code"}

# How far along the index a look for the people of one place goes: all of a small store, some of a large one.
_WALKED = 200_000


class Pool:
    """People and groups of one day, each group given out at most once."""

    def __init__(self, store: Store, random: np.random.Generator) -> None:
        self._store, self._random = store, random
        self._given: set[str] = set()

    def draw(self, count: int, condition: str, suits: Callable[[Row], bool] = lambda person: True) -> list[Row]:
        """Up to `count` people of different groups not given out today.

        Args:
            condition: SQL on ``i``, the individual: what the walk along the index may test.
            suits: what else they must be.
        """
        found: list[Row] = []
        for person in self._sample(count, condition):
            if len(found) == count:
                break
            if person["group_id"] not in self._given and suits(person):
                self._given.add(person["group_id"])
                found.append(person)
        return found

    def take(self, group_id: str) -> None:
        """A group that something happens to today, however it was found."""
        self._given.add(group_id)

    def at_place(self, location_code: str) -> list[Row]:
        """One person of each group at a place that was not given out today, of those that a bounded walk finds."""
        walk = f"""
            SELECT {_PERSON} FROM (
                SELECT * FROM individual i WHERE i.individual_id >= ? ORDER BY i.individual_id LIMIT ?
            ) i {_JOINS} WHERE i.process_status_code = 'A' AND i.location_code = ? ORDER BY i.individual_id"""
        start, found = random_id(self._random), {}
        for place in (start, ""):
            for person in self._store.query(walk, (place, _WALKED, location_code)).to_pylist():
                if person["group_id"] not in self._given:
                    found.setdefault(person["group_id"], person)
        return list(found.values())

    def groups(self, count: int) -> list[Row]:
        """Active groups, given out today or not."""
        sql = """SELECT group_id, operation_code, location_code, declared_size FROM registration_group
            WHERE group_id >= ? AND status_code = 'A' ORDER BY group_id LIMIT ?"""
        return list(islice(self._wrapped(sql, count), count)) if count else []

    def expiring(self, last: date) -> list[str]:
        """Valid documents whose last day was that one or up to a month before."""
        sql = """SELECT document_id FROM document WHERE expiry_date <= ? AND expiry_date > ?
            AND document_status_code = 'V' ORDER BY document_id"""
        found: list[str] = self._store.query(sql, (last, last - timedelta(days=31)))["document_id"].to_pylist()
        return found

    def needs(self, count: int) -> list[Row]:
        """Active specific needs of active people of different groups not given out today, with their people."""
        sql = f"""
            SELECT s.specific_need_id, s.need_category_code, s.identified_date, {_PERSON} FROM (
                SELECT * FROM specific_need WHERE specific_need_id >= ? AND need_status_code = 'A'
                ORDER BY specific_need_id LIMIT ?
            ) s JOIN individual i ON i.individual_id = s.individual_id {_JOINS}
            WHERE i.process_status_code = 'A' ORDER BY s.specific_need_id"""
        found: list[Row] = []
        for need in self._wrapped(sql, count * 4 + 10) if count else ():
            if len(found) < count and need["group_id"] not in self._given:
                self._given.add(need["group_id"])
                found.append(need)
        return found

    def members(self, people: Sequence[Row]) -> dict[str, list[Row]]:
        """Everybody now in the groups of the given people, by group, the focal point first."""
        groups: dict[str, list[Row]] = {person["group_id"]: [] for person in people}
        sql = f"SELECT {_PERSON} FROM individual i {_JOINS} WHERE m.group_id IN"
        for row in self._by_keys(sql, list(groups)):
            groups[row["group_id"]].append(row)
        for found in groups.values():
            found.sort(key=lambda row: (not row["is_focal_point"], row["individual_id"]))
        return groups

    def owned(self, table: str, key: str, people: Iterable[str], condition: str = "1 = 1") -> list[Row]:
        """Keys of the people's records in a table, with `individual_id`, in the order of the key."""
        columns = f"{key}, individual_id{_ALSO.get(table, '')}"
        sql = f"SELECT {columns} FROM {table} WHERE {condition} AND individual_id IN"
        return sorted(self._by_keys(sql, list(people)), key=lambda row: row[key])

    def _sample(self, count: int, condition: str) -> Iterator[Row]:
        sql = f"""
            SELECT {_PERSON} FROM (
                SELECT * FROM individual i WHERE i.individual_id >= ? AND {condition} ORDER BY i.individual_id LIMIT ?
            ) i {_JOINS} ORDER BY i.individual_id"""
        return self._wrapped(sql, count * 3 + 10) if count else iter(())

    def _wrapped(self, sql: str, limit: int) -> Iterator[Row]:
        """Rows from a random identifier on; from the first one when the end is reached."""
        start = random_id(self._random)
        yield from self._store.query(sql, (start, limit)).to_pylist()
        yield from self._store.query(sql, ("", limit)).to_pylist()

    def _by_keys(self, sql: str, keys: list[str]) -> Iterator[Row]:
        for first in range(0, len(keys), _KEYS_AT_ONCE):
            some = keys[first : first + _KEYS_AT_ONCE]
            yield from self._store.query(f"{sql} ({', '.join('?' * len(some))})", tuple(some)).to_pylist()
