"""tables: what definitions say of tables and columns, held against the tables that there are.

The tables are those that the contracts of the models promise, those of a published file, or of a file of one's own: the
same is asked of each. The loader stops at the first thing that is wrong; this tells all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from dataport.checking.finding import Finding, Place
from dataport.checking.project import below, fields_of, items, text_of
from dataport.errors import did_you_mean
from dataport.semantic.record import EVERY_TABLE
from dataport.semantic.rollup import told_of, total_of, true_of
from dataport.semantic.schema import Schema
from dataport.semantic.yaml_entries import Entry

Sections = Mapping[str, Mapping[str, Entry]]

# The type of a column that was made of nothing but null: it may be anything.
_NOTHING = '"NULL"'
_INSTANT = ("date", "time", "zoned time")


@dataclass(frozen=True, slots=True)
class Held:
    """Definitions beside the tables that they speak of.

    Attributes:
        where: what the tables are those of, as it stands in sentences.
        mend: what to do about a column that is not there.
    """

    sections: Sections
    schema: Schema
    where: str
    mend: str

    def table(self, entry: Entry | None) -> Iterator[Finding]:
        """A table that is named and not there."""
        if entry is not None and (name := text_of(entry)) and self.schema.columns(name) is None:
            near = did_you_mean(name, tuple(self.schema.tables))
            yield Finding(
                Place.read(entry.place), "table", f"There is no table {name!r} {self.where}.{near}", self.mend
            )

    def column(self, table: str, entry: Entry | None, *kinds: str) -> Iterator[Finding]:
        """A column that is named and not there, or is of none of these kinds; nothing where there is no such table."""
        columns = self.schema.columns(table)
        if entry is None or columns is None or not isinstance(entry.value, str):
            return
        found, place = columns.get(entry.value), Place.read(entry.place)
        if found is None:
            near = did_you_mean(entry.value, tuple(columns.by_name))
            yield Finding(place, "field", f"{table} has no column {entry.value!r} {self.where}.{near}", self.mend)
        elif kinds and found.kind not in kinds and found.name != _NOTHING:
            what = f"{table}.{entry.value} is {found.kind} ({found.name}), where {' or '.join(kinds)} is needed."
            yield Finding(place, "type", what, "Name another column, or give that one another type.")

    def name_of(self, section: str, name: str, what: str = "table") -> str:
        """The table of an entry, or another text of it; empty where it says none."""
        return text_of(below(self.sections.get(section, {}).get(name), what))


def check_definitions(held: Held) -> Iterator[Finding]:
    """Every table and column that definitions name is there, and is of a kind that fits."""
    for name, entry in held.sections.get("facts", {}).items():
        yield from _fact(held, held.name_of("facts", name), entry)
    for name, entry in held.sections.get("dimensions", {}).items():
        table = held.name_of("dimensions", name)
        yield from held.table(below(entry, "table"))
        yield from held.column(table, below(entry, "key"))
        yield from _validity(held, table, entry)
    for entry in held.sections.get("rollups", {}).values():
        yield from _rollup(held, entry)
    for entry in held.sections.get("levels", {}).values():
        yield from _level(held, entry)
        yield from _counted(held, entry)
    for entry in held.sections.get("indicators", {}).values():
        yield from _counted(held, entry)


def _validity(held: Held, table: str, entry: Entry) -> Iterator[Finding]:
    for end in ("from", "to"):
        yield from held.column(table, below(entry, "validity", end), *_INSTANT)


def _fact(held: Held, table: str, entry: Entry) -> Iterator[Finding]:
    yield from held.table(below(entry, "table"))
    for name in ("unit", "scope"):
        yield from held.column(table, below(entry, name))
    yield from _validity(held, table, entry)
    for axis in fields_of(below(entry, "axes")).values():
        yield from held.column(table, axis, *_INSTANT)
    boundaries = below(entry, "boundaries")
    for end in ("starts", "ends"):
        yield from held.column(table, below(boundaries, end))
        yield from held.column(table, below(boundaries, "changes", end), "integer")
    for attribute in items(below(boundaries, "changes", "attributes")):
        yield from held.column(table, attribute)


def _rollup(held: Held, entry: Entry) -> Iterator[Finding]:
    fact = held.name_of("facts", text_of(below(entry, "of")))
    for which in ("table", "monthly"):
        yield from held.table(below(entry, which))
        table = text_of(below(entry, which))
        yield from held.column(table, below(entry, "day"), *_INSTANT)
        yield from held.column(table, below(entry, "count"))
        for column in items(below(entry, "columns")):
            yield from held.column(table, column)
        for step in _steps(entry):
            yield from held.column(table, step)
    for which in ("columns", "flags", "sums"):
        for column in items(below(entry, which)):
            yield from held.column(fact, column, *(("boolean",) if which == "flags" else ()))


def _steps(entry: Entry) -> Iterator[Entry]:
    """The columns of what a rollup counts apart and adds up, each where it is named."""
    for flag in items(below(entry, "flags")):
        yield from (replace(flag, value=of(text_of(flag))) for of in (true_of, told_of))
    for number in items(below(entry, "sums")):
        yield replace(number, value=total_of(text_of(number)))


def _level(held: Held, entry: Entry) -> Iterator[Finding]:
    computed = below(entry, "computed")
    for fact, column in fields_of(below(entry, "on")).items():
        yield from held.column(held.name_of("facts", fact), column, *(_INSTANT if computed else ()))
    dimension = text_of(below(entry, "via", "dimension"))
    yield from held.column(held.name_of("dimensions", dimension), below(entry, "via", "column"))


def _counted(held: Held, entry: Entry) -> Iterator[Finding]:
    """Whatever is counted within a definition: a fact, with a column of it or the key that leads to it."""
    fact = text_of(below(entry, "fact"))
    for name in ("column", "link") if fact else ():
        yield from held.column(held.name_of("facts", fact), below(entry, name))
    for inner in fields_of(entry).values():
        yield from _counted(held, inner)


def check_kinds_of_record(held: Held) -> Iterator[Finding]:
    """Every table and column that kinds of record name is there."""
    for name, entry in held.sections.get("records", {}).items():
        table = held.name_of("records", name)
        yield from held.table(below(entry, "table"))
        for one in ("key", "scope"):
            yield from held.column(table, below(entry, one))
        for several in ("ids", "fields", "bookkeeping"):
            for column in items(below(entry, several)):
                yield from held.column(table, column)
        for owner in items(below(entry, "belongs_to")):
            yield from _led(held, table, owner)
        yield from _led(held, table, below(entry, "leads_to"))
        if stated := below(entry, "table"):
            for every in EVERY_TABLE:
                yield from held.column(table, Entry(stated.place, every))
        found_in = below(entry, "found_in")
        lookup = text_of(below(found_in, "table"))
        yield from held.table(below(found_in, "table"))
        yield from held.column(lookup, below(found_in, "id"))
        if lookup:
            yield from held.column(lookup, below(entry, "key"))


def _led(held: Held, table: str, owner: Entry | None) -> Iterator[Finding]:
    """The key of an owner in a table of what belongs to it."""
    if owner is not None and (key := held.name_of("records", text_of(owner), "key")):
        yield from held.column(table, Entry(owner.place, key))
