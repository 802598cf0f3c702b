"""records: by what a case is found, what of it may be told, and what every version has anew."""

from __future__ import annotations

from collections.abc import Iterator

from dataport.checking.codes import FIELDS
from dataport.checking.finding import Finding, Place
from dataport.checking.project import Contract, Project, below, fields_of, items, text_of
from dataport.checking.selected import results
from dataport.semantic.yaml_entries import Entry
from dataport.store.declared import STAMPS

# Columns that say how a version came about, beside the server's own number and stamp of it.
_BOOKKEEPING = tuple(one.name for one in STAMPS if one.name not in ("change_no", "stamped_at"))
# Sensitivities of fields that mean nothing to people, or are told as the time of a version.
_NOT_FOR_PEOPLE = ("key", "time")
_IDS = "field"


def check_records(project: Project) -> Iterator[Finding]:
    """Every column of a kind of record is told, or is said not to be, with the reason."""
    sensitivity = {row["field"]: row["sensitivity"] for _, row in project.seeds[FIELDS].rows}
    models = project.definitions.get("records", {})
    ids = {text_of(one) for entry in models.values() for one in items(below(entry, "ids"))}
    for name, entry in models.items():
        contract = project.contracts.get(text_of(below(entry, "table")))
        told = {text_of(one) for part in ("fields", "bookkeeping") for one in items(below(entry, part))}
        kept = below(entry, "not_told")
        left_out = set(fields_of(kept))
        for column, stated in contract.columns.items() if contract else ():
            if column in told | left_out or sensitivity.get(column) in _NOT_FOR_PEOPLE:
                continue
            if column in ids and column not in _own_ids(entry):
                continue  # the id of another record, which that record tells, where it is in scope
            what = f"The record {name!r} neither tells {column!r} of its table nor says why not."
            yield Finding(
                stated.place,
                "record",
                what,
                "Name it under `fields` in records.yml, or under `not_told` with a reason.",
            )
        yield from _left_out(name, kept, contract)
        yield from _bookkeeping(name, entry)


def _own_ids(entry: Entry) -> set[str]:
    return {text_of(one) for one in items(below(entry, "ids"))}


def _left_out(name: str, kept: Entry | None, contract: Contract | None) -> Iterator[Finding]:
    for column, reason in fields_of(kept).items():
        if contract is not None and column not in contract.columns:
            what = f"The record {name!r} is said not to tell {column!r}, which its table does not have."
            yield Finding(Place.read(reason.place), "record", what, "Take it out.")


def _bookkeeping(name: str, entry: Entry) -> Iterator[Finding]:
    stated = below(entry, "bookkeeping")
    found = tuple(text_of(one) for one in items(stated))
    if found and set(found) != set(_BOOKKEEPING):
        odd = ", ".join(sorted(set(found) ^ set(_BOOKKEEPING)))
        what = f"The bookkeeping of the record {name!r} is not that of the store's rows: {odd}."
        place = Place.read(stated.place if stated is not None else entry.place)
        yield Finding(place, "record", what, "Name the STAMPS of dataport/store/declared.py without the server's own.")


def check_ids(project: Project) -> Iterator[Finding]:
    """The ids by which a case is found are those that the table of ids holds."""
    for name, entry in project.definitions.get("records", {}).items():
        table = text_of(below(entry, "found_in", "table"))
        model = project.models.get(table)
        if model is None or model.statement is None:
            continue
        held = {value for column, value in results(model.statement) if column == _IDS}
        wanted = {text_of(one) for one in items(below(entry, "ids"))}
        for one in items(below(entry, "ids")):
            if text_of(one) not in held:
                what = f"A {name} is found by {text_of(one)!r}, which {table} does not hold."
                yield Finding(Place.read(one.place), "record", what, f"Add it to the list in {model.file}.")
        others = {
            text_of(one) for other in project.definitions["records"].values() for one in items(below(other, "ids"))
        }
        for field in sorted(held - wanted - others):
            what = f"{table} holds {field!r}, by which no kind of record is found."
            yield Finding(model.at(f"'{field}'"), "record", what, "Add it to the `ids` of its record, or take it out.")
