"""Mending: what a home needs to answer and to be built again, from what of it is whole.

Nothing is thrown away before what takes its place has been found.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dataport.durable import copied, file_sha256, rename, sync
from dataport.errors import Damaged
from dataport.landing import Batch, ledger_digest
from dataport.warehouse.opening import opened, reads_through
from dataport.warehouse.versions import (
    FILES,
    MANIFEST,
    POINTER,
    Entry,
    Published,
    PublishedFile,
    folders,
    read_entry,
    set_aside,
)
from dataport.warehouse.working import Working

_WORKING = ("core", "keys", *FILES)


@dataclass(frozen=True, slots=True)
class Mended:
    """What was found broken, and what came of it.

    Attributes:
        what: what it is, and what was done about it, in words.
        is_mended: whether it is as good as before.
        needs_build: whether a build has to make something anew.
    """

    what: str
    is_mended: bool = True
    needs_build: bool = False


def broken_versions(root: Path) -> tuple[str, ...]:
    """Files of the versions that are kept which are not, byte by byte, what was published; all of them are read."""
    found = []
    for folder in folders(root):
        entry = _manifest(folder)
        if entry is None:
            found.append(f"{folder.name}/{MANIFEST}")
            continue
        found += [file.path for file in _broken_in(entry, root)]
    return tuple(found)


def broken_working_files(warehouse: Path, deep: bool) -> Iterator[str]:
    """What is wrong with the working copies, in words.

    Args:
        deep: read them through, instead of opening them.

    Raises:
        Busy: another process has one open.
    """
    for name in _broken(Working(warehouse / "work"), deep):
        yield (
            f"The working file work/{name}.duckdb is gone or damaged. Run `dataport repair`, which makes it anew from "
            "the published version or from the landing."
        )


def mend_versions(root: Path, warehouse: Path, batches: tuple[Batch, ...]) -> Iterator[Mended]:
    """See that the pointer names the newest version that is whole, of this landing; byte by byte."""
    working, whole = Working(warehouse / "work"), None
    for folder in reversed(folders(root)):
        if _manifest(folder) is None and _put_back(folder, root):
            yield Mended(f"The manifest of version {int(folder.name)} was put back from {POINTER}.")
        entry = _manifest(folder)
        yield from _strays_removed(entry, root)
        broken = _broken_in(entry, root) if entry else []
        if taken := [file.path for file in broken if _taken_from_working(file, root, working)]:
            yield Mended(f"{', '.join(taken)} was taken from the working copy again, byte by byte the same.")
        if entry is None or any(not file.is_whole(root, deep=True) for file in broken):
            set_aside(folder)
            yield Mended(f"Version {int(folder.name)} is damaged and was set aside.")
        elif whole is None and _is_of(entry.build, batches):
            whole = folder
    try:
        answers = read_entry(root / POINTER).build.figures.parent
    except (FileNotFoundError, ValueError):
        answers = None
    if whole is None:
        (root / POINTER).unlink(missing_ok=True)
        if answers is not None or folders(root) or any(root.glob("damaged-*")):
            yield Mended("No version is whole: everything is made again from the landing.", needs_build=True)
    elif answers != whole:
        shutil.copyfile(whole / MANIFEST, partial := root / f".partial-{POINTER}")
        partial.chmod(0o600)
        sync(partial)
        rename(partial, root / POINTER)
        yield Mended(f"{POINTER} names version {int(whole.name)}, the newest that is whole.", needs_build=True)


def mend_working(root: Path, warehouse: Path, is_landing_whole: bool) -> Iterator[Mended]:
    """See that every working copy can be gone on with, or is gone and made anew."""
    working = Working(warehouse / "work")
    broken = _broken(working, deep=True)
    if {"core", "keys"} & set(broken):
        if not is_landing_whole:
            names = " and ".join(f"work/{name}.duckdb" for name in broken)
            yield Mended(
                f"{names} cannot be made anew, because the landing is not whole: restore the landing from a backup "
                "first. Until then the published version answers.",
                is_mended=False,
            )
            return
        working.discard("core", *(["keys"] if "keys" in broken else []), *FILES)
        yield Mended(
            "The working files are made anew from the landing"
            + (", the keys too, which are the same again unless links were changed." if "keys" in broken else "."),
            needs_build=True,
        )
        return
    for name in broken:
        working.discard(name)
        yield Mended(f"work/{name}.duckdb is taken from the published version again.", needs_build=True)


def _broken(working: Working, deep: bool) -> list[str]:
    """Working copies that cannot be read; and those that are gone while others are there."""
    there = [name for name in _WORKING if working.path(name).is_file()]
    if "core" not in there:
        return [name for name in there if not _reads(working.path(name), deep)]
    gone = [] if "keys" in there else ["keys"]
    return gone + [name for name in there if not _reads(working.path(name), deep)]


def _reads(path: Path, deep: bool) -> bool:
    if not path.stat().st_size:
        return False
    if deep:
        return reads_through(path) and (path.stem != "keys" or _are_given_once(path))
    try:
        with opened(path, read_only=True) as connection:
            connection.execute("select count(*) from duckdb_tables()").fetchall()
    except Damaged:
        return False
    return True


def _are_given_once(path: Path) -> bool:
    """Whether no id has two keys, and no key two ids: maps are only ever added to, so that no build would mend it."""
    with opened(path, read_only=True) as connection:
        maps = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns() "
            "where starts_with(table_name, 'map_') group by table_name"
        ).fetchall()
        for table, (source, name, key, *more) in maps:
            if not more:
                counted = f"select count(*), count(distinct ({source}, {name})), count(distinct {key}) from {table}"
                [(rows, ids, keys)] = connection.execute(counted).fetchall()
                if not rows == ids == keys:
                    return False
    return True


def _manifest(folder: Path) -> Entry | None:
    try:
        return read_entry(folder / MANIFEST)
    except (FileNotFoundError, ValueError):
        return None


def _broken_in(entry: Entry, root: Path) -> list[PublishedFile]:
    """The files of a version that are not, byte by byte, what its manifest says."""
    return [file for file in entry.files if not file.is_whole(root, deep=True)]


def _put_back(folder: Path, root: Path) -> bool:
    """Write the manifest of the version that answers again: the pointer is a copy of it."""
    try:
        pointer = read_entry(root / POINTER)
    except (FileNotFoundError, ValueError):
        return False
    if pointer.build.figures.parent != folder:
        return False
    shutil.copyfile(root / POINTER, folder / MANIFEST)
    (folder / MANIFEST).chmod(0o600)
    return True


def _strays_removed(entry: Entry | None, root: Path) -> Iterator[Mended]:
    """Remove logs that the version does not have: they would be read with its files."""
    for file in entry.files if entry else ():
        if file.is_absent and not file.is_whole(root):
            (root / file.path).unlink()
            yield Mended(f"{file.path} belongs to no version, and was removed.")


def _taken_from_working(file: PublishedFile, root: Path, working: Working) -> bool:
    """Copy a published file from the working copy, if that has not changed since."""
    own, path = working.folder / file.name, root / file.path
    if file.sha256 is None or not own.is_file() or file_sha256(own) != file.sha256:
        return False
    path.unlink(missing_ok=True)
    copied(own, path)
    return True


def _is_of(build: Published, batches: tuple[Batch, ...]) -> bool:
    """Whether a version was made from this landing."""
    rested = tuple(batch for batch in batches if batch.number in build.batches)
    return len(rested) == len(build.batches) and build.ledger_digest in ("", ledger_digest(rested))
