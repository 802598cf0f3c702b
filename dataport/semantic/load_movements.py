"""Reading why the rows of a fact begin and end, and what the movements are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dataport.semantic.movement import EDGES, RESERVED, Boundaries, Movement
from dataport.semantic.names import NAME
from dataport.semantic.yaml_entries import Entry, Fields


def boundaries_of(entry: Entry) -> Boundaries:
    """The ``boundaries`` of a fact."""
    fields = Fields(entry, ("starts", "ends", "level", "changes"))
    starts, ends = fields.need("starts").text(), fields.need("ends").text()
    level = fields.get("level", Entry.text, None)
    if "changes" not in entry.map():
        return Boundaries(starts, ends, level)
    changes = Fields(fields.need("changes"), ("starts", "ends", "attributes"))
    attributes = changes.need("attributes").texts()
    if len(attributes) > 31 or len(set(attributes)) != len(attributes):
        raise fields.need("changes").error("changes are kept of 31 attributes at most, each named once.")
    return Boundaries(starts, ends, level, changes.need("starts").text(), changes.need("ends").text(), attributes)


def movements_of(entries: Mapping[str, Entry], taken: Iterable[str]) -> tuple[Movement, ...]:
    """The section ``movements``, by cause.

    Args:
        taken: names that columns of an answer have already, and no movement may.
    """
    found: list[Movement] = []
    # what is reorganised is called alike with causes and without
    names = (set(RESERVED) | set(taken)) - {"reorganised_in", "reorganised_out"}
    for cause, entry in entries.items():
        fields = Fields(entry, ("adds", "takes", "edge", "explains"))
        adds = fields.get("adds", Entry.text, f"{cause}_in")
        takes = fields.get("takes", Entry.text, f"{cause}_out")
        edge = fields.get("edge", lambda e: e.choice(EDGES), None)
        one = Movement(cause, adds, takes, edge, fields.get("explains", Entry.texts, None))
        for name in {one.adds if one.edge != "ending" else "", one.takes if one.edge != "beginning" else ""} - {""}:
            if not NAME.fullmatch(name):
                raise entry.error(f"{name!r} is no name: use a-z, 0-9 and _, beginning with a letter.")
            if name in names:
                raise entry.error(f"a column is called {name!r} already: name this movement otherwise.")
            names.add(name)
        found.append(one)
    return tuple(found)
