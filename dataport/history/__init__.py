"""What a case was on a day, what happened to it, and how two days differ: read through door 2, which judges alone."""

from dataport.history.compare import Compared, Line, case_comparison, compared
from dataport.history.fields import label_of, meaning_of, plain_of
from dataport.history.show import Section, Shown, show_case, shown_at
from dataport.history.timeline import Entry, Timeline, case_history, timeline_of

__all__ = [
    "Compared",
    "Entry",
    "Line",
    "Section",
    "Shown",
    "Timeline",
    "case_comparison",
    "case_history",
    "compared",
    "label_of",
    "meaning_of",
    "plain_of",
    "show_case",
    "shown_at",
    "timeline_of",
]
