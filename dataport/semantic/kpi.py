"""Kpi: a measure of how good the records are, as data. Its numbers are ordinary indicators; see `load_kpis`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from dataport.semantic.policy import Tier

Better: TypeAlias = Literal["lower", "higher"]
Part: TypeAlias = Literal["failing", "judged"]

BETTER: tuple[Better, ...] = ("lower", "higher")
DIMENSIONS = ("completeness", "validity", "consistency", "accuracy", "uniqueness", "timeliness")
SEVERITIES = ("critical", "warning", "information")


@dataclass(frozen=True, slots=True)
class Kpi:
    """One measure.

    Attributes:
        name: its code, ``K05``.
        fact: the fact whose rows are judged.
        column: the column of the fact that says of a row that it fails (true), holds (false), or is not judged or
            unknown (null); empty where it is counted otherwise (K01).
        better: whether less of it is better, or more.
        weight: how much it counts in the score.
        target: what its value should come to, 0 to 1: a stand-in.
        indicator, numerator, denominator: what it is asked for as.
        entities: what a viewer must be permitted beside the fact's own entity.
        tells_of: levels of the fields that its checks speak of: who may not have one of them may not be told it.
        source, reason: of the measure, of its weight and of its target.
    """

    name: str
    label: str
    description: str
    fact: str
    column: str
    dimension: str
    severity: str
    better: Better
    weight: int
    target: Decimal
    tier: Tier
    entities: tuple[str, ...]
    tells_of: tuple[str, ...]
    indicator: str
    numerator: str
    denominator: str
    owner: str
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """A check as a published version judged records by it, whatever checks there are by now.

    Attributes:
        kpi: the code of the KPI that gathered it.
        word, mask: in which of the two numbers that hold what a record fails, and its bit there.
    """

    name: str
    kpi: str
    says: str
    severity: str
    ease: int
    word: int
    mask: int
