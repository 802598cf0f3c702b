"""project: what the files of this project say, with file and line. Nothing is built, and no row is read."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import jinja2
from sqlglot import exp
from sqlglot.errors import SqlglotError

from dataport.checking.finding import Finding, Place, called, line_of
from dataport.checking.rendering import REF, Templates
from dataport.checking.selected import Selected, selected
from dataport.errors import BadDefinition
from dataport.semantic.yaml_entries import Entry, read_entries
from dataport.store import schema
from dataport.store.declared import Table

# What the materialisation of a history adds to the rows of its SELECT, and what it leaves out.
_HISTORY = {"valid_from": "timestamp", "valid_to": "timestamp", "state_digest": "usmallint"}
_NOT_KEPT = "low_clock"
# The arguments of data tests that are columns of the model.
_COLUMNS_OF_A_TEST = ("columns", "key", "by")
_ALIAS = re.compile(r'\balias="(\w+)"')
_LANDED = re.compile(r"landed\('(\w+)'\)")


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the contract of a model states it.

    Attributes:
        code_lists: the code lists that a data test holds it to, each with its line.
        accepted: the values that a data test accepts.
    """

    kind: str
    place: Place
    code_lists: tuple[tuple[str, Place], ...] = ()
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contract:
    """What a model promises.

    Attributes:
        tested: the columns that its data tests name, each with its line.
    """

    place: Place
    columns: Mapping[str, Column]
    tested: tuple[tuple[str, Place], ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """A model, or a snapshot, as it is written.

    Attributes:
        folder: staging, keys, intermediate, marts/core, marts/records or snapshots.
        landed: the table of the store that it reads, if it reads one.
        statement: its SQL, parsed; None where it could not be.
        yields: the columns of its SQL; None where that could not be told.
        strays: columns that its SQL names and none of the tables that it reads has.
    """

    name: str
    file: str
    folder: str
    text: str
    landed: str | None
    statement: exp.Expr | None
    yields: Selected | None = None
    strays: frozenset[str] = frozenset()

    @property
    def alias(self) -> str:
        """What its table is called."""
        found = _ALIAS.search(self.text)
        return found[1] if found else self.name

    def at(self, *words: str) -> Place:
        """The line in which these words stand."""
        return Place(self.file, line_of(self.text, *words))


@dataclass(frozen=True, slots=True)
class Seed:
    """A seed: its columns, and its rows with the line of each."""

    file: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Mapping[str, str]], ...]

    def values(self, column: str) -> dict[str, Place]:
        """The values of a column, each with the first line that it stands in; without the empty one."""
        found: dict[str, Place] = {}
        for line, row in self.rows:
            if row.get(column):
                found.setdefault(row[column], Place(self.file, line))
        return found


@dataclass(frozen=True, slots=True)
class Project:
    """Everything that is held together.

    Attributes:
        definitions: the entries of each section of the definitions.
        landing: the tables of the store that dbt knows, with their lines.
        store: the tables of the store.
        store_file, store_text: where they are declared.
        package: the folder of the code.
        seeds_of_dbt: the seeds that dbt loads.
        templates: the macros.
        problems: what could not be read.
    """

    root: Path
    models: Mapping[str, Model]
    contracts: Mapping[str, Contract]
    seeds: Mapping[str, Seed]
    definitions: Mapping[str, Mapping[str, Entry]]
    landing: Mapping[str, Place]
    store: tuple[Table, ...]
    store_file: str
    store_text: str
    package: Path
    seeds_of_dbt: Mapping[str, Place]
    templates: Templates | None
    problems: tuple[Finding, ...] = field(default=())

    def at(self, model: Model, words: str) -> Place:
        """Where words stand: in the model, or in a macro that it calls."""
        if words not in model.text:
            for path in sorted((self.root / "macros").glob("**/*.sql")):
                text = path.read_text(encoding="utf-8")
                if words in text:
                    return Place(called(path, self.root), line_of(text, words))
        return model.at(words)

    def store_at(self, table: str, column: str | None = None) -> Place:
        """Where the store's schema declares a table or a column."""
        words = (f'"{table}"', *((column,) if column else ()))
        return Place(self.store_file, line_of(self.store_text, *words))


