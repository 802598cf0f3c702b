"""Landing: batches of changes as Parquet files that never change, and the ledger that says which of them count."""

from __future__ import annotations

from dataport.landing.entries import Batch, Damage, GrantsBatch, LandedTable, Window, ledger_digest
from dataport.landing.landing import Landing

__all__ = ["Batch", "Damage", "GrantsBatch", "LandedTable", "Landing", "Window", "ledger_digest"]
