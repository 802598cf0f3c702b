"""Who may ask: viewers, grants as data, and the guard that turns a Question into a ScopedQuestion."""

from dataport.access.guard import ScopedQuestion, guard
from dataport.access.predicate import Everything, RowPredicate, Where, Within, allows, condition_of
from dataport.access.viewer import Grants, Permission, Viewer, ViewerClass, identify

__all__ = [
    "Everything",
    "Grants",
    "Permission",
    "RowPredicate",
    "ScopedQuestion",
    "Viewer",
    "ViewerClass",
    "Where",
    "Within",
    "allows",
    "condition_of",
    "guard",
    "identify",
]