def read_project(root: Path, definitions: Path) -> Project:
    """Read the files of a project.

    Args:
        root: the folder with ``dbt_project.yml``.
        definitions: the folder of its definitions.
    """
    problems: list[Finding] = []
    seeds = {path.relative_to(root / "seeds").with_suffix("").as_posix(): path for path in root.glob("seeds/**/*.csv")}
    read = {name: _seed(path, root) for name, path in sorted(seeds.items())}
    templates = _templates(root, problems)
    models = _models(root, templates, problems)
    documents = [one for folder in ("models", "snapshots") for one in _documents(root / folder, root, problems)]
    store_file = Path(schema.__file__)
    return Project(
        root=root,
        models=_with_yields(models, read),
        contracts={name: one for document in documents for name, one in _contracts(document)},
        seeds=read,
        definitions=sections_of(definitions, root, problems),
        landing={name: place for document in documents for name, place in _landing(document)},
        store=schema.TABLES,
        store_file=called(store_file, root),
        store_text=store_file.read_text(encoding="utf-8"),
        package=store_file.parent.parent,
        seeds_of_dbt=_seeds_of_dbt(root, problems),
        templates=templates,
        problems=tuple(problems),
    )


def _seed(path: Path, root: Path) -> Seed:
    rows: list[tuple[int, Mapping[str, str]]] = []
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        columns, line = tuple(reader.fieldnames or ()), reader.line_num + 1
        for row in reader:
            rows.append((line, row))
            line = reader.line_num + 1
    return Seed(called(path, root), columns, tuple(rows))


def _templates(root: Path, problems: list[Finding]) -> Templates | None:
    try:
        return Templates(sorted((root / "macros").glob("**/*.sql")))
    except jinja2.TemplateError as problem:
        place = Place("macros", getattr(problem, "lineno", None) or 1)
        problems.append(Finding(place, "template", f"A macro cannot be read: {problem}.", "Mend the macro."))
        return None


def _models(root: Path, templates: Templates | None, problems: list[Finding]) -> dict[str, Model]:
    found = {}
    for top in ("models", "snapshots"):
        for path in sorted((root / top).glob("**/*.sql")):
            text, file = path.read_text(encoding="utf-8"), called(path, root)
            folder = path.parent.relative_to(root).as_posix().removeprefix("models/")
            statement = None
            try:
                statement = templates.statement(text) if templates else None
            except (jinja2.TemplateError, SqlglotError, TypeError, KeyError) as problem:
                place = Place(file, getattr(problem, "lineno", None) or 1)
                said = f"{path.stem} cannot be read: {str(problem).splitlines()[0]}."
                problems.append(Finding(place, "template", said, "Mend its SQL or the macro that it calls."))
            landed = _LANDED.search(text)
            found[path.stem] = Model(path.stem, file, folder, text, landed and landed[1], statement)
    return found


def _with_yields(models: Mapping[str, Model], seeds: Mapping[str, Seed]) -> dict[str, Model]:
    """The models with the columns that each yields, worked out in the order in which they build on one another."""
    known: dict[str, Selected] = {REF + name: dict.fromkeys(seed.columns, "") for name, seed in seeds.items()}
    found: dict[str, Model] = {}
    open_ = dict(models)
    while open_:
        ready = [one for one in open_.values() if not {*refs_of(one)} & {*open_}]
        for one in ready or tuple(open_.values()):
            strays: set[str] = set()
            yields = selected(one.statement, known, strays) if one.statement else None
            if yields is not None and one.folder == "snapshots":
                yields = {name: kind for name, kind in yields.items() if name != _NOT_KEPT} | _HISTORY
            if yields is not None:
                known[REF + one.name] = yields
            found[one.name] = replace(one, yields=yields, strays=frozenset(strays))
            del open_[one.name]
    return found


def refs_of(model: Model) -> tuple[str, ...]:
    """The models and seeds that a model reads."""
    tables = model.statement.find_all(exp.Table) if model.statement else ()
    return tuple(dict.fromkeys(one.name.removeprefix(REF) for one in tables if one.name.startswith(REF)))


