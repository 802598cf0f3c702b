"""What may be told: release turns a raw answer into a SafeTable."""

from dataport.disclosure.flat import METADATA_KEY, described, flat, told
from dataport.disclosure.labels import LABELS, Facet, Labels, facets, member_cell, spread
from dataport.disclosure.meta import meta_of
from dataport.disclosure.outside import notes_of
from dataport.disclosure.release import CellStatus, SafeColumn, SafeTable, SafeTotal, StatusCode, release
from dataport.disclosure.words import ALL, MARKS, heading, label_text, member_text, number_text, signed_text

__all__ = [
    "ALL",
    "LABELS",
    "MARKS",
    "METADATA_KEY",
    "CellStatus",
    "Facet",
    "Labels",
    "SafeColumn",
    "SafeTable",
    "SafeTotal",
    "StatusCode",
    "described",
    "facets",
    "flat",
    "heading",
    "label_text",
    "member_cell",
    "member_text",
    "meta_of",
    "notes_of",
    "number_text",
    "release",
    "signed_text",
    "spread",
    "told",
]
