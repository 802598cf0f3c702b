"""state: what people made here and what must not be lost: working lists, excuses, notes, scorecards handed out.

One SQLite file per home, private, in its backup; and files of answers, which end by themselves. Nothing of the state
can be made again from a store, so it is thrown away only with the record that it speaks of, or long after it has ended.
A kind of thing is a module with its dataclasses and one small repository, and its tables are a further entry of
`schema.MIGRATIONS`.
"""

from dataport.state.access_keys import SCOPES, AccessKey, AccessKeys, NewKey, Scope
from dataport.state.database import State
from dataport.state.exports import Export, Exports, NoExport
from dataport.state.old import end_access, forget_old
from dataport.state.saved import Kind, NotSaved, Outdated, Reader, Saved, SavedThings, Sharing
from dataport.state.scorecards import KeptScorecard, Scorecards
from dataport.state.sessions import Session, Sessions
from dataport.state.subjects import Subject, erase, subjects
from dataport.state.working_list import Assignment, Excuse, Note, Work, WorkingList

__all__ = [
    "SCOPES",
    "AccessKey",
    "AccessKeys",
    "NewKey",
    "Scope",
    "Session",
    "Sessions",
    "Assignment",
    "Excuse",
    "Export",
    "Exports",
    "KeptScorecard",
    "Kind",
    "NoExport",
    "NotSaved",
    "Note",
    "Outdated",
    "Reader",
    "Saved",
    "SavedThings",
    "Scorecards",
    "Sharing",
    "State",
    "Subject",
    "Work",
    "WorkingList",
    "end_access",
    "erase",
    "forget_old",
    "subjects",
]
