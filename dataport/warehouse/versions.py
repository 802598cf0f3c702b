"""Versions: numbered folders of published files, each with a manifest, and the pointer to the one that answers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from dataport.durable import file_sha256, read_record
from dataport.errors import Damaged, NewerHome, NoHome
from dataport.settings import LAYOUT
from dataport.warehouse.opening import reads_through

POINTER, MANIFEST, UNPUBLISHED = "CURRENT", "manifest.json", ".publishing"
FILES = ("figures", "records")
_ASIDE = "damaged-"


@dataclass(frozen=True, slots=True)
class SourceRange:
    """What one source can answer: recorded time from `history_start` up to `watermark`, naive UTC."""

    source_id: str
    history_start: datetime
    watermark: datetime


@dataclass(frozen=True, slots=True)
class Joined:
    """What confirmed links did in a build.

    Attributes:
        digest: of the links that it was made with.
        registrations: how many registrations have two records.
        to_nobody: lines of links that name a record which no store has.
    """

    digest: str = ""
    registrations: int = 0
    to_nobody: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Published:
    """One published build.

    Attributes:
        build_number: the data version.
        figures, records: the files; they never change and may be unlinked once newer builds are out.
        history_start, watermark: the range of recorded time that every source can answer, naive UTC.
        built_at: wall clock, naive UTC.
        sources: the same range per source.
        row_counts: ``{"figures.fct_population": 12, …}``.
        batches: numbers of the applied batches.
        project_digest: of the dbt project that made it.
        ledger_digest: of the ledger entries of those batches: which landing it was made from.
        damaged: how many records as they are now have a value that could not be kept: source, table, column, rows.
        links: which records it counts as one person's.
        warnings: what its tests found in the source: the test and the number of rows.
        checksums: of figures and records; none where an earlier version wrote none down.
        logs: of the logs of those that are a base and what changed since.
    """

    build_number: int
    figures: Path
    records: Path
    history_start: datetime
    watermark: datetime
    built_at: datetime
    sources: tuple[SourceRange, ...]
    row_counts: dict[str, int]
    batches: frozenset[int]
    project_digest: str
    ledger_digest: str
    damaged: tuple[tuple[str, str, str, int], ...] = ()
    links: Joined = Joined()
    warnings: tuple[tuple[str, int], ...] = ()
    checksums: Mapping[str, str] = field(default_factory=dict)
    logs: Mapping[str, str] = field(default_factory=dict)

    @property
    def figure_rows(self) -> dict[str, int]:
        """How many rows each table of the figures has, by its name alone."""
        return {name.removeprefix("figures."): rows for name, rows in self.row_counts.items()}


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file of a version.

    Attributes:
        name: ``figures.duckdb`` or ``records.duckdb``, or that of its log.
        path: below the folder of versions.
        size, sha256: in bytes, and of its bytes; None where an earlier version did not write them down.
        is_absent: whether there must be none: a log that belongs to nothing would change what is read.
    """

    name: str
    path: str
    size: int | None = None
    sha256: str | None = None
    is_absent: bool = False

    @property
    def how(self) -> str:
        """In which way it is not as it was published, where a question notices."""
        return "belongs to no version" if self.is_absent else "is gone, or not as long as it was"

    def is_whole(self, root: Path, deep: bool = False) -> bool:
        """Whether the file is there, as long as it was, and, if asked for, byte by byte the same."""
        path = root / self.path
        try:
            size = path.stat().st_size
        except OSError:
            return self.is_absent and not path.exists()
        if self.is_absent or (self.size is not None and size != self.size):
            return False
        # an older manifest states no size: what a question does not open may be empty there
        return not deep or (reads_through(path) if self.sha256 is None else file_sha256(path) == self.sha256)


@dataclass(frozen=True, slots=True)
class Entry:
    """What a manifest, and the pointer, which is a copy of one, say of a version."""

    build: Published
    files: tuple[PublishedFile, ...]


def published(root: Path) -> Published:
    """The newest published build.

    Raises:
        NoHome: nothing has been published there.
        Damaged: what says which it is, or one of its files, is not as it was written.
    """
    found = newest(root)
    if found is None:
        raise NoHome("Nothing has been published here yet. Run `dataport build` (or `dataport refresh`).")
    return found


def newest(root: Path) -> Published | None:
    """The newest published build, whose files are there and as long as they were; None where there has been none.

    Raises:
        Damaged: as `published`.
    """
    entry = _entry(root)
    if entry is None:
        return None
    while broken := next((file for file in entry.files if not file.is_whole(root)), None):
        # a reader that was slow may find a version gone that is no longer the one that answers
        before, entry = entry, _entry(root)
        if entry is None or entry.build.build_number == before.build.build_number:
            raise Damaged(
                f"The published file {broken.path} {broken.how}. Run `dataport repair`, which takes what is missing "
                "from the working copies, from an older version, or makes it anew from the landing."
            )
    return entry.build


def version_of(root: Path, number: int) -> Published | None:
    """A published build by its number, where it is still there and whole."""
    folder = next((one for one in folders(root) if int(one.name) == number), None)
    if folder is None:
        return None
    with suppress(FileNotFoundError, ValueError):
        entry = read_entry(folder / MANIFEST)
        return entry.build if all(file.is_whole(root) for file in entry.files) else None
    return None


def _entry(root: Path) -> Entry | None:
    """What the pointer says; None where nothing has been published."""
    try:
        return read_entry(root / POINTER)
    except FileNotFoundError:
        if folders(root):
            raise Damaged(
                f"{root.name}/{POINTER}, which names the version that answers, is gone, although there are versions. "
                "Run `dataport repair`, which finds the newest that is whole."
            ) from None
        return None
    except ValueError:
        raise Damaged(
            f"{root.name}/{POINTER}, which names the version that answers, is damaged. Run `dataport repair`, which "
            "finds the newest version that is whole."
        ) from None


