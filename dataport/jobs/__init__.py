"""What runs unattended: the refresh and what it is made of, and the state of a home."""

from dataport.jobs.refresh import (
    Build,
    Reconciliation,
    Refresh,
    build_all,
    extract_all,
    freshen_grants,
    reconcile_all,
    refresh,
    refresh_grants,
)
from dataport.jobs.status import SourceStatus, Status, status

__all__ = [
    "Build",
    "Reconciliation",
    "Refresh",
    "SourceStatus",
    "Status",
    "build_all",
    "extract_all",
    "freshen_grants",
    "reconcile_all",
    "refresh",
    "refresh_grants",
    "status",
]
