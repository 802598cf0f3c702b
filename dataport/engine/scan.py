"""scan: what a plan begins with: the rows of a fact that the viewer may count, with each person once."""

from __future__ import annotations

from dataclasses import dataclass

from dataport.access import RowPredicate
from dataport.semantic.model import Fact, Identity, Validity


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of one fact that the viewer may count; nothing reads a fact in any other way.

    ``stands_for`` is set for a rollup: the table whose rows it has counted already.
    """

    fact: Fact
    scope: RowPredicate
    columns: tuple[str, ...]
    stands_for: str = ""


@dataclass(frozen=True, slots=True)
class RecordSpans:
    """When each record of a person with several stands for the person, of those that the viewer may count.

    One row per registration and stretch of time; at any instant one at most.
    """

    records: Scan
    registration: str
    rank: str
    validity: Validity


@dataclass(frozen=True, slots=True)
class OneRecord:
    """The rows of records that stand for their person, cut to the time in which they do. No row is multiplied.

    With ``is_crossed`` a person goes on as one unit where one record takes over from another.
    """

    source: Scan
    spans: RecordSpans
    identity: Identity
    fact: Fact
    is_crossed: bool
