"""What a case was on a day, what happened to it, and how two days differ: read through door 2, which judges alone."""

from dataport.history.changes import MY_LAST_LOOK, Changes, Difference, OfMember, case_changes, changes_of
from dataport.history.compare import Compared, Line, case_comparison, compared
from dataport.history.family import Family, FamilyGroup, Relative, Stay, case_family, family_of
from dataport.history.fields import label_of, limit_note, meaning_of, plain_of
from dataport.history.find import People, Person, find_people
from dataport.history.folded import Act, Day, folded
from dataport.history.part import Part, case_history
from dataport.history.show import Section, Shown, show_case, shown_at
from dataport.history.timeline import Entry, Timeline, timeline_of
from dataport.records import Wanted

__all__ = [
    "MY_LAST_LOOK",
    "Act",
    "Changes",
    "Compared",
    "Day",
    "Difference",
    "Entry",
    "Family",
    "FamilyGroup",
    "Line",
    "OfMember",
    "Part",
    "People",
    "Person",
    "Relative",
    "Section",
    "Shown",
    "Stay",
    "Timeline",
    "Wanted",
    "case_changes",
    "case_comparison",
    "case_family",
    "case_history",
    "changes_of",
    "compared",
    "family_of",
    "find_people",
    "folded",
    "label_of",
    "limit_note",
    "meaning_of",
    "plain_of",
    "show_case",
    "shown_at",
    "timeline_of",
]
