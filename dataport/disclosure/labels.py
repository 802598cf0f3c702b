"""labels: the members of an answer by code, by label, or by both, each column saying which it is.

Where nothing is asked for, an answer has its levels as the data have them: codes, and a null for the unknown member.
Where labels are asked for, each level becomes one or several columns:

* ``code``: the code. Where members have codes in several systems, one column for each, called after the system:
  ``country_of_asylum_unhcr``, ``country_of_asylum_iso3``.
* ``label``: the label in the place of the code, ``Unknown`` for the unknown member, ``all`` where a total adds it up.
* ``both``: the codes as above and the label beside them, as ``sex`` and ``sex_label``.

Labels come from public lists alone. A member whose text is also a word of ours, such as ``Unknown``, is quoted, as
everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import pyarrow as pa

from dataport.dictionary import SYSTEMS
from dataport.disclosure.release import Part, SafeColumn, SafeTable
from dataport.disclosure.words import ALL, label_text
from dataport.errors import WrongRequest

Labels: TypeAlias = Literal["code", "label", "both"]
LABELS: tuple[Labels, ...] = get_args(Labels)


@dataclass(frozen=True, slots=True)
class Facet:
    """One column that shows a column of the answer.

    Attributes:
        column: as it is shown, under the name and label of this facet.
        of: the name of the column of the answer.
        shows: the value as it is, the label, or the code in another system.
    """

    column: SafeColumn
    of: str
    shows: str = "value"


def facets(table: SafeTable, labels: Labels | None) -> tuple[Facet, ...]:
    """The columns of an answer as they are shown.

    Raises:
        WrongRequest: there are no such labels.
    """
    if labels is not None and labels not in LABELS:
        raise WrongRequest(f"Labels are one of {', '.join(LABELS)}.")
    taken = {one.name for one in table.columns}
    return tuple(facet for one in table.columns for facet in _facets(one, table, labels, taken))


def _facets(one: SafeColumn, table: SafeTable, labels: Labels | None, taken: set[str]) -> Iterator[Facet]:
    if labels is None or one.role != "level" or one.type not in ("text", "boolean"):
        yield Facet(one, one.name)
    elif not one.is_listed:
        # a level without a public list has no codes: its values are its labels
        yield Facet(one, one.name, "value" if labels == "code" else "label")
    elif labels == "label":
        yield Facet(replace(one, system=""), one.name, "label")
    else:
        yield Facet(_named(one, one.system, taken), one.name)
        for system in table.codes.get(one.name, {}):
            yield Facet(replace(_named(one, system, taken), system=system), one.name, system)
        if labels == "both":
            yield Facet(replace(_named(one, "label", taken), system=""), one.name, "label")


def _named(one: SafeColumn, what: str, taken: set[str]) -> SafeColumn:
    """A column with a name and a label that say what it shows."""
    if not what:
        return one
    name = f"{one.name}_{what}"
    while name in taken:
        name += "_"
    taken.add(name)
    label = one.label if what == "label" else f"{one.label} ({_SAID.get(what, what)})"
    return replace(one, name=name, label=label)


_SAID = {"unhcr": "UNHCR code", "iso3": "ISO3 code"}
assert set(_SAID) == set(SYSTEMS)


def spread(part: Part, table: SafeTable, labels: Labels | None) -> pa.Table:
    """Rows of an answer, or of one of its totals, as the columns of its facets."""
    shown = facets(table, labels)
    columns = [_column(one, part.data.column(one.of), table, _is_all(one, part)) for one in shown]
    return pa.table(columns, names=[one.column.name for one in shown])


def _is_all(facet: Facet, part: Part) -> bool:
    return facet.column.role == "level" and part.adds_up(facet.of)


def _column(facet: Facet, values: pa.ChunkedArray, table: SafeTable, is_all: bool) -> Any:
    if facet.shows == "value":
        return values
    told = {value: shown_as(facet, value, table, is_all) for value in set(values.to_pylist())}
    return pa.array([told[value] for value in values.to_pylist()], pa.string())


def shown_as(facet: Facet, value: Any, table: SafeTable, is_all: bool) -> str | None:
    """A member as a facet shows it to programs; None for a code that it does not have."""
    if facet.shows == "label":
        (column,) = (one for one in table.columns if one.name == facet.of)
        return ALL if is_all else label_text(value, column, table)
    return table.codes[facet.of][facet.shows].get(value)


def member_cell(facet: Facet, value: Any, table: SafeTable, is_all: bool) -> str:
    """A member as a facet shows it to people: no cell is blank."""
    (column,) = (one for one in table.columns if one.name == facet.of)
    if is_all or value is None or facet.shows == "label":
        return ALL if is_all else label_text(value, column, table)
    if facet.shows == "value":
        return value if isinstance(value, str) else label_text(value, column, table)
    return shown_as(facet, value, table, is_all) or "none"
