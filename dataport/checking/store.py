"""store: each field of the registration store goes all the way, or it is said where it stops.

A field is declared in the store's schema, landed with all others, read by a staging model under the warehouse's name
for it, and promised by the contracts of the models that hand it on. What one of them lacks is told here.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from dataport.checking.finding import Finding, Place
from dataport.checking.project import Contract, Model, Project, refs_of
from dataport.store.declared import Table
from dataport.store.schema import GRANT_TABLES
from dataport.warehouse.project import MODELS_DIALECT

# What the landing adds to each row.
_OF_THE_LANDING = ("source_id", "batch_number", "low_clock", "is_deleted", "file_row_number", "damaged")
_KINDS = {"text": "varchar", "integer": "bigint", "boolean": "boolean", "date": "date", "timestamp": "timestamp"}
# The seeds that the others are held against.
_NEEDED = {
    "field_sensitivity": ("field", "sensitivity", "code_list"),
    "boundary_cause": ("cause_code", "event_type_code", "boundary_kind"),
    "clock_boundary": ("boundary_code",),
    "code_value": ("code_list", "code", "label", "is_missing"),
    "sensitive_need": ("code_prefix",),
    "age_group": ("scheme", "age_group_code"),
    "education_level": ("education_level_code",),
    "population_type_of_legal_status": ("legal_status_code", "population_type_code"),
}
# One type by two names.
_SAME = {"int": "integer", "text": "varchar"}


def check_landing(project: Project) -> Iterator[Finding]:
    """Every table of the store is landed, and every field of it is read by its staging model, as what it is."""
    stores = {table.name: table for table in project.store}
    for name, place in project.landing.items():
        if name not in stores:
            what = f"The store has no table {name!r}, from which the landing is said to come."
            yield Finding(place, "table", what, f"Declare it in {project.store_file}, or take it out here.")
    readers = {model.landed: model for model in project.models.values() if model.landed}
    for name, model in readers.items():
        if name not in stores:
            what = f"{model.name} reads the landed table {name!r}, which the store does not have."
            yield Finding(
                model.at(f"'{name}'"), "table", what, f"Declare it in {project.store_file}, or mend the name."
            )
    permissions = {table.name for table in GRANT_TABLES}
    for table in project.store:
        if table.name not in project.landing and table.name not in permissions:
            what = f"The store's table {table.name!r} is not among what dbt reads."
            yield Finding(project.store_at(table.name), "table", what, "Name it in models/staging/sources.yml.")
        if table.name in project.landing and table.name not in readers:
            what = f"No staging model reads the landed table {table.name!r}."
            mend = f"Write models/staging/stg_registration__{table.name}s.sql, with its contract in staging.yml."
            yield Finding(project.landing[table.name], "table", what, mend)
        if table.name in readers:
            yield from _fields(project, table, readers[table.name])


def _fields(project: Project, table: Table, model: Model) -> Iterator[Finding]:
    if model.statement is None:
        return
    chosen = [column for one in model.statement.expressions for column in one.find_all(exp.Column)]
    # what a subquery reads is of another table
    read = {one.name for one in chosen if one.find_ancestor(exp.Select) is model.statement}
    kinds = {column.name: column.kind for column in table.landed}
    for name in kinds:
        if name not in read:
            what = f"The store's field {table.name}.{name} is not read by {model.name}."
            mend = f"Select it in {model.file} and state it in the contract of {model.name}."
            yield Finding(project.store_at(table.name, name), "field", what, mend)
    for name in sorted(read - {*kinds, *_OF_THE_LANDING}):
        what = f"{model.name} reads {name!r}, which the store's table {table.name!r} does not have."
        mend = f"Declare it in {project.store_file}, or take it out of the model and of its contract."
        yield Finding(model.at(name), "field", what, mend)
    for cast in model.statement.find_all(exp.Cast):
        kind, wanted = cast.to.sql(dialect=MODELS_DIALECT).lower(), _KINDS.get(kinds.get(cast.this.name, ""), "")
        if isinstance(cast.this, exp.Column) and wanted and _SAME.get(kind, kind) != wanted:
            what = f"{model.name} reads {cast.this.name!r} as {kind}, which the store has as {kinds[cast.this.name]}."
            yield Finding(model.at(cast.this.name), "type", what, f"Cast it to {wanted}.")


def check_contracts(project: Project) -> Iterator[Finding]:
    """Every model has a contract that says what its SQL yields, and reads what there is."""
    for name, contract in project.contracts.items():
        if name not in project.models:
            what = f"There is a contract of {name!r}, and no such model."
            yield Finding(contract.place, "model", what, "Write the model, or take the contract out.")
    for name, model in project.models.items():
        if name not in project.contracts:
            mend = "State it, with its description and its tests, in a YAML file beside it."
            yield Finding(Place(model.file), "model", f"{name} has no contract.", mend)
        elif model.yields is not None and model.folder != "snapshots":
            yield from _promised(model, project.contracts[name])
        for name in sorted(model.strays):
            what = f"{model.name} names the column {name!r}, which no table that it reads has."
            yield Finding(project.at(model, name), "field", what, "Hand it on where it comes from, or mend the name.")
        yield from _reads(project, model)


def _promised(model: Model, contract: Contract) -> Iterator[Finding]:
    yields = model.yields or {}
    for name, kind in yields.items():
        if name not in contract.columns:
            what = f"{model.name} yields {name!r}, which its contract does not state."
            yield Finding(contract.place, "field", what, f"Add the column {name} with its type to the contract.")
        elif kind and _SAME.get(kind, kind) != contract.columns[name].kind:
            what = f"{model.name}.{name} is {contract.columns[name].kind} in its contract and {kind} in its SQL."
            yield Finding(contract.columns[name].place, "type", what, "State the one that is meant in both.")
    for name, place in contract.tested:
        if name not in yields:
            what = f"A data test of {model.name} names {name!r}, which its SQL does not yield."
            yield Finding(place, "field", what, f"Mend the name, or select it in {model.file}.")
    for name, column in contract.columns.items():
        if name not in yields:
            what = f"The contract of {model.name} states {name!r}, which its SQL does not yield."
            yield Finding(column.place, "field", what, f"Select it in {model.file}, or take it out of the contract.")


def _reads(project: Project, model: Model) -> Iterator[Finding]:
    for name in refs_of(model):
        if name in project.seeds and name not in project.seeds_of_dbt:
            what = f"{model.name} reads the seed {name!r}, which dbt does not load."
            yield Finding(model.at(name), "seed", what, f"Enable it in dbt_project.yml: `{name}: {{+enabled: true}}`.")
        elif name not in project.models and name not in project.seeds:
            what = f"{model.name} reads {name!r}, which is neither a model nor a seed."
            yield Finding(model.at(name), "model", what, "Write it, or mend the name.")


def check_needed(project: Project) -> Iterator[Finding]:
    """The seeds that the others are held against are there, with their columns."""
    for name, columns in _NEEDED.items():
        seed = project.seeds.get(name)
        for column in columns:
            if seed is None:
                yield Finding(Place(f"seeds/{name}.csv"), "seed", f"There is no seed {name!r}.", "Put it back.")
                break
            if column not in seed.columns:
                what = f"The seed {name!r} has no column {column!r}."
                yield Finding(Place(seed.file), "seed", what, "Put it back.")


def check_seeds(project: Project) -> Iterator[Finding]:
    """Seeds that dbt loads are there, and are read."""
    read = {name for model in project.models.values() for name in refs_of(model)}
    for name, place in project.seeds_of_dbt.items():
        if name not in project.seeds:
            yield Finding(place, "seed", f"There is no seed {name!r}.", f"Write seeds/{name}.csv, or leave it out.")
        elif name not in read:
            yield Finding(place, "seed", f"dbt loads the seed {name!r}, and no model reads it.", "Leave it out here.")