def read_entry(path: Path) -> Entry:
    """What a pointer or a manifest says.

    Raises:
        FileNotFoundError: there is none.
        ValueError: it is not as it was written.
        NewerHome: a later version of Dataport wrote it.
    """
    try:
        content = read_record(path)
    except ValueError:
        _require_known(path)
        raise
    _require_known(path)
    root = path.parent if path.name == POINTER else path.parent.parent
    try:
        return Entry(_from_json(content, root), _files(content))
    except (KeyError, TypeError, AttributeError) as problem:
        raise ValueError("not a version") from problem


def folders(root: Path) -> tuple[Path, ...]:
    """The folders of versions, oldest first; without one that a crash left before the pointer named it."""
    unpublished = ""
    with suppress(FileNotFoundError, ValueError):
        unpublished = read_record(root / UNPUBLISHED).get("folder", "")
    return tuple(folder for folder in _numbered(root) if folder.name != unpublished)


def next_number(root: Path) -> int:
    """The number of the next version: above all that are there, and above the one that answers."""
    named = [int(folder.name) for folder in _numbered(root)]
    named += [int(folder.name.removeprefix(_ASIDE)) for folder in root.glob(f"{_ASIDE}[0-9]*")]
    with suppress(FileNotFoundError, ValueError):
        named.append(read_entry(root / POINTER).build.build_number)
    return max(named, default=0) + 1


def set_aside(folder: Path) -> None:
    """Take a damaged version out of the way; its manifest stays, so that its number is never given again."""
    aside = folder.with_name(f"{_ASIDE}{folder.name}")
    shutil.rmtree(aside, ignore_errors=True)
    folder.rename(aside)
    for path in aside.iterdir():
        if path.name != MANIFEST:
            path.unlink()


def prune(root: Path, keep: int, keep_for: timedelta = timedelta()) -> tuple[int, ...]:
    """Unlink all but the newest versions, at least one, and never the one that answers, nor any if nobody knows it.

    A reader that has one open keeps its bytes. Returns the numbers of those that are gone.

    Args:
        keep_for: none is unlinked that something newer has replaced for a shorter time than this.
    """
    try:
        answers = read_entry(root / POINTER).build.figures.parent
    except (FileNotFoundError, ValueError):
        return ()
    numbered, now = _numbered(root), datetime.now(UTC).replace(tzinfo=None)
    replaced = dict(pairwise(numbered))
    gone = [
        folder
        for folder in numbered[: -max(keep, 1)]
        if folder != answers and now - _published_at(replaced[folder]) >= keep_for
    ]
    for folder in gone:
        shutil.rmtree(folder)
    return tuple(int(folder.name) for folder in gone)


def _published_at(folder: Path) -> datetime:
    """When a version came to be; long ago where nothing says so."""
    with suppress(OSError):
        return datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, UTC).replace(tzinfo=None)
    return datetime.min


def _numbered(root: Path) -> list[Path]:
    found = [folder for folder in root.glob("[0-9]*") if folder.name.isdigit() and folder.is_dir()]
    return sorted(found, key=lambda folder: int(folder.name))


def _require_known(path: Path) -> None:
    """Before anything else of it: this version may not know how a later one writes."""
    try:
        layout = json.loads(path.read_text(encoding="utf-8")).get("layout", 0)
    except (ValueError, AttributeError):
        return
    if isinstance(layout, int) and layout > LAYOUT:
        raise NewerHome


def _files(content: dict[str, Any]) -> tuple[PublishedFile, ...]:
    """Earlier versions wrote down where the files are, and neither how long they are nor their checksums."""
    found = []
    for name in FILES:
        path, said = content["paths"][name], content.get("files", {}).get(name, {})
        found.append(PublishedFile(f"{name}.duckdb", path, said.get("bytes"), said.get("sha256")))
        log = said.get("log")
        whole = {"size": log["bytes"], "sha256": log["sha256"]} if log else {"is_absent": True}
        found.append(PublishedFile(f"{name}.duckdb.wal", f"{path}.wal", **whole))
    return tuple(found)


def _from_json(entry: dict[str, Any], root: Path) -> Published:
    moment = datetime.fromisoformat
    return Published(
        build_number=entry["build_number"],
        figures=root / entry["paths"]["figures"],
        records=root / entry["paths"]["records"],
        history_start=moment(entry["history_start"]),
        watermark=moment(entry["watermark"]),
        built_at=moment(entry["built_at"]),
        sources=tuple(
            SourceRange(source["source_id"], moment(source["history_start"]), moment(source["watermark"]))
            for source in entry["sources"]
        ),
        row_counts=entry["row_counts"],
        batches=frozenset(entry["batches"]),
        project_digest=entry["project_digest"],
        ledger_digest=entry.get("ledger_digest", ""),
        damaged=tuple((source, table, column, int(rows)) for source, table, column, rows in entry.get("damaged", ())),
        links=_joined_from_json(entry.get("links", {})),
        checksums={name: one["sha256"] for name, one in entry.get("files", {}).items() if "sha256" in one},
        logs={name: one["log"]["sha256"] for name, one in entry.get("files", {}).items() if one.get("log")},
        warnings=tuple((test, int(rows)) for test, rows in entry.get("warnings", ())),
    )


def _joined_from_json(entry: dict[str, Any]) -> Joined:
    return Joined(entry.get("digest", ""), entry.get("registrations", 0), tuple(entry.get("to_nobody", ())))
