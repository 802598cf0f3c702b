"""load, for rules: choices that the warehouse makes before anything is counted, told where they matter."""

from __future__ import annotations

from collections.abc import Mapping

from dataport.semantic.load_indicators import known
from dataport.semantic.model import Catalog
from dataport.semantic.rule import Rule
from dataport.semantic.yaml_entries import Entry, Fields


def rules_of(entries: Mapping[str, Entry], draft: Catalog) -> tuple[Rule, ...]:
    """The section ``rules``."""
    return tuple(_rule(name, entry, draft) for name, entry in entries.items())


def _rule(name: str, entry: Entry, draft: Catalog) -> Rule:
    fields = Fields(entry, ("label", "text", "reason", "model", "facts", "levels"))
    facts, levels = fields.get("facts", Entry.texts, ()), fields.get("levels", Entry.texts, ())
    if not facts and not levels:
        raise entry.error("a rule says whose rows or members it decides: `facts`, `levels`, or both.")
    for one in facts:
        known(fields.need("facts"), "fact", one, draft.facts)
    for one in levels:
        known(fields.need("levels"), "level", one, draft.levels)
    label, text, reason = (fields.need(one).text() for one in ("label", "text", "reason"))
    return Rule(name, label, text, reason, fields.get("model", Entry.text, ""), facts, levels)
