"""What may be told: release turns a raw answer into a SafeTable."""

from dataport.disclosure.flat import METADATA_KEY, described, flat, told, with_metadata
from dataport.disclosure.labels import LABELS, Facet, Labels, facets, member_cell, shown_as, spread
from dataport.disclosure.meta import meta_of
from dataport.disclosure.outside import notes_of
from dataport.disclosure.release import Part, SafeColumn, SafeTable, SafeTotal, release, release_protected
from dataport.disclosure.status import CellStatus, StatusCode
from dataport.disclosure.words import (
    ALL,
    MARKS,
    NOTHING,
    NOTHING_MEANS,
    STAR,
    cell_text,
    footnotes,
    heading,
    label_text,
    marks_in,
    member_text,
    number_text,
    signed_text,
)

__all__ = [
    "ALL",
    "LABELS",
    "MARKS",
    "METADATA_KEY",
    "with_metadata",
    "NOTHING",
    "NOTHING_MEANS",
    "STAR",
    "CellStatus",
    "Facet",
    "Labels",
    "Part",
    "SafeColumn",
    "SafeTable",
    "SafeTotal",
    "StatusCode",
    "cell_text",
    "described",
    "facets",
    "flat",
    "footnotes",
    "heading",
    "label_text",
    "marks_in",
    "member_cell",
    "member_text",
    "meta_of",
    "notes_of",
    "number_text",
    "release",
    "release_protected",
    "shown_as",
    "signed_text",
    "spread",
    "told",
]
