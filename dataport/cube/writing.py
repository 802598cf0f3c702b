"""writing: what of the cells is published goes into the served file, and what the next month must know beside it."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from dataport.cube.counting import Cells
from dataport.cube.population import OTHER_CODE, Codings, Integers, Keys, at_level
from dataport.cube.recode import Together
from dataport.cube.secret import Secret
from dataport.disclosure.protected.lattice import CanonicalTable, Lattice
from dataport.disclosure.protected.served import (
    AS_OF,
    HAS,
    MANIFEST,
    PERSONS,
    POINTER,
    TABLES,
    YEARS,
    YEARS_AS_OF,
    Series,
    Snapshot,
    signature_of,
)
from dataport.durable import make_private, new_file, read_record, rename, sync, write_record
from dataport.errors import Damaged
from dataport.semantic.model import OTHER

PRIVATE = "private"
# What of a country was put together as other, in the record beside each month.
_TOGETHER = "together"


@dataclass(frozen=True, slots=True)
class Printed:
    """The published cells of one table.

    Attributes:
        cells: their places among the cells of the table.
        persons: the published numbers.
        days: of which day each value is.
        true_persons, keys: what they were made from; they go into the file of the build and not into the served one.
        has: in a table with a sensitive attribute, whether the persons have it.
        years: their ages added up, as it is published, and of which day.
    """

    table: CanonicalTable
    cells: Integers
    persons: Integers
    days: tuple[date, ...]
    true_persons: Integers
    keys: Keys
    has: bool | None = None
    years: tuple[Integers, tuple[date, ...]] | None = None


def as_table(printed: list[Printed], cells: Cells, codings: Codings, lattice: Lattice, day: date) -> pa.Table:
    """The published cells of one table as they are served, in an order that is that of their members' names."""
    parts = []
    for one in printed:
        columns: dict[str, Any] = _members(cells, one.cells, codings, lattice)
        if one.has is not None:
            columns[HAS] = pa.array([one.has] * len(one.cells), pa.bool_())
        columns[PERSONS] = pa.array(one.persons, pa.int64())
        columns[AS_OF] = _unless(day, one.days)
        if one.years is not None:
            columns[YEARS] = pa.array(one.years[0], pa.int64())
            columns[YEARS_AS_OF] = _unless(day, one.years[1])
        # of the build alone; taken away before it is served
        columns["true"], columns["key"] = pa.array(one.true_persons, pa.int64()), pa.array(one.keys, pa.uint64())
        parts.append(pa.table(columns))
    whole = pa.concat_tables(parts)
    told = (PERSONS, AS_OF, YEARS, YEARS_AS_OF, "true", "key")
    names = [name for name in whole.column_names if name not in told]
    return whole.sort_by([(name, "ascending") for name in names]) if names else whole


def _unless(day: date, days: tuple[date, ...]) -> pa.Array:
    return pa.array([None if of == day else of for of in days], pa.date32())


def _members(cells: Cells, chosen: Integers, codings: Codings, lattice: Lattice) -> dict[str, pa.Array]:
    """For each level of the table, and each coarser one of its hierarchy, the members of some cells."""
    columns = {}
    for level, numbers in zip(cells.table.levels, cells.members, strict=True):
        levels = next(one for one in lattice.hierarchies if one[0].hierarchy == level.hierarchy)
        for other in levels[: level.depth]:
            codes = at_level(codings, level, other, numbers[chosen])
            names = [told_member(members[-1]) for members in codings[other.name].members]
            columns[other.name] = pa.array(names, pa.string()).take(pa.array(codes))
    return columns


def told_member(member: str | None) -> str | None:
    """A member by the code that is served for it."""
    return OTHER if member == OTHER_CODE else member


def write_snapshot(
    root: Path,
    series: Series,
    day: date,
    tables: Mapping[str, pa.Table],
    secret: Secret,
    said: Mapping[str, Any],
    private: Mapping[str, Any],
) -> Series:
    """Write one snapshot, whole or not at all, and point at it.

    Args:
        said: what its manifest says beside the tables.
        private: what the next month must know; it is not served.
    """
    make_private(root)
    make_private(root / PRIVATE)
    partial = root / ".partial-snapshot"
    partial.mkdir(mode=0o700, exist_ok=True)
    for left in partial.iterdir():
        left.unlink()
    places: dict[str, list[Any]] = {}
    with new_file(partial / TABLES) as file:
        start = 0
        for name, table in tables.items():
            content = _stream(table.drop_columns(["true", "key"]))
            file.write(content)
            places[name] = [start, len(content), hashlib.sha256(content).hexdigest(), table.num_rows]
            start += len(content)
    told = {"day": day.isoformat(), **said, "key_version": secret.version, "tables": places}
    told["signature"] = signature_of(dict(told), secret.signing)
    text = json.dumps(told, indent=1).encode()
    with new_file(partial / MANIFEST) as file:
        file.write(text)
    sync(partial)
    _write_private(root, day, tables, private)
    folder = f"{series.number:03d}-{day:%Y-%m}"
    _remove(root / folder)  # of a build that ended before it was pointed at: nobody was ever served it
    rename(partial, root / folder)
    snapshot = Snapshot(day, folder, hashlib.sha256(text).hexdigest())
    following = Series(
        series.number, series.key_version, series.fingerprint, series.policy_version, (*series.snapshots, snapshot)
    )
    write_series(root, following)
    return following


