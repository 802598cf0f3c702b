"""Fields of records for people: what a field is called, and what its code means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any

from dataport.dictionary import CodeLists, code_lists_of_fields

_WORDS = {
    "individual_no": "Individual number",
    "group_no": "Group number",
    "former_no": "Former number",
    "place_id": "Place",
    "business_unit_id": "Business unit",
    "is_active": "Active",
    "is_focal_point": "Focal point",
    "value_usd": "Value (USD)",
    "damaged_columns": "Damaged in the store",
}


@cache
def _lists() -> Mapping[str, Any]:
    return CodeLists()


def label_of(name: str) -> str:
    """What a field is called.

    >>> label_of("marital_status_code"), label_of("has_photo"), label_of("place_id")
    ('Marital status', 'Has photo', 'Place')
    """
    return _WORDS.get(name) or name.removesuffix("_code").replace("_", " ").capitalize()


def name_of(values: Mapping[str, Any]) -> str:
    """A person by number and name, as far as a version says them."""
    said = (values.get(name) for name in ("individual_no", "given_name", "family_name"))
    return " ".join(str(one) for one in said if one)


def plain_of(name: str, value: Any) -> str:
    """As `meaning_of`, without the code.

    >>> plain_of("sex_code", "F")
    'Female'
    """
    text = meaning_of(name, value)
    return text.removesuffix(f" ({value})")


def meaning_of(name: str, value: Any) -> str:
    """A value of a field for people: the label of a code beside it, yes and no, a day, a time with its zone."""
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, date):
        return value.isoformat()
    if name == "damaged_columns":
        return ", ".join(label_of(one).lower() for one in str(value).split(", "))
    code_list = code_lists_of_fields().get(name)
    if isinstance(value, str) and code_list is not None:
        label = _lists()[code_list].labels.get(value)
        return f"{label} ({value})" if label and label != value else value
    return str(value)


def limit_note(meta: Mapping[str, Any]) -> str:
    """That there are more persons than a look tells of; empty where it tells of all."""
    if "limited_to" not in meta:
        return ""
    return f"Only {meta['limited_to']} persons are opened at a time; there are more than these."
