"""What runs unattended: the refresh and what it is made of, and the state of a home."""

from dataport.extract import Past
from dataport.jobs.doctor import Examined, examine
from dataport.jobs.links import LinkState, add_confirmed_link, link_state
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
from dataport.jobs.repair import Repaired, repair
from dataport.jobs.runs import Run, past_runs
from dataport.jobs.sources import Stopped, both, misplaced
from dataport.jobs.status import SourceStatus, Status, status
from dataport.warehouse import KINDS, Link, write_docs

__all__ = [
    "KINDS",
    "Build",
    "Examined",
    "Extracted",
    "Link",
    "LinkState",
    "Past",
    "Reconciled",
    "Reconciliation",
    "Refresh",
    "Repaired",
    "Run",
    "SourceStatus",
    "Stopped",
    "Status",
    "add_confirmed_link",
    "both",
    "build_all",
    "examine",
    "extract_all",
    "freshen_grants",
    "link_state",
    "misplaced",
    "reconcile_all",
    "refresh",
    "refresh_grants",
    "repair",
    "past_runs",
    "status",
    "write_docs",
]