def write_series(root: Path, series: Series) -> None:
    make_private(root)
    write_record(
        root / POINTER,
        {
            "number": series.number,
            "key_version": series.key_version,
            "fingerprint": series.fingerprint,
            "policy_version": series.policy_version,
            "snapshots": [
                {"day": one.day.isoformat(), "folder": one.folder, "digest": one.digest} for one in series.snapshots
            ],
        },
    )


def withdraw(root: Path, series: Series) -> None:
    """Give up everything that a series serves: first the pointer, so that nothing of it is read any more."""
    write_series(root, Series(series.number, series.key_version, series.fingerprint, series.policy_version, ()))
    for one in series.snapshots:
        _remove(root / one.folder)
    for file in (root / PRIVATE).glob("*"):
        file.unlink()


def _remove(folder: Path) -> None:
    for file in folder.iterdir() if folder.is_dir() else ():
        file.unlink()
    if folder.is_dir():
        folder.rmdir()


def _stream(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema) as stream:
        stream.write_table(table.combine_chunks())
    return out.getvalue()


def _write_private(root: Path, day: date, tables: Mapping[str, pa.Table], said: Mapping[str, Any]) -> None:
    """The true counts and keys of what was printed, row by row as it is served, and what the build went by."""
    digest = hashlib.sha256()
    with new_file(root / PRIVATE / f"{day:%Y-%m}.arrow", replace=True) as file:
        for table in tables.values():
            content = _stream(table.select(["true", "key"]))
            for part in (len(content).to_bytes(8, "big"), content):
                file.write(part)
                digest.update(part)
    told = {**said, "tables": list(tables), "sha256": digest.hexdigest()}
    write_record(root / PRIVATE / f"{day:%Y-%m}.json", told)


def said_together(together: Together) -> dict[str, Any]:
    """What was put together as other, as it is written beside a month."""
    return {_TOGETHER: {name: sorted(map(list, pairs), key=str) for name, pairs in together.items()}}


def served_together(root: Path, series: Series) -> dict[date, Together]:
    """What was put together as other in each month of a series; none of months that an earlier version built.

    Raises:
        Damaged: what is known of one of them is gone, or is not as it was written.
    """
    found: dict[date, Together] = {}
    for one in series.snapshots:
        if (said := _said(root, one.day).get(_TOGETHER)) is not None:
            found[one.day] = {name: frozenset((pair[0], pair[1]) for pair in pairs) for name, pairs in said.items()}
    return found


def read_private(root: Path, day: date) -> tuple[dict[str, pa.Table], dict[str, Any]]:
    """What `_write_private` wrote of a day.

    Raises:
        Damaged: it is gone in part, or is not as it was written.
    """
    said = _said(root, day)
    try:
        content = memoryview((root / PRIVATE / f"{day:%Y-%m}.arrow").read_bytes())
        # what was written before there was a checksum has none
        if said.get("sha256", digest := hashlib.sha256(content).hexdigest()) != digest:
            raise ValueError
        found, start = {}, 0
        for name in said["tables"]:
            end = start + 8 + int.from_bytes(content[start : start + 8], "big")
            found[name] = pa.ipc.open_stream(content[start + 8 : end]).read_all()
            start = end
    except (OSError, ValueError, KeyError, TypeError):  # pa.ArrowInvalid is a ValueError
        raise _damaged(day) from None
    return found, said


def _said(root: Path, day: date) -> dict[str, Any]:
    try:
        return read_record(root / PRIVATE / f"{day:%Y-%m}.json")
    except (OSError, ValueError):
        raise _damaged(day) from None


def _damaged(day: date) -> Damaged:
    return Damaged(
        f"What is known of the protected statistics of {day:%Y-%m} beside what is served (in cube/private) is gone in "
        "part, or is not as it was written. The next months are held against it, so none is built, and what is served "
        "stays. Bring the folder back from the home's backup; if it is lost for good, `dataport keys rotate cube` "
        "gives up all served statistics, and the next build begins anew."
    )
