"""The landing folder: what has landed, and the one way to add to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dataport.durable import add_record, held, make_private, read_record, write_json, write_record
from dataport.errors import Damaged
from dataport.landing.draft import Draft, sweep
from dataport.landing.entries import (
    Batch,
    GrantsBatch,
    batch_from_json,
    batch_to_json,
    grants_from_json,
    grants_to_json,
)
from dataport.landing.packs import drop_packed, mend_packs, pack, pack_folders, packed_files, to_pack, with_packs
from dataport.landing.sightings import Passed, Sighting, sighting_from_json, sighting_to_json

COPIES = "copies.jsonl"
_GRANTS_WAIT_SECONDS = 30.0
# Sightings of a store that are kept: more than a year of nights.
_SIGHTINGS = 400
_Entry = TypeVar("_Entry", Batch, GrantsBatch)


@dataclass(frozen=True, slots=True)
class Landing:
    """Batches and grants under one root folder.

    ``batches/000001/<table>.parquet`` and ``ledger/000001.json``; ``grants/000001/<table>.parquet`` and
    ``grants/000001.json``; ``empty/<table>-….parquet`` for tables without a row; ``batches/pack-000001/`` and
    ``packs/000001.json`` for small batches that were put together. Only what a ledger entry names has landed.
    """

    root: Path

    def batches(self) -> tuple[Batch, ...]:
        """Every landed batch, in ledger order.

        Raises:
            Damaged: an entry is missing in between or cannot be read.
        """
        files = _files(self.root / "ledger")
        entries = tuple(_entry(path, self.root, batch_from_json) for path in files)
        for place, (entry, file) in enumerate(zip(entries, files, strict=True), start=1):
            if entry.number != place or file.stem != f"{place:06d}":
                raise Damaged(
                    f"The ledger has no sound entry {place:06d}. Later batches rest on it: restore it, or run "
                    "`dataport repair`, which puts a copy back where there is one."
                )
        return with_packs(entries, packed_files(self.root))

    def first(self) -> Batch | None:
        """The first batch of all, whatever has become of later entries.

        Raises:
            Damaged: its entry cannot be read.
        """
        return next((_entry(path, self.root, batch_from_json) for path in _files(self.root / "ledger")[:1]), None)

    def sources(self) -> frozenset[str]:
        """The sources that entries which can be read name, those of permissions too."""
        found = set()
        for folder, parse in (("ledger", batch_from_json), ("grants", grants_from_json)):
            for path in _files(self.root / folder):
                with suppress(Damaged):
                    found.add(_entry(path, self.root, parse).source_id)
        return frozenset(found)

    def of(self, source_id: str) -> tuple[Batch, ...]:
        """Every landed batch of a source, in ledger order."""
        return tuple(batch for batch in self.batches() if batch.source_id == source_id)

    def last(self, source_id: str) -> Batch | None:
        """The newest batch of a source, or None."""
        return _newest(self.batches(), source_id)

    def passed(self, source_id: str) -> tuple[Passed, ...]:
        """The transactions that somebody has gone on without, and that are not known to have ended."""
        found: dict[int, Passed] = {}
        for batch in self.of(source_id):
            if batch.restarted:
                found = {}  # numbers of a store that is no more
            found |= {one.numbers[0]: one for one in batch.passed}
            for number in batch.settled:
                found.pop(number, None)
        return tuple(found.values())

    def sightings(self, source_id: str) -> tuple[Sighting, ...]:
        """How far a source's store had come whenever it was looked at, oldest first.

        Where the record is lost nothing is wrong: a watermark that is held back goes on a window later.
        """
        try:
            entries = json.loads((self.root / "seen" / f"{source_id}.json").read_text(encoding="utf-8"))["sightings"]
            return tuple(map(sighting_from_json, entries))
        except (OSError, ValueError, KeyError, TypeError):
            return ()

    def note_sighting(self, source_id: str, sighting: Sighting, *, anew: bool = False) -> None:
        """Remember how far a store had come; `anew` where it is no longer what it was. Call under `locked`."""
        kept = (*(() if anew else self.sightings(source_id)), sighting)[-_SIGHTINGS:]
        make_private(self.root / "seen")
        write_json(self.root / "seen" / f"{source_id}.json", {"sightings": [sighting_to_json(one) for one in kept]})

    def grants(self) -> tuple[GrantsBatch, ...]:
        """Every reading of grants that is kept, in order: those between two that are alike are not.

        Raises:
            Damaged: an entry cannot be read.
        """
        return tuple(_entry(path, self.root, grants_from_json) for path in _files(self.root / "grants"))

    def last_grants(self, source_id: str) -> GrantsBatch | None:
        """The newest grants of a source, or None. Read from the end: there may be an entry for every question."""
        for path in reversed(_files(self.root / "grants")):
            if (entry := _entry(path, self.root, grants_from_json)).source_id == source_id:
                return entry
        return None

    def locked(self) -> AbstractContextManager[None]:
        """The lock under which batches are added.

        Raises:
            Busy: another process holds it.
        """
        return held(self.root / ".lock", "An extract")

    def grants_locked(self) -> AbstractContextManager[None]:
        """The lock under which grants are added. Its own: a withdrawn permission must not wait for a long extract."""
        return held(self.root / "grants" / ".lock", "A reading of grants", _GRANTS_WAIT_SECONDS)

    def compact(self, published: Collection[int]) -> int:
        """Put small published batches together where there are many; returns how many. Call under `locked`.

        Raises:
            Damaged: one of them is not as it was landed.
        """
        mend_packs(self.root)  # a pack that a crash left without its entry is whole
        drop_packed(self.root)
        small = to_pack(self.batches(), published)
        return len(small) if small and pack(self.root, small) else 0

    def draft_batch(self) -> tuple[int, Draft]:
        """A number and a draft for the next batch; call under `locked`. Sweeps what a crash left."""
        batches = self.batches()
        shelf = self.root / "batches"
        sweep(shelf, {*(shelf / f"{batch.number:06d}" for batch in batches), *pack_folders(self.root)})
        return len(batches) + 1, Draft(self.root / "batches", len(batches) + 1)

    def draft_grants(self) -> tuple[int, Draft]:
        """A number and a draft for the next grants; call under `grants_locked`. Sweeps what a crash left."""
        files = _files(self.root / "grants")
        number = int(files[-1].stem) + 1 if files else 1
        # An entry may point to an older folder whose tables are the same still, so older folders stay.
        sweep(self.root / "grants", {self.root / "grants" / f"{older:06d}" for older in range(1, number)})
        return number, Draft(self.root / "grants", number, shares_empty=False)

    def commit_batch(self, batch: Batch) -> None:
        """Enter a shelved batch into the ledger: from here on it has landed.

        A copy of the entry goes before it, into one file for all: where an entry is lost, it is put back from there.
        """
        make_private(self.root / "ledger")
        entry = batch_to_json(batch, self.root)
        add_record(self.root / "ledger" / COPIES, entry)
        write_record(self.root / "ledger" / f"{batch.number:06d}.json", entry)

    def commit_grants(self, grants: GrantsBatch) -> None:
        """Enter a reading of grants: from here on it counts.

        Of readings that are alike the first and the last are kept: since when it was so, and that it still is.
        """
        make_private(self.root / "grants")
        alike = self._alike(grants)
        write_record(self.root / "grants" / f"{grants.number:06d}.json", grants_to_json(grants, self.root))
        for path in alike[1:]:
            path.unlink()

    def _alike(self, grants: GrantsBatch) -> list[Path]:
        """The readings of the same source, back to the first, that brought the very same tables; oldest first."""
        found: list[Path] = []
        for path in reversed(_files(self.root / "grants")):
            before = _entry(path, self.root, grants_from_json)
            if before.source_id == grants.source_id:
                if before.tables != grants.tables or before.notes != grants.notes:
                    break
                found.insert(0, path)
        return found


def _newest(entries: tuple[_Entry, ...], source_id: str) -> _Entry | None:
    return next((entry for entry in reversed(entries) if entry.source_id == source_id), None)


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*.json"))


def _entry(path: Path, root: Path, parse: Callable[[dict[str, Any], Path], _Entry]) -> _Entry:
    try:
        return parse(read_record(path), root)
    except (ValueError, KeyError, TypeError):
        raise Damaged(
            f"The ledger entry {path.parent.name}/{path.name} cannot be read. Later batches rest on it: restore it, or "
            "run `dataport repair`, which puts a copy back where there is one."
        ) from None
