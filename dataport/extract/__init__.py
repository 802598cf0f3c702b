"""Extract: increments from a registration store, landed as batches. One file per kind of source."""

from __future__ import annotations

from dataport.extract.adapter import Adapter, Snapshot, Source
from dataport.extract.increment import extract, extract_grants

__all__ = ["Adapter", "Snapshot", "Source", "extract", "extract_grants"]
