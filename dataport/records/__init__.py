"""Door 2: rows of people, for those who may open them and say what for."""

from dataport.records.case import open_case
from dataport.records.fetch import Counted, RecordStream, Selection, WithIds, fetch
from dataport.records.find import Found, Wanted, find_cases
from dataport.records.last_look import EVERYTHING, IN_PART, LastLook, Reach, last_look
from dataport.records.recorders import Recorder
from dataport.records.told import DAMAGED, Case, Record, Version

__all__ = [
    "DAMAGED",
    "EVERYTHING",
    "IN_PART",
    "Case",
    "Counted",
    "Found",
    "LastLook",
    "Reach",
    "Record",
    "RecordStream",
    "Recorder",
    "Selection",
    "Version",
    "Wanted",
    "WithIds",
    "fetch",
    "find_cases",
    "last_look",
    "open_case",
]
