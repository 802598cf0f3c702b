"""quality: where records are poor, and what is wrong with them. It asks through the doors; it knows no database."""

from __future__ import annotations

from dataport.checks import Check, Dimension, Severity, load_checks, of_kpi
from dataport.quality.card import Line, Point, Rank, Scorecard, Wanted
from dataport.quality.drill import Issue, Records, Selected, ToCorrect, records
from dataport.quality.handed_out import HandedOut, handed_out, handed_out_as, keep
from dataport.quality.measures import Measure, kpi_named, measure
from dataport.quality.scorecard import end_of_month, scorecard
from dataport.quality.sizes import Size, with_excused
from dataport.quality.subject import Held, held_of
from dataport.quality.tables import Column, Table, card_table, records_table, work_table
from dataport.quality.working import Done, Worked, assign, excuse, note, work
from dataport.semantic.kpi import Kpi

__all__ = [
    "Held",
    "held_of",
    "Check",
    "Column",
    "Dimension",
    "Done",
    "HandedOut",
    "Issue",
    "Kpi",
    "Line",
    "Measure",
    "Point",
    "Rank",
    "Records",
    "Scorecard",
    "Selected",
    "Severity",
    "Size",
    "Table",
    "ToCorrect",
    "Wanted",
    "Worked",
    "assign",
    "card_table",
    "end_of_month",
    "excuse",
    "handed_out",
    "handed_out_as",
    "keep",
    "kpi_named",
    "load_checks",
    "measure",
    "note",
    "of_kpi",
    "records",
    "records_table",
    "scorecard",
    "with_excused",
    "work",
    "work_table",
]
