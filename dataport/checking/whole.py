"""whole: all that is checked, of the project, of a published home, and of a file of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from dataport.checking.changes import check_bits, check_causes, check_rollups, check_shown
from dataport.checking.codes import check_codes, check_fields, check_lists, check_read, check_unknown
from dataport.checking.finding import Finding, called
from dataport.checking.project import Project, as_finding, read_project, sections_of
from dataport.checking.records import check_ids, check_records
from dataport.checking.sources import check_sources
from dataport.checking.store import check_contracts, check_landing, check_needed, check_seeds
from dataport.checking.tables import Held, check_definitions, check_kinds_of_record
from dataport.checking.told import check_counted, check_places, check_rules
from dataport.dictionary import CodeLists, project_root
from dataport.engines.duckdb.opening import open_file
from dataport.engines.duckdb.schema import column_type, read_schema
from dataport.errors import BadDefinition, WrongRequest
from dataport.semantic import DEFINITIONS, load_catalog
from dataport.semantic.schema import Columns, ColumnType, Schema
from dataport.warehouse.versions import Published, newest, published

_CHECKS: tuple[Callable[[Project], Iterator[Finding]], ...] = (
    check_landing,
    check_contracts,
    check_seeds,
    check_fields,
    check_lists,
    check_codes,
    check_unknown,
    check_read,
    check_bits,
    check_rollups,
    check_causes,
    check_shown,
    check_records,
    check_ids,
    check_counted,
    check_rules,
    check_sources,
    check_places,
)
_BUILT = "Add it to the model and to its contract, or mend the name."


def check_project(root: Path | None = None, definitions: Path = DEFINITIONS) -> tuple[Finding, ...]:
    """What disagrees between the store's schema, the models and their contracts, the seeds and the definitions.

    Args:
        root: the folder with ``dbt_project.yml``: that of this installation unless given.
        definitions: the folder of definitions.
    """
    root = root or project_root()
    project = read_project(root, definitions)
    if missing := tuple(check_needed(project)):
        return missing  # nothing could be held against it
    found = [*project.problems, *(finding for check in _CHECKS for finding in check(project))]
    figures, records = (_promised(project, folder) for folder in ("marts/core", "marts/records"))
    where = "among the contracts of models/{}"
    found += check_definitions(Held(project.definitions, figures, where.format("marts/core"), _BUILT))
    found += check_kinds_of_record(Held(project.definitions, records, where.format("marts/records"), _BUILT))
    return _sorted(found, definitions, root, figures)


def _promised(project: Project, folder: str) -> Schema:
    """The tables of one published file, as the contracts of their models promise them."""
    models = (one for one in project.models.values() if one.folder == folder and one.name in project.contracts)
    return Schema(
        {
            one.name: Columns(
                {name: column_type(column.kind.upper(), *_digits(column.kind)) for name, column in
                 project.contracts[one.name].columns.items()}
            )
            for one in models
        }
    )  # fmt: skip


def _digits(kind: str) -> tuple[int | None, int | None]:
    """The digits of a decimal, as ``decimal(18,3)`` states them."""
    inside = kind.partition("(")[2].rstrip(")")
    if not inside:
        return None, None
    digits, _, scale = inside.partition(",")
    return int(digits), int(scale or 0)


def check_home(
    published_root: Path, *, must_exist: bool, root: Path | None = None, definitions: Path = DEFINITIONS
) -> tuple[Finding, ...] | None:
    """What the published files of a home hold otherwise than the contracts promise, and the definitions need.

    None where nothing has been published, unless it must have been.

    Raises:
        NoHome: it must exist and does not.
    """
    current = published(published_root) if must_exist else newest(published_root)
    return check_published(current, root, definitions) if current else None


def check_published(build: Published, root: Path | None = None, definitions: Path = DEFINITIONS) -> tuple[Finding, ...]:
    """The same of one published build."""
    project = read_project(root or project_root(), definitions)
    found: list[Finding] = []
    for folder, path, check in (
        ("marts/core", build.figures, check_definitions),
        ("marts/records", build.records, check_kinds_of_record),
    ):
        held = _held_by(path, of_home=True)
        where = f"in {path.name} of build {build.build_number}"
        found += _kept(project, folder, held, where)
        found += check(Held(project.definitions, held, where, _AGAIN))
    return tuple(sorted(set(found)))


_AGAIN = "Build again: `dataport build`."


def _held_by(path: Path, *, of_home: bool = False) -> Schema:
    connection = open_file(path, of_home=of_home)
    try:
        return read_schema(connection)
    finally:
        connection.close()


def _is_narrow(found: ColumnType, promised: ColumnType) -> bool:
    """Whether a column is a text that is kept as an enum; see `warehouse/narrow.py`."""
    return found.name == "ENUM" and promised.name == "VARCHAR"


def _kept(project: Project, folder: str, held: Schema, where: str) -> Iterator[Finding]:
    """A published table beside the contract that it was built by."""
    for name, table in _promised(project, folder).tables.items():
        alias = project.models[name].alias
        columns = held.columns(alias)
        contract = project.contracts[name]
        if columns is None:
            yield Finding(contract.place, "table", f"There is no table {alias!r} {where}.", _AGAIN)
            continue
        for column, kind in table.by_name.items():
            found, place = columns.get(column), contract.columns[column].place
            if found is None:
                yield Finding(place, "field", f"{alias} has no column {column!r} {where}.", _AGAIN)
            elif found != kind and not _is_narrow(found, kind):
                what = f"{alias}.{column} is {found.name} {where}, and {kind.name} in its contract."
                yield Finding(place, "type", what, _AGAIN)
        for column in sorted(set(columns.by_name) - set(table.by_name)):
            what = f"{alias} has the column {column!r} {where}, which its contract does not state."
            yield Finding(contract.place, "field", what, _AGAIN)


def check_file(definitions: Path, database: Path) -> tuple[Finding, ...]:
    """What somebody's own definitions say of a file of theirs that is not so.

    Raises:
        WrongRequest: there is no such file, or none that can be read.
        Busy: it is open for writing.
    """
    problems: list[Finding] = []
    sections = sections_of(definitions, definitions, problems)
    if not sections and not problems:
        raise WrongRequest(f"There are no definitions (*.yml) in {definitions}. Name the folder that holds them.")
    schema = _held_by(database)
    held = Held(sections, schema, f"in {database.name}", "Name one that there is, or make it in the file.")
    found = [*problems, *check_definitions(held), *check_kinds_of_record(held)]
    return _sorted(found, definitions, definitions, schema)


def _sorted(found: Iterable[Finding], definitions: Path, root: Path, schema: Schema) -> tuple[Finding, ...]:
    """The findings by place. Where nothing else is wrong with the definitions, what the loader says of them besides."""
    prefix = "" if definitions == root or not definitions.is_relative_to(root) else f"{called(definitions, root)}/"
    told = set(found)
    files = _files(definitions, prefix)
    is_told = any(one.kind in ("table", "field", "type") and one.place.file in files for one in told)
    try:
        # a column that is not there has been told, and would be all that the loader says
        load_catalog(definitions, CodeLists(), None if is_told else schema)
    except BadDefinition as problem:
        one = as_finding(problem)
        one = replace(one, place=replace(one.place, file=prefix + one.place.file))
        if one.place not in {other.place for other in told}:
            told.add(one)
    return tuple(sorted(told))


def _files(definitions: Path, prefix: str) -> frozenset[str]:
    """What the files of definitions are called in findings."""
    return frozenset(prefix + called(path, definitions) for path in definitions.rglob("*.yml"))
