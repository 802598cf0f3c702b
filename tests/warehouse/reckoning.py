"""A slow, obvious reckoning of the population at a moment: plain loops over what was landed, no SQL."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from dataport.store.schema import BY_NAME
from tests.warehouse.landings import Row
from tests.warehouse.stories import CLOCKS, T0

_DETAILED = ((0, "0-4"), (5, "5-11"), (12, "12-17"), (18, "18-24"), (25, "25-49"), (50, "50-59"), (60, "60+"))

Batches = list[list[tuple[str, Row]]]


def state(batches: Batches, table: str, moment: datetime) -> dict[str, Row]:
    """The living records of a table at a moment of recorded time, by id."""
    now: dict[str, Row] = {}
    for recorded, key, values in sorted(_recorded(batches, table), key=lambda version: version[0]):
        if recorded <= moment:
            now[key] = values
    return {key: values for key, values in now.items() if not values.get("is_deleted")}


def population(batches: Batches, moment: datetime) -> Counter[tuple[Any, ...]]:
    """Persons at a moment by status, place, group, need, age group, valid document and recent contact."""
    people = state(batches, "individual", moment)
    members = state(batches, "membership", moment).values()
    needs = state(batches, "specific_need", moment).values()
    papered = {
        paper["individual_id"] for paper in state(batches, "document", moment).values() if _is_valid(paper, moment)
    }
    needy = {need["individual_id"] for need in needs if need["need_status_code"] == "A"}
    counted: Counter[tuple[Any, ...]] = Counter()
    for key, who in people.items():
        own = [member for member in members if member["individual_id"] == key and member["is_active"]]
        own.sort(key=_precedence)
        group = own[0]["group_id"] if own else None
        age = _age_group(who.get("birth_date"), moment.date())
        recent = _is_recent(who.get("last_contact_date"), moment.date())
        counted[
            who["process_status_code"], who.get("location_code"), group, key in needy, age, key in papered, recent
        ] += 1
    return counted


def _is_valid(paper: Row, moment: datetime) -> bool:
    last = paper.get("expiry_date")
    return paper["document_status_code"] == "V" and (last is None or moment.date() <= last)


def _is_recent(seen: date | None, day: date) -> bool:
    return seen is not None and day < seen.replace(year=seen.year + 1)


def _precedence(member: Row) -> tuple[int, str]:
    return -(member.get("effective_date") or date(1, 1, 1)).toordinal(), member["membership_id"]


def _recorded(batches: Batches, table: str) -> list[tuple[datetime, str, Row]]:
    """Each version with its recorded time: its stamp, or the window's low clock + its rank in microseconds."""
    found = []
    low = T0 - timedelta(days=30)
    for rows, high in zip(batches, CLOCKS, strict=True):
        rank: Counter[str] = Counter()
        for name, values in sorted(rows, key=lambda version: version[1]["stamped_at"]):
            if name == table:
                key = values[BY_NAME[table].key]
                rank[key] += 1
                raised = low + timedelta(microseconds=rank[key])
                found.append((max(values["stamped_at"], raised), key, values))
        low = high
    return found


def _age_group(born: date | None, day: date) -> str | None:
    if born is None:
        return None
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    return [name for from_age, name in _DETAILED if from_age <= age][-1] if age >= 0 else None
