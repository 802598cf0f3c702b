"""opening: how both ways through door 2 begin. Who looks is known, the published files are open, the scope is set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pyarrow as pa

from dataport.access import ScopedQuestion, ScopedRecords, Viewer, guard_records, open_records
from dataport.engine import Figures, lower, seal
from dataport.engine.fetching import Fetching
from dataport.engine.records import Records
from dataport.engine.units import units
from dataport.house import House
from dataport.semantic import Request, resolve
from dataport.semantic.horizons import Horizons
from dataport.semantic.record import RecordModel, RecordModels
from dataport.visit import Asker, Looking, visiting


@dataclass(frozen=True, slots=True)
class OpenLook:
    """A look at records that is open: what is asked for through it is written down when it ends.

    Attributes:
        look: what is noted of it for the log.
        scoped: what this viewer may open; nothing is read without it.
        records, figures: the files that were published when it began, and not those published a moment later.
        horizons: what the stores in the viewer's scope are known of.
        house: where the keys are, with which the log calls records by pseudonyms.
    """

    look: Looking
    viewer: Viewer
    scoped: ScopedRecords
    records: Records
    figures: Figures
    horizons: Horizons
    house: House

    def of(self, viewer: Viewer) -> OpenLook:
        """The same files as somebody else may see them; whoever looks is told of it only what follows from that.

        Raises:
            Refused: that viewer may open nothing.
        """
        scoped = open_records(viewer, self.house.catalog, self.scoped.purpose, self.records.held)
        horizons = self.figures.horizons(self.house.catalog).within(viewer.sources)
        return replace(self, viewer=viewer, scoped=scoped, horizons=horizons)

    def counted(self, request: Request) -> ScopedQuestion:
        """The records that a request counts, of which the viewer may open all that it mentions.

        Raises:
            DataportError: as `guard_records`; or the request cannot be asked.
        """
        question = resolve(request, self.house.catalog, self.horizons.whole).within(self.horizons)
        return guard_records(question, self.scoped.viewer, self.scoped.purpose)

    def units_of(self, counted: ScopedQuestion, beside: tuple[str, ...] = (), *, in_order: bool = True) -> pa.Table:
        """The keys of all that are counted, with some columns beside them; they may be millions."""
        return self.figures.run(seal(lower(units(counted, beside, in_order=in_order)), counted)).rows.data

    @property
    def models(self) -> RecordModels:
        return self.house.catalog.records

    def bearing(self, owner: RecordModel, keys: Sequence[int], ids: frozenset[str]) -> tuple[int, ...]:
        """Those of the owners who bear one of the ids, as far as the viewer may see it."""
        return Fetching(self.records, self.models, owner, {owner.key: keys}, None, self.scoped).bearing(ids)

    def pseudonym(self, kind: str, key: int) -> str:
        """Under which name a record stands in the log: the same for the same record, and nothing without the key."""
        return pseudonym(kind, key, self.house)


@contextmanager
def opening(command: str, asked: str, asker: Asker, house: House) -> Iterator[OpenLook]:
    """Open the records for a viewer and a purpose; the look is written down when the block ends, however it ends.

    Args:
        command: what is done, for the log.
        asked: what was typed, of which the log keeps a keyed digest.

    Raises:
        DataportError: nobody is named, the viewer may open nothing, or no purpose is stated.
    """
    with visiting(command, asked, asker, house) as (look, viewer):
        records, figures = house.files()
        scoped = open_records(viewer, house.catalog, asker.purpose, records.held)
        horizons = figures.horizons(house.catalog).within(viewer.sources)
        look.note(data_version=records.data_version)
        yield OpenLook(look, viewer, scoped, records, figures, horizons, house)


def pseudonym(kind: str, key: int, house: House) -> str:
    """Under which name a record stands in the log."""
    return "~" + house.audit().digest(_named(kind, key))[:16]


def pseudonyms_ever(kind: str, key: int, house: House) -> Sequence[str]:
    """All names that a record may have in the log: one for each version of its key."""
    return ["~" + one[:16] for one in house.audit().digests(_named(kind, key))]


def _named(kind: str, key: int) -> str:
    return f"record\0{kind}\0{key}"
