"""Who may ask: viewers, grants as data, and the guard that turns a Question into a ScopedQuestion."""

from dataport.access.accounts import Account, may_know
from dataport.access.decide import Decision, Judged, Mentioned, decide
from dataport.access.guard import ScopedQuestion, decisions_of, guard, guard_records
from dataport.access.open import ScopedRecords, open_records
from dataport.access.predicate import Everything, RowPredicate, Where, Within
from dataport.access.viewer import Grants, Permission, Viewer, ViewerClass, identify

__all__ = [
    "Account",
    "Decision",
    "Everything",
    "Grants",
    "Judged",
    "Mentioned",
    "Permission",
    "RowPredicate",
    "ScopedQuestion",
    "ScopedRecords",
    "Viewer",
    "ViewerClass",
    "Where",
    "Within",
    "decide",
    "decisions_of",
    "guard",
    "guard_records",
    "identify",
    "may_know",
    "open_records",
]
