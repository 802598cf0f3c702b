"""Landing: batches of changes as Parquet files that never change, and the ledger that says which of them count."""

from __future__ import annotations

from dataport.landing.entries import Batch, Damage, GrantsBatch, LandedTable, Window, ledger_digest
from dataport.landing.landing import Landing
from dataport.landing.mending import broken_entries, broken_grants, copy_entries, put_back, set_aside, withdraw
from dataport.landing.packs import mend_packs
from dataport.landing.sightings import Held, Passed, Sighting

__all__ = [
    "Batch",
    "Damage",
    "GrantsBatch",
    "Held",
    "LandedTable",
    "Landing",
    "Passed",
    "Sighting",
    "Window",
    "broken_entries",
    "broken_grants",
    "copy_entries",
    "ledger_digest",
    "mend_packs",
    "put_back",
    "set_aside",
    "withdraw",
]
