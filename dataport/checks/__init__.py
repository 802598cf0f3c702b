"""checks: what must hold of a record, as data. Read by the build, which judges every record by them, and by outlets."""

from __future__ import annotations

from dataport.checks.check import DIMENSIONS, SEVERITIES, Check, Dimension, Entity, Example, Severity
from dataport.checks.fields import Threshold, all_thresholds
from dataport.checks.load import CHECKS, load_checks, of_kpi

__all__ = [
    "CHECKS",
    "DIMENSIONS",
    "SEVERITIES",
    "Check",
    "Dimension",
    "Entity",
    "Example",
    "Severity",
    "Threshold",
    "all_thresholds",
    "load_checks",
    "of_kpi",
]
