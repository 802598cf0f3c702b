"""Door 2: rows of people, for those who may open them and say what for."""

from dataport.records.case import open_case
from dataport.records.failing import Failing, Faulty, Sought, Stretch, failing
from dataport.records.fetch import Counted, RecordStream, Selection, WithIds, fetch
from dataport.records.find import Found, Wanted, find_cases
from dataport.records.known import Assignee, Opened, named, openable, reopened
from dataport.records.last_look import EVERYTHING, IN_PART, LastLook, Reach, last_look
from dataport.records.lookers import Looked, looks_at, looks_of
from dataport.records.recorders import Recorder
from dataport.records.told import DAMAGED, Case, Record, Version

__all__ = [
    "Looked",
    "looks_at",
    "looks_of",
    "DAMAGED",
    "EVERYTHING",
    "IN_PART",
    "Assignee",
    "Case",
    "Counted",
    "Failing",
    "Faulty",
    "Opened",
    "Found",
    "LastLook",
    "Reach",
    "Record",
    "RecordStream",
    "Recorder",
    "Selection",
    "Sought",
    "Stretch",
    "Version",
    "Wanted",
    "WithIds",
    "failing",
    "fetch",
    "find_cases",
    "last_look",
    "named",
    "open_case",
    "openable",
    "reopened",
]
