"""Door 2: rows of people, for those who may open them and say what for."""

from dataport.records.case import Case, Record, Version, open_case

__all__ = ["Case", "Record", "Version", "open_case"]
