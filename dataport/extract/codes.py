"""Code values that the code lists do not know: they land and are counted as they are, and are noticed here.

Read from the dictionaries of the written files, so that a register of any size costs a look at each distinct value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from dataport.dictionary import CodeList, CodeLists
from dataport.store.declared import Table

# Anything else in a code's place may be somebody's name.
_LOOKS_LIKE_A_CODE = re.compile(r"[A-Z0-9][A-Z0-9_-]{0,7}")
_NAMED_AT_MOST = 5


def unknown_codes(table: Table, file: Path, list_of: Mapping[str, str], lists: CodeLists) -> tuple[str, ...]:
    """What a person should know of a landed file's codes: one note for each column with values outside its list.

    Args:
        list_of: the code list of every column that has one.
    """
    coded = {
        column.name: lists[name]
        for column in table.columns
        if column.name != table.key and (name := list_of.get(column.name)) in lists
    }
    if not coded:
        return ()
    parquet = pq.ParquetFile(file, read_dictionary=list(coded))
    found: dict[str, dict[str, int]] = {column: {} for column in coded}
    for group in range(parquet.num_row_groups):
        for column, values in _columns(parquet, group, list(coded)):
            for code, rows in _outside(values, coded[column]):
                found[column][code] = found[column].get(code, 0) + rows
    return tuple(_note(table.name, column, codes) for column, codes in found.items() if codes)


def _columns(parquet: pq.ParquetFile, group: int, names: list[str]) -> Iterator[tuple[str, pa.Array]]:
    read = parquet.read_row_group(group, columns=names)
    for name in names:
        yield from ((name, chunk) for chunk in read[name].chunks)


def _outside(values: pa.DictionaryArray, known: CodeList) -> Iterator[tuple[str, int]]:
    """Codes of a chunk that are neither members nor marks of something missing, with their rows."""
    strangers = [
        code
        for code in values.dictionary.to_pylist()
        if code and code not in known.labels and code not in known.missing
    ]
    for code in strangers:
        yield code, pc.sum(pc.equal(values.cast(pa.string()), code)).as_py() or 0


def _note(table: str, column: str, codes: dict[str, int]) -> str:
    shown = sorted(code for code in codes if _LOOKS_LIKE_A_CODE.fullmatch(code))[:_NAMED_AT_MOST]
    others = len(codes) - len(shown)
    named = [f"{code!r} ({codes[code]:,} rows)" for code in shown]
    named += [f"{others} more ({sum(codes.values()) - sum(codes[code] for code in shown):,} rows)"] if others else []
    return (
        f"{table}.{column} holds values that its code list does not know: {', '.join(named)}. "
        "They are counted under that code; add it to the list to give it a name."
    )
