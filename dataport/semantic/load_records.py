"""load, for kinds of record: what may be opened stands in the definitions, and what is misspelt refuses to start."""

from __future__ import annotations

from collections.abc import Mapping

from dataport.dictionary import sensitivities
from dataport.semantic.load_indicators import known
from dataport.semantic.record import NO_RECORDS, FoundBy, Lookup, RecordModel, RecordModels
from dataport.semantic.yaml_entries import Entry, Fields

_FIELDS = (
    "label", "table", "entity", "key", "fields", "not_told", "bookkeeping", "belongs_to", "ids", "scope",
    "of_a_moment", "leads_to", "found_in", "found_by", "kind",
)  # fmt: skip


def records_of(entries: Mapping[str, Entry]) -> RecordModels:
    """The kinds of record of a folder.

    Raises:
        BadDefinition: with file and line, for the first thing that is wrong.
    """
    if not entries:
        return NO_RECORDS
    models = {name: _model(name, entry) for name, entry in entries.items()}
    lookups = {_lookup(entry) for entry in entries.values()} - {None}
    first = next(iter(entries.values()))
    if len(lookups) != 1:
        raise first.error("one table leads from ids to their owners: name the same one in `found_in` of each owner.")
    if not next(iter(models.values())).is_owner:
        raise first.error("the first kind of record is an owner: whoever may not open it opens nothing.")
    for name, entry in entries.items():
        _check(entry, models[name], models)
    return RecordModels(models, lookups.pop())


def _model(name: str, entry: Entry) -> RecordModel:
    fields = Fields(entry, _FIELDS)
    fields.get("not_told", _not_told, None)
    return RecordModel(
        name=name,
        label=fields.need("label").text(),
        table=fields.need("table").text(),
        entity=fields.get("entity", Entry.text, name),
        key=fields.need("key").text(),
        fields=_told(fields.need("fields")),
        bookkeeping=fields.get("bookkeeping", _told, ()),
        owners=fields.get("belongs_to", Entry.texts, ()),
        ids=fields.get("ids", Entry.texts, ()),
        scope=fields.get("scope", Entry.text, None),
        is_of_a_moment=fields.get("of_a_moment", Entry.flag, False),
        leads_to=fields.get("leads_to", Entry.text, None),
        kind=fields.get("kind", Entry.text, None),
        found_by=fields.get("found_by", _found_by, None),
    )


def _found_by(entry: Entry) -> FoundBy:
    fields = Fields(entry, ("name", "birth_date"))
    return FoundBy(fields.need("name").texts(), fields.get("birth_date", Entry.text, None))


def _told(entry: Entry) -> tuple[str, ...]:
    """Fields whose sensitivity is known: one that nobody judged would be told to everybody."""
    levels = sensitivities()
    for item in entry.items():
        known(item, "field with a sensitivity", item.text(), levels)
    return entry.texts()


def _not_told(entry: Entry) -> None:
    """What is never told, with the reason: `dataport check` alone asks for it, of each column that is not told."""
    for reason in entry.map().values():
        reason.text()


def _lookup(entry: Entry) -> Lookup | None:
    if "found_in" not in entry.map():
        return None
    fields = Fields(entry.map()["found_in"], ("table", "id"))
    return Lookup(fields.need("table").text(), fields.need("id").text())


def _check(entry: Entry, model: RecordModel, models: Mapping[str, RecordModel]) -> None:
    for name in (*model.owners, *((model.leads_to,) if model.leads_to else ())):
        if not models[known(entry, "kind of record", name, models)].is_owner:
            raise entry.error(f"{name!r} belongs to others itself: records belong to a kind with a scope and ids.")
    if model.is_owner and not (model.scope and model.ids and "found_in" in entry.map()):
        raise entry.error("an owner has a scope, ids, and a table that it is found in by them.")
    if not model.is_owner and (model.scope or model.ids or "found_in" in entry.map()):
        raise entry.error("what belongs to somebody is found and judged by its owner: leave out scope, ids, found_in.")
    if found_by := model.found_by:
        if not model.is_owner:
            raise entry.error("what belongs to somebody is found by its owner: leave out found_by.")
        for name in (*found_by.name, *((found_by.birth_date,) if found_by.birth_date else ())):
            if name not in model.fields:
                raise entry.error(f"nobody is found by {name!r}: it is not among its `fields`, so nobody is told it.")
    if model.kind and model.kind not in model.fields:
        raise entry.error(f"the kind {model.kind!r} is not among its `fields`, so nobody is told it.")
    if model.leads_to and model.entity == model.name:
        raise entry.error("a membership goes by the permission on its owner: name that as its `entity`.")
