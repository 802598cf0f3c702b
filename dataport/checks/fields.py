"""What a check may speak of, and the numbers that it may name: the seeds ``check_field`` and ``quality_threshold``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import cast

from dataport.checks.tree import FieldType
from dataport.dictionary import CodeLists, code_lists_of_fields, read_seed
from dataport.errors import ContractBroken


@dataclass(frozen=True, slots=True)
class RecordField:
    """A field of the record that is judged, or something that is worked out of several.

    Attributes:
        of: the fields of the store that it tells of, ``individual.birth_date``.
        unknown: the codes that mean unknown, beside what is always missing (null, empty, a dash): those that its code
            list calls missing, and one that is a member of its list and says nothing of the record.
    """

    name: str
    type: FieldType
    of: tuple[str, ...]
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number that checks name. All of them are stand-ins: the real ones are not published."""

    name: str
    value: int
    unit: str
    source: str
    reason: str


@cache
def fields_of(entity: str) -> Mapping[str, RecordField]:
    """The fields that checks of an entity may speak of."""
    lists, list_of = CodeLists(), code_lists_of_fields()
    found = {}
    for row in read_seed("check_field"):
        if row["entity"] == entity:
            name = row["field"]
            missing = lists[list_of[name]].missing if name in list_of else frozenset[str]()
            unknown = (missing | {row["unknown_code"]}) - {"", "-"}
            found[name] = RecordField(name, cast(FieldType, row["type"]), tuple(row["of"].split()), unknown)
    return found


@cache
def all_thresholds() -> tuple[Threshold, ...]:
    """Every threshold.

    Raises:
        ContractBroken: one is no whole number.
    """
    found = []
    for line, row in enumerate(read_seed("quality_threshold"), start=2):
        if not row["value"].isdigit():
            where = f"seeds/quality_threshold.csv:{line}"
            raise ContractBroken(f"{where}: the value of {row['threshold']!r} is no whole number. Mend the seed.")
        found.append(Threshold(row["threshold"], int(row["value"]), row["unit"], row["source"], row["reason"]))
    return tuple(found)


def thresholds() -> Mapping[str, int]:
    """The thresholds by name."""
    return {one.name: one.value for one in all_thresholds()}
