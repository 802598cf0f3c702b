"""Door 2, by kind: records of one kind as a stream, for ids or for what a question counts. `fetch` is its story.

The number of records, and whom they are of, is written down before the first row leaves; what a viewer may not open is
not mentioned, and is not counted either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import pyarrow as pa

from dataport.access import ScopedRecords, guard, open_records
from dataport.engine import Figures, lower, seal
from dataport.engine.fetching import Fetching, Openable
from dataport.engine.records import Records
from dataport.engine.units import UNIT, unit_of, units
from dataport.errors import Refused, UnknownName, WrongRequest
from dataport.house import House
from dataport.records.case import pseudonym
from dataport.semantic import Catalog, Request, resolve
from dataport.semantic.horizons import Horizons
from dataport.semantic.record import RecordModel
from dataport.visit import Asker, visiting, well_formed


@dataclass(frozen=True, slots=True)
class WithIds:
    """Records of the persons or groups that bear one of these ids, as they stood at the end of a day."""

    ids: tuple[str, ...] = field(repr=False)
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Records that the one indicator of a request counts, as they stood at the end of its day."""

    request: Request


Selection: TypeAlias = WithIds | Counted


@dataclass(frozen=True, slots=True)
class RecordStream:
    """Records as Arrow batches, ordered by owner and record; a row is the version of one record on the day.

    Attributes:
        schema: the fields that this viewer may see. Where some rows show what others do not, the list `not_shown` names
            the fields that a row keeps back, so that they are not taken for unknown.
        meta: viewer, purpose, day, data version, how many records and owners these are, how many owners more this
            viewer could open by asking for less at a time (`more`), and the stores in scope whose records are left out:
            those that do not reach the day (`outside_history`), and those whose permissions were read too long ago
            (`permissions_expired`).
    """

    schema: pa.Schema
    meta: Mapping[str, Any]
    batches: Iterator[pa.RecordBatch] = field(repr=False)

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return self.batches

    def __repr__(self) -> str:
        return f"RecordStream({self.meta['records']} records: {', '.join(self.schema.names)})"


def fetch(kind: str, selection: Selection, asker: Asker, house: House, *, command: str = "records") -> RecordStream:
    """The records of one kind that the asker may open, of those selected.

    Args:
        kind: a kind of record of the definitions, such as ``individual`` or ``document``.
        command: what they are opened for, for the log.

    Raises:
        UnknownName: there is no such kind.
        Refused: the viewer may open none of this kind, or may not ask the question, or states no purpose.
        WrongRequest: the question counts something else than records of this kind or their owners.
    """
    with visiting(command, f"{command} {kind} {_typed(selection)}", asker, house) as (look, viewer):
        model, records = _model(kind, house), house.records()
        scoped = open_records(viewer, house.catalog, asker.purpose, records.held)
        if not scoped.views.get(model.entity):
            raise Refused(f"None of this viewer's roles permits opening {model.entity.replace('_', ' ')} records.")
        # of the figures that tell which rows are counted, and not of those published a moment later
        figures = house.figures()
        horizons = figures.horizons(house.catalog).within(viewer.sources)
        horizon = horizons.whole
        picked, day, words = _picked(selection, model, scoped, records, figures, horizons, house.catalog)
        look.note(question=f"{command}: {kind} {words}", data_version=records.data_version)
        reaching = frozenset(name for name, one in horizons.of.items() if one.holds(day))
        sources = None if reaching == horizons.names else reaching
        fetching = Fetching(records, house.catalog.records, model, picked, horizon.closing(day), scoped, sources)
        openable = fetching.openable()
        reader = fetching.batches(openable)
        whose = " ".join(pseudonyms(openable, house))
        look.note(question=f"{command}: {kind} {words}: {whose}".rstrip(": "), rows=openable.records)
    # the look is on disk now, and not before is a row read
    meta = _meta(scoped, openable, day, records) | {
        "outside_history": sorted(horizons.names - reaching),
        "permissions_expired": sorted(viewer.expired),
    }
    return RecordStream(reader.schema, meta, iter(reader))


def _model(kind: str, house: House) -> RecordModel:
    models = house.catalog.records.models
    if kind not in models:
        raise UnknownName("kind of record", kind, models, f"There are {', '.join(models)}.")
    return models[kind]


def _typed(selection: Selection) -> str:
    """What was typed; a keyed digest of it is all that is kept."""
    return " ".join(selection.ids) if isinstance(selection, WithIds) else repr(selection)


def _picked(
    selection: Selection,
    model: RecordModel,
    scoped: ScopedRecords,
    records: Records,
    figures: Figures,
    horizons: Horizons,
    catalog: Catalog,
) -> tuple[Mapping[str, Sequence[int]], date, str]:
    """The keys of what is selected by their column, the day, and what it is in words without anybody's id."""
    models, horizon = catalog.records, horizons.whole
    if isinstance(selection, WithIds):
        day = selection.as_of or horizon.chosen_last_day
        horizon.require(day)
        ids = frozenset(well_formed(one).strip() for one in selection.ids)
        found = records.find(sorted(ids))
        owners = [models[name] for name in model.owners] or [model]
        keys = {one.key: _bearing(one, found[one.name], ids, scoped, records) for one in owners}
        return keys, day, f"of {len(ids)} ids on {day}"
    question = resolve(selection.request, catalog, horizon).within(horizons)
    counted = guard(question, scoped.viewer)
    by = unit_of(counted)
    if by not in {model.key, *(models[name].key for name in model.owners)}:
        raise WrongRequest(
            f"{question.indicators[0].name} counts neither {model.label.lower()} records nor those that they belong "
            "to. Choose an indicator that does."
        )
    listed = figures.run(seal(lower(units(counted)), counted)).rows.data
    return {by: tuple(listed[UNIT].to_pylist())}, question.timeline.as_of, question.logged()


def _bearing(
    owner: RecordModel, keys: Sequence[int], ids: frozenset[str], scoped: ScopedRecords, records: Records
) -> tuple[int, ...]:
    """Owners of whom a version in scope bears one of the ids: one that only others had leads nowhere."""
    views = scoped.views.get(owner.entity, ())
    return tuple(
        dict.fromkeys(
            row.values[owner.key]
            for row in records.owners(owner, keys, scoped)
            if any(row.values[name] in ids for name in owner.ids for n in row.roles if name not in views[n].hidden)
        )
    )


def pseudonyms(openable: Openable, house: House) -> list[str]:
    """Whom the records are of: the same pseudonyms under which a case that is opened stands in the log."""
    return [pseudonym(kind, key, house) for kind, keys in openable.owners.items() for key in keys]


def _meta(scoped: ScopedRecords, openable: Openable, day: date, records: Records) -> dict[str, Any]:
    return {
        "viewer": scoped.viewer.login,
        "viewer_class": scoped.viewer.viewer_class.value,
        "purpose": scoped.purpose,
        "as_of": day.isoformat(),
        "data_version": records.data_version,
        "records": openable.records,
        "owners": sum(map(len, openable.owners.values())),
        "more": openable.more,
    }
