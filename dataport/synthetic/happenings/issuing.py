"""What people are given: documents, renewed, lost and expired, and assistance. None of it changes a person's state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from dataport.synthetic.changes import Device
from dataport.synthetic.happenings.day import ACTIVE, Day
from dataport.synthetic.organisation import SET_UP
from dataport.synthetic.portion import ASSISTANCE
from dataport.synthetic.seeds import codes

Row = dict[str, Any]

_UNHCR = ("ASC", "POR", "RFC", "UID")


def document_issued(day: Day, count: int) -> None:
    """A first document, or a new one in place of the old."""
    _issue(day, count, "C")


def document_lost(day: Day, count: int) -> None:
    """A document is lost, and another issued at once."""
    _issue(day, count, "L")


def document_expired(day: Day, count: int) -> None:
    """Documents whose last day was yesterday or before, as a nightly job of the store finds them."""
    del count  # as many as there are
    due = day.pool.expiring(day.date - timedelta(days=1))
    device = day.device_of(SET_UP)
    for document_id in due:
        day.changes.update("document", document_id, device, document_status_code="X")


def assistance(day: Day, count: int) -> None:
    """Families are given something; on the first days of a month more than on others."""
    often = 2 if day.date.day <= 8 else 1
    kinds, sectors = codes("assistance_type"), codes("assistance_sector")
    for group in day.pool.groups(count * often):
        kind = int(len(kinds) * day.random.random() ** 2)
        is_given = day.random.random() < 0.96
        device = day.device_on(day.date, group, "office")
        row = {
            "assistance_id": day.changes.new_id(ASSISTANCE),
            "group_id": group["group_id"],
            "assistance_type_code": kinds[kind],
            "sector_code": sectors[kind % len(sectors)],
            "provided_date": day.date,
            "quantity": int(group["declared_size"] or 1),
            "value_usd": int(group["declared_size"] or 1) * (10 + 5 * kind),
            "assistance_status_code": "PR" if is_given else "CA",
            "provider_name": "UNHCR",
        }
        day.changes.insert("assistance", row, device)


def _issue(day: Day, count: int, old_status: str) -> None:
    people = {person["individual_id"]: person for person in day.pool.draw(count, ACTIVE)}
    held: dict[str, list[Row]] = {key: [] for key in people}
    for document in day.pool.owned("document", "document_id", people, "document_status_code = 'V'"):
        held[document["individual_id"]].append(document)
    for key, person in people.items():
        device = day.device(person, person["last_contact_date"])
        renew(day, person, held[key], device, old_status)


def renew(day: Day, person: Row, held: list[Row], device: Device, old_status: str = "C") -> None:
    """A new document; those of UNHCR that a person has are cancelled (or lost)."""
    for document in held:
        if document["document_type_code"] in _UNHCR:
            day.changes.update("document", document["document_id"], device, document_status_code=old_status)
    day.newcomers.document_row(person, device)
