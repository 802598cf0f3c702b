"""What runs unattended: the refresh and what it is made of, and the state of a home."""

from dataport.jobs.refresh import (
    Build,
    Extracted,
    Reconciled,
    Reconciliation,
    Refresh,
    build_all,
    extract_all,
    freshen_grants,
    reconcile_all,
    refresh,
    refresh_grants,
)
from dataport.jobs.runs import Run, past_runs
from dataport.jobs.sources import Stopped
from dataport.jobs.status import SourceStatus, Status, status
from dataport.warehouse import write_docs

__all__ = [
    "Build",
    "Extracted",
    "Reconciled",
    "Reconciliation",
    "Refresh",
    "Run",
    "SourceStatus",
    "Stopped",
    "Status",
    "build_all",
    "extract_all",
    "freshen_grants",
    "reconcile_all",
    "refresh",
    "refresh_grants",
    "past_runs",
    "status",
    "write_docs",
]
