"""Extract: increments from a registration store, landed as batches. One file per kind of source."""

from __future__ import annotations

from dataport.extract.adapter import Adapter, Snapshot, Source
from dataport.extract.empties import remake_empty
from dataport.extract.increment import extract, extract_grants
from dataport.extract.reconcile import Reconciliation, reconcile

__all__ = ["Adapter", "Snapshot", "Source", "Reconciliation", "extract", "extract_grants", "reconcile", "remake_empty"]
