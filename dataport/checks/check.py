"""Check: what must hold of one record, as data. One check is one file with its examples; see `load`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeAlias, get_args

from dataport.checks.tree import Term

Entity: TypeAlias = Literal["individual", "registration_group", "membership", "address", "document", "specific_need"]
Dimension: TypeAlias = Literal["completeness", "validity", "consistency", "accuracy", "uniqueness", "timeliness"]
Severity: TypeAlias = Literal["critical", "warning", "information"]
Verdict: TypeAlias = Literal["holds", "fails", "unknown", "not judged"]
Value: TypeAlias = str | int | bool | date | None

ENTITIES: tuple[Entity, ...] = get_args(Entity)
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


@dataclass(frozen=True, slots=True)
class Example:
    """A record that is invented, and what the check says of it.

    Attributes:
        fields: what the record says; what is not named is missing.
        today: the day on which it is judged.
    """

    verdict: Verdict
    fields: Mapping[str, Value]
    today: date


@dataclass(frozen=True, slots=True)
class Check:
    """What must hold of one record.

    Attributes:
        name: of the check, which is that of its file.
        kpi: the code of the KPI that gathers it, ``K05``.
        label: what it is called in a list.
        says: what is wrong with a record that fails, in plain words.
        entity: what it judges. What belongs to a person is judged one by one, and the person fails with the first of
            them that does.
        judged: whom it judges (the denominator), of the active and held records; None: all of them.
        holds: what must hold of those.
        fields: the fields that it speaks of, `judged` included, as the store calls them: ``individual.birth_date``.
        ease: how easy it is to put right, 1 (at a desk) to 3 (the person must be seen).
        version: one more each time what it says is changed.
        thresholds: the numbers that it names.
        cannot: kinds of examples that cannot be, each with its reason.
        place: file and line.
    """

    name: str
    kpi: str
    label: str
    says: str
    entity: Entity
    judged: Term | None
    holds: Term
    fields: tuple[str, ...]
    dimension: Dimension
    severity: Severity
    ease: int
    owner: str
    reason: str
    source: str
    version: int
    examples: tuple[Example, ...]
    thresholds: tuple[str, ...] = ()
    cannot: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
