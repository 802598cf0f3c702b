"""Extract: increments from a registration store, landed as batches. One file per kind of source."""

from __future__ import annotations

from dataport.extract.adapter import Adapter, Snapshot, Source
from dataport.extract.doctor import Requirement
from dataport.extract.empties import remake_empty
from dataport.extract.increment import adapter_of, extract, extract_each, extract_grants
from dataport.extract.past import Past
from dataport.extract.reconcile import Reconciliation, reconcile

__all__ = [
    "Adapter",
    "Past",
    "Reconciliation",
    "Requirement",
    "Snapshot",
    "Source",
    "adapter_of",
    "extract",
    "extract_each",
    "extract_grants",
    "reconcile",
    "remake_empty",
]
