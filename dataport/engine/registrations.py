"""registrations: a person with records in several stores counts once, by the record that stands for them.

Which one that is follows from the rows that the viewer may count, and from nothing else: of the records of one
registration that have such a row at an instant, the one with the least rank. It is decided before any filter, so that
members add up to totals, and what belongs to a record (its needs, its documents, what happened to it) counts with it.
"""

from __future__ import annotations

from dataport.access import ScopedQuestion
from dataport.engine.algebra import (
    Node,
)
from dataport.engine.reading import distinct
from dataport.engine.scan import OneRecord, RecordSpans, Scan
from dataport.semantic.model import Fact, Identity


def identity_of(scoped: ScopedQuestion, fact: Fact) -> Identity | None:
    """By which columns records of one person are joined; None where the viewer can see only one record of anybody."""
    return fact.identity if scoped.question.has_links else None


def counts_once(scoped: ScopedQuestion, fact: Fact) -> bool:
    """Whether some rows of a fact may belong to a record other than the one by which its person counts."""
    identity = identity_of(scoped, fact)
    return identity is not None and identity.rank is not None


def rows_of(scoped: ScopedQuestion, fact: Fact, columns: tuple[str, ...], *, is_crossed: bool = False) -> Node:
    """The rows of a fact that the viewer may count, with each person once.

    Args:
        is_crossed: whether the boundaries of the rows are counted. Where one record takes over from another the person
            goes on, and nothing happened to them except that they are recorded differently.
    """
    identity = identity_of(scoped, fact)
    if identity is None or identity.rank is None:
        return Scan.of(fact, scoped, columns)
    records = scoped.question.catalog.facts[identity.of]
    own = records.identity
    assert own and own.rank and records.validity
    ends = (fact.validity.start, fact.validity.end) if identity.at is None and fact.validity else ()
    read = distinct((*columns, identity.registration, identity.rank, *ends, *((identity.at,) if identity.at else ())))
    held = (own.registration, own.rank, records.validity.start, records.validity.end)
    spans = RecordSpans(
        Scan.of(records, scoped, held),
        own.registration,
        own.rank,
        records.validity,
    )
    return OneRecord(Scan.of(fact, scoped, read), spans, identity, fact, is_crossed)
