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

from dataport.access import ScopedQuestion
from dataport.engine.fetching import Fetching
from dataport.engine.sight import Openable
from dataport.engine.units import UNIT, unit_of
from dataport.errors import Refused, UnknownName, WrongRequest
from dataport.house import House
from dataport.records.failing import owner_counted
from dataport.records.opening import OpenLook, opening
from dataport.semantic import Request
from dataport.semantic.record import RecordModel, RecordModels
from dataport.visit import Asker, well_formed


@dataclass(frozen=True, slots=True)
class WithIds:
    """Records of the persons or groups that bear one of these ids, as they stood at the end of a day."""

    ids: tuple[str, ...] = field(repr=False)
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """Records that the one indicator of a request counts, as they stood at the end of its day.

    Attributes:
        most: of how many owners at most, the first by their keys; None for as many as the viewer's roles open.
    """

    request: Request
    most: int | None = None


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


def fetch(
    kind: str | None, selection: Selection, asker: Asker, house: House, *, command: str = "records"
) -> RecordStream:
    """The records of one kind that the asker may open, of those selected.

    Args:
        kind: a kind of record of the definitions, such as ``individual`` or ``document``; None for those of the persons
            or groups that a question counts.
        command: what they are opened for, for the log.

    Raises:
        UnknownName: there is no such kind.
        Refused: the viewer may open none of this kind, or not all that the question mentions, or may not ask it, or
            states no purpose.
        WrongRequest: the question counts something else than records of this kind or their owners.
    """
    with opening(command, f"{command} {kind} {_typed(selection)}", asker, house) as opened:
        counted = _counted(selection, opened) if kind is None else None
        model = owner_counted(counted, opened.models) if counted else _model(str(kind), opened.models)
        kind = model.name
        if not opened.scoped.views.get(model.entity):
            raise Refused(f"None of this viewer's roles permits opening {model.entity.replace('_', ' ')} records.")
        picked, day, words = _picked(selection, model, opened, counted)
        opened.look.note(question=f"{command}: {kind} {words}")
        horizons = opened.horizons
        reaching = frozenset(name for name, one in horizons.of.items() if one.holds(day))
        sources = None if reaching == horizons.names else reaching
        closing = horizons.whole.closing(day)
        fetching = Fetching(opened.records, opened.models, model, picked, closing, opened.scoped, sources)
        left = 0
        if isinstance(selection, Counted) and selection.most is not None and model.is_owner:
            could = sorted(fetching.openers(model))
            left, picked = max(0, len(could) - selection.most), {model.key: could[: selection.most]}
            fetching = Fetching(opened.records, opened.models, model, picked, closing, opened.scoped, sources)
        openable = fetching.openable()
        reader = fetching.batches(openable)
        whose = " ".join(opened.pseudonym(kind, key) for kind, keys in openable.owners.items() for key in keys)
        opened.look.note(question=f"{command}: {kind} {words}: {whose}".rstrip(": "), rows=openable.records)
    # the look is on disk now, and not before is a row read
    meta = _meta(opened, openable, day) | {
        "kind": kind,
        "more": openable.more + left,
        "outside_history": sorted(horizons.names - reaching),
        "permissions_expired": sorted(opened.viewer.expired),
    }
    return RecordStream(reader.schema, meta, iter(reader))


def _counted(selection: Selection, opened: OpenLook) -> ScopedQuestion:
    """What a question counts, where the question says of which kind it is."""
    if not isinstance(selection, Counted):
        raise WrongRequest("Ids are of several kinds of record: name the one to list.")
    return opened.counted(selection.request)


def _model(kind: str, models: RecordModels) -> RecordModel:
    known = models.models
    if kind not in known:
        raise UnknownName("kind of record", kind, known, f"There are {', '.join(known)}.")
    return known[kind]


def _typed(selection: Selection) -> str:
    """What was typed; a keyed digest of it is all that is kept."""
    return " ".join(selection.ids) if isinstance(selection, WithIds) else repr(selection)


def _picked(
    selection: Selection, model: RecordModel, opened: OpenLook, counted: ScopedQuestion | None
) -> tuple[Mapping[str, Sequence[int]], date, str]:
    """The keys of what is selected by their column, the day, and what it is in words without anybody's id.

    Args:
        counted: what the question counts, where that is known already.
    """
    models, horizons = opened.models, opened.horizons
    if isinstance(selection, WithIds):
        day = selection.as_of or horizons.whole.chosen_last_day
        horizons.whole.require(day)
        ids = frozenset(well_formed(one).strip() for one in selection.ids)
        found = opened.records.find(sorted(ids))
        keys = {
            one.key: opened.bearing(one, found[one.name], ids)
            for one in [models[name] for name in model.owners] or [model]
        }
        return keys, day, f"of {len(ids)} ids on {day}"
    counted = counted or opened.counted(selection.request)
    question, by = counted.question, unit_of(counted)
    if by not in {model.key, *(models[name].key for name in model.owners)}:
        raise WrongRequest(
            f"{question.indicators[0].name} counts neither {model.label.lower()} records nor those that they belong "
            "to. Choose an indicator that does."
        )
    return {by: tuple(opened.units_of(counted)[UNIT].to_pylist())}, question.timeline.as_of, question.logged()


def _meta(opened: OpenLook, openable: Openable, day: date) -> dict[str, Any]:
    scoped = opened.scoped
    return {
        "viewer": scoped.viewer.login,
        "viewer_class": scoped.viewer.viewer_class.value,
        "purpose": scoped.purpose,
        "as_of": day.isoformat(),
        "data_version": opened.records.data_version,
        "records": openable.records,
        "owners": sum(map(len, openable.owners.values())),
        "more": openable.more,
    }