def _documents(folder: Path, root: Path, problems: list[Finding]) -> Iterator[Entry]:
    for path in sorted(folder.glob("**/*.yml")):
        try:
            yield read_entries(path, root)[0]
        except BadDefinition as problem:
            problems.append(as_finding(problem))


def as_finding(problem: BadDefinition) -> Finding:
    """An error of a YAML file as a finding."""
    where, _, said = str(problem).partition(": ")
    file, _, line = where.rpartition(":")
    if not line.isdigit():
        return Finding(Place(where), "definition", said, "Mend it as said, then check again.")
    return Finding(Place(file, int(line)), "definition", said, "Mend it as said, then check again.")


def below(entry: Entry | None, *names: str) -> Entry | None:
    """What stands below an entry under these names; None where nothing does."""
    for name in names:
        entry = fields_of(entry).get(name)
    return entry


def items(entry: Entry | None) -> list[Entry]:
    """The members of a list; none where there is no list."""
    return entry.value if entry is not None and isinstance(entry.value, list) else []


def fields_of(entry: Entry | None) -> dict[str, Entry]:
    """The fields of a map; none where there is no map."""
    return entry.value if entry is not None and isinstance(entry.value, dict) else {}


def text_of(entry: Entry | None) -> str:
    """A text; the empty one where there is none."""
    return entry.value if entry is not None and isinstance(entry.value, str) else ""


def _contracts(document: Entry) -> Iterator[tuple[str, Contract]]:
    for model in (*items(below(document, "models")), *items(below(document, "snapshots"))):
        columns = {
            text_of(below(one, "name")): Column(
                text_of(below(one, "data_type")), Place.read(one.place), tuple(_tested(one)), tuple(_accepted(one))
            )
            for one in items(below(model, "columns"))
        }
        yield text_of(below(model, "name")), Contract(Place.read(model.place), columns, tuple(_named(model)))


def _named(model: Entry) -> Iterator[tuple[str, Place]]:
    """The columns that the data tests of a model name."""
    for test in items(below(model, "data_tests")):
        for inner in fields_of(test).values():
            for argument in _COLUMNS_OF_A_TEST:
                found = below(inner, "arguments", argument)
                for one in items(found) or ([found] if found is not None and text_of(found) else []):
                    yield text_of(one), Place.read(one.place)


def _tested(column: Entry) -> Iterator[tuple[str, Place]]:
    for test in items(below(column, "data_tests")):
        listed = below(test, "in_code_list", "arguments", "code_list")
        if listed is not None:
            yield text_of(listed), Place.read(listed.place)


def _accepted(column: Entry) -> Iterator[str]:
    for test in items(below(column, "data_tests")):
        yield from map(text_of, items(below(test, "accepted_values", "arguments", "values")))


def _landing(document: Entry) -> Iterator[tuple[str, Place]]:
    for source in items(below(document, "sources")):
        if text_of(below(source, "name")) == "landing":
            for table in items(below(source, "tables")):
                yield text_of(below(table, "name")), Place.read(table.place)


def sections_of(folder: Path, root: Path, problems: list[Finding]) -> dict[str, dict[str, Entry]]:
    """The entries of each section of a folder of definitions; what cannot be read is added to the problems."""
    base = root if folder.is_relative_to(root) else folder
    found: dict[str, dict[str, Entry]] = {}
    for document in _documents(folder, base, problems):
        for section, entry in fields_of(document).items():
            found.setdefault(section, {}).update(fields_of(entry))
    return found


def _seeds_of_dbt(root: Path, problems: list[Finding]) -> dict[str, Place]:
    path = root / "dbt_project.yml"
    try:
        settings = below(read_entries(path, root)[0], "seeds", "dataport")
    except BadDefinition as problem:
        problems.append(as_finding(problem))
        return {}
    entries = fields_of(settings)
    return {name: Place.read(one.place) for name, one in entries.items() if text_of(below(one, "+enabled")) == "true"}
