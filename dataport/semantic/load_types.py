"""load, for types: what definitions say is held against the columns that the file has, read without any row.

Without a file, as for a home, whose builds keep their own contract, a type is what the definitions state.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from dataport.errors import did_you_mean
from dataport.semantic.arithmetic import Arithmetic
from dataport.semantic.formula import Change, Measure, Share, Simple
from dataport.semantic.model import Catalog, Dimension, Fact, Indicator, Level, ValueType
from dataport.semantic.names import folded
from dataport.semantic.numbers import DIGITS, DOUBLE, WHOLE, Number, reckoned, sum_of
from dataport.semantic.schema import Columns, ColumnType, Kind, Schema
from dataport.semantic.yaml_entries import Entry

_AGE = ColumnType("INTEGER", "integer", 3)
_NUMERIC: tuple[Kind, ...] = ("integer", "decimal", "double", "boolean")
_TEMPORAL: tuple[Kind, ...] = ("date", "time", "zoned time")
_HOLDS: dict[Kind, ValueType] = {
    "integer": "integer",
    "double": "number",
    "text": "text",
    "boolean": "boolean",
    "date": "date",
    "time": "date",
    "zoned time": "date",
}
# The type of a column that was made of nothing but null.
_NOTHING = '"NULL"'
# Kinds of columns whose values are equal to those of others, and to which.
_MEETS: dict[Kind, Kind] = {"decimal": "integer", "zoned time": "time", "double": "integer"}
# What a level may be called that holds something else: whole numbers are numbers.
_ALSO = {("number", "integer")}


def columns_of(table: Entry, schema: Schema | None) -> Columns:
    """The columns of a table; none where the file is not known."""
    if schema is None:
        return Columns()
    if folded(table.text()) in schema.twice:
        raise table.error(f"the file has two tables called {table.text()!r}: call one of them otherwise in a view.")
    columns = schema.columns(table.text())
    if columns is None:
        elsewhere = [name for name in schema.tables if name.endswith("." + folded(table.text()))]
        near = f" Did you mean {' or '.join(elsewhere)}?" if elsewhere else did_you_mean(table.text(), schema.tables)
        own = table.text().removeprefix("main.")
        if own != table.text() and schema.columns(own) is not None:
            near = f" What is in its main schema is called without it: {own}."
        names = ", ".join(sorted(name for name in schema.tables if "." not in name)) or "none"
        raise table.error(f"the file has no table {table.text()!r}.{near} In its main schema it has {names}.")
    return columns


def column_of(entry: Entry, of: Fact | Dimension, column: str) -> ColumnType | None:
    """The type of a column of a fact or dimension; None where the file is not known, or says nothing of it."""
    if not of.columns:
        return None
    found = of.columns.get(column)
    if found is None:
        near = did_you_mean(column, of.columns.by_name)
        raise entry.error(f"the table {of.table!r} of {of.name!r} has no column {column!r}.{near}")
    return None if found.name == _NOTHING else found


def typed_level(entry: Entry, level: Level, facts: Mapping[str, Fact], dimensions: Mapping[str, Dimension]) -> Level:
    """The level with the type of its columns: of the one that it states, where that is one they can be shown as."""
    places: list[tuple[Fact | Dimension, str]] = [(facts[name], column) for name, column in level.on.items()]
    if level.via:
        places.append((dimensions[level.via.dimension], level.via.column))
    found = [(of, name, kind) for of, name in places if (kind := column_of(entry, of, name))]
    if not found:
        return level
    if level.computed:
        for of, name, column in found:
            if column.kind not in _TEMPORAL:
                raise entry.error(f"an age is worked out from a date; {_said(of, name, column)}.")
        return replace(level, number=WHOLE)
    stated = level.type if "type" in entry.map() else None
    for of, name, column in found:
        holds = _holds(column)
        if holds is None or (stated and stated != holds and (stated, holds) not in _ALSO):
            raise entry.error(_unfit(level.name, stated, of, name, column))
    types = {_holds(column) for *_, column in found}
    if len(types) > 1 and stated is None and types != {"integer", "number"}:
        told = "; ".join(_said(of, name, column) for of, name, column in found)
        raise entry.error(f"the level {level.name!r} would be of several types: {told}.")
    _check_one_type(entry, f"the level {level.name!r}", found)
    natural = types.pop() if len(types) == 1 else "number"
    return replace(level, type=stated or natural or "text", number=_number_of([column for *_, column in found]))


def check_listed(entry: Entry, level: Level) -> None:
    """A list has texts for codes: no number, day or yes would ever be found in it, nor be shown by its label."""
    if level.code_list and level.type != "text":
        raise entry.error(
            f"the level {level.name!r} is {level.type}, and the codes of a list are texts: its labels would never be "
            "shown. Make a view that casts the column to a text, or leave `code_list` out."
        )


_Found = Sequence[tuple[Fact | Dimension, str, ColumnType]]


def _check_one_type(entry: Entry, said: str, found: _Found) -> None:
    """Numbers that stand beside or meet each other are of one type that holds them all, to the last digit."""
    numbers = [column for *_, column in found if column.kind in _NUMERIC]
    told = "; ".join(_said(of, name, column) for of, name, column in found)
    if len({column.kind == "double" for column in numbers}) > 1:
        raise entry.error(
            f"{said} would be exact here and a binary fraction there: {told}. Make them one type in a view."
        )
    scale = max((column.scale for column in numbers), default=0)
    if scale and max(column.digits - column.scale for column in numbers) + scale > DIGITS:
        raise entry.error(
            f"{said} would need more than the {DIGITS} digits that there are at all, and digits would be cut: {told}. "
            "Make them one type in a view."
        )


def typed_link(entry: Entry, link: str, facts: Iterable[Fact]) -> None:
    """A column by which rows find each other is of one type on all of them."""
    places = [(fact, link, column_of(entry, fact, link)) for fact in facts]
    found = [(fact, name, column) for fact, name, column in places if column]
    if len({_MEETS.get(column.kind, column.kind) for *_, column in found}) > 1:
        told = "; ".join(_said(*one) for one in found)
        raise entry.error(f"the link {link!r} is of several types, which never meet: {told}. Make them one in a view.")
    _check_told_apart(entry, f"the link {link!r} would take", found)
    _check_one_type(entry, f"the link {link!r}", found)


def typed_scope(entry: Entry, fact: Fact) -> Fact:
    """The fact, whose column that permissions narrow rows by opens nothing but what a permission says."""
    found = fact.columns.get(fact.scope) if fact.scope else None
    # finer instants are compared with a permission as they stand in the table
    if fact.scope and found and not found.is_fine:
        _check_told_apart(entry, f"the scope {fact.scope!r} would take", [(fact, fact.scope, found)])
    return fact


def _check_told_apart(entry: Entry, said: str, found: _Found) -> None:
    """Values are counted, met and opened as one only where they are the same."""
    for of, name, column in found:
        if column.puts_together:
            more = ", or to TIMESTAMP if microseconds are meant" if column.is_fine else ""
            raise entry.error(
                f"{said} {column.puts_together} as one; {_said(of, name, column)}. Make a view that casts it to a "
                f"text, which tells all of them apart{more}."
            )


def _holds(column: ColumnType) -> ValueType | None:
    """The type of a level that a column can hold."""
    if column.kind == "decimal":
        return "number" if column.scale else "integer"
    return _HOLDS.get(column.kind)


def _number_of(columns: Iterable[ColumnType]) -> Number | None:
    numbers = [sum_of(one) for one in columns if one.kind in ("integer", "decimal", "double")]
    return max(numbers, key=lambda one: (one.scale, one != WHOLE), default=None)


def _unfit(level: str, stated: ValueType | None, of: Fact | Dimension, name: str, column: ColumnType) -> str:
    holds = _holds(column)
    if holds is None:
        return (
            f"the level {level!r} cannot be shown: {_said(of, name, column)}. Levels are texts, numbers, dates or yes "
            "and no: make a view that has one of these."
        )
    return (
        f"the level {level!r} states the type {stated}; {_said(of, name, column)}. State `type: {holds}` or leave the "
        "type out; or make a view that casts it."
    )


def _said(of: Fact | Dimension, name: str, column: ColumnType) -> str:
    return f"the column {name!r} of {of.name!r} (table {of.table!r}) is {column.name}"


def typed_base(entry: Entry, level: Level, catalog: Catalog) -> None:
    """A key meets keys of its own type only: an engine would turn the one into the other, or stop at a row."""
    if level.via is None:
        return
    dimension, base = catalog.dimensions[level.via.dimension], catalog.levels[level.via.base]
    key = column_of(entry, dimension, dimension.key)
    holds = _holds(key) if key else None
    if key and ("number" if holds == "integer" else holds) != ("number" if base.type == "integer" else base.type):
        raise entry.error(
            f"the level {base.name!r} is {base.type} and leads to no key of another type: "
            f"{_said(dimension, dimension.key, key)}."
        )
    if key:
        bases = [(catalog.facts[name], column) for name, column in base.on.items()]
        meeting = [(of, name, kind) for of, name in bases if (kind := column_of(entry, of, name))]
        _check_one_type(entry, f"what leads from the level {base.name!r}", [*meeting, (dimension, dimension.key, key)])


def typed_measure(entry: Entry, name: str, measure: Measure, catalog: Catalog) -> Measure:
    """The measure with the type of what it reads, which must be numbers where they are reckoned with."""
    fact = catalog.facts[measure.fact]
    if not fact.columns:
        return measure
    column = catalog.levels[measure.of].on[fact.name] if measure.of else measure.column
    if column is None:
        return replace(measure, reads=_AGE)
    reads = column_of(entry, fact, column)
    if measure.of and catalog.levels[measure.of].computed:
        return replace(measure, reads=_AGE)
    if reads is None:
        return measure
    if measure.aggregate != "count_distinct" and reads.kind not in _NUMERIC:
        raise entry.error(
            f"the {measure.aggregate} {name!r} is of numbers; {_said(fact, column, reads)}. Name a column of numbers, "
            "or make a view that casts it."
        )
    if measure.aggregate == "count_distinct":
        _check_told_apart(entry, f"{name!r} would count", [(fact, column, reads)])
    return replace(measure, reads=reads)


def typed_indicator(
    entry: Entry, indicator: Indicator, catalog: Catalog, is_stated: bool, *, is_known: bool
) -> Indicator:
    """The indicator with the type of its numbers, which loses nothing of what it is made of.

    Args:
        is_stated: whether its definition says of what type it is.
        is_known: whether the types of columns are known.
    """
    number = _reckoned(entry, indicator, catalog)
    if is_stated and indicator.type == "integer" and not number.is_whole:
        made = "binary fractions" if number == DOUBLE else f"decimals with {number.scale} digits after the point"
        raise entry.error(
            f"the indicator {indicator.name!r} states the type integer, and is made of {made}, which would be cut: "
            "leave the type out, or say number."
        )
    natural: ValueType = "integer" if number.is_whole else "number"
    kind = indicator.type if is_stated else natural
    if not is_known:
        number = DOUBLE if kind == "number" else WHOLE
    return replace(indicator, type=kind, number=number)


def _reckoned(entry: Entry, indicator: Indicator, catalog: Catalog) -> Number:
    match indicator.formula:
        case Share():
            return DOUBLE
        case Change(of, _, relative):
            number = DOUBLE if relative else _number(catalog.expression(of), catalog)
        case Simple(kind="average"):
            return DOUBLE
        case _:
            number = _number(catalog.expression(indicator.name), catalog)
    if number.scale > DIGITS:
        raise entry.error(
            f"the indicator {indicator.name!r} would have {number.scale} digits after the point, of {DIGITS} that "
            "there are at all: make a view with fewer."
        )
    return number


def _number(expression: Arithmetic, catalog: Catalog) -> Number:
    return reckoned(expression, lambda name: catalog.counted_as(name) if name in catalog.indicators else WHOLE)
