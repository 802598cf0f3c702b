"""Door 2: rows of people, for those who may open them and say what for."""

from dataport.records.case import Case, Record, Version, open_case
from dataport.records.fetch import Counted, RecordStream, Selection, WithIds, fetch

__all__ = [
    "Case",
    "Counted",
    "Record",
    "RecordStream",
    "Selection",
    "Version",
    "WithIds",
    "fetch",
    "open_case",
]
