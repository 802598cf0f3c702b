"""known: records whose ids or keys somebody has already, for a list to work on, as far as they may be opened."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dataport.engine.fetching import Fetching
from dataport.engine.units import UNIT, unit_of
from dataport.errors import DataportError, NotVisible, WrongRequest
from dataport.house import House
from dataport.records.opening import OpenLook, opening
from dataport.records.standing import as_they_stood, meta_of, opens_any, told_values
from dataport.semantic import Request
from dataport.visit import Asker, viewer_of, well_formed


@dataclass(frozen=True, slots=True)
class Assignee:
    """An account that is to see to records: it must be able to open all of them, and to be told what is counted."""

    login: str
    counted: Request


def named(
    ids: Sequence[str], asker: Asker, house: House, *, command: str, words: str, to: Assignee | None = None
) -> tuple[tuple[str, int], ...]:
    """The kind and key of each record that bears one of these ids, in their order, as the asker may open it now.

    Args:
        words: what is done with them, for the log.
        to: who is given them; judged only once the asker may open all of them, so that nobody else learns of it.

    Raises:
        NotVisible: there is none with one of the ids, or none that this viewer may open: the two are not told apart.
        WrongRequest: several have one of them, or the assignee may not open them.
        Refused: the viewer may open nothing, or states no purpose.
    """
    with opening(command, f"{command} {' '.join(ids)}", asker, house) as opened:
        bearers = _bearers([well_formed(one).strip() for one in ids], opened)
        if not all(bearers):
            raise NotVisible(opened.viewer.expired)
        if any(len(one) > 1 for one in bearers):
            raise WrongRequest("Several cases have that number. Give the id of the person or of the group itself.")
        found = [one for several in bearers for one in several]
        if to is not None and not _could(to, found, asker, opened):
            raise WrongRequest(
                f"{to.login!r} is no enabled account that may open all of these records and be told what is wrong with "
                "them, so nothing was assigned. Name an account whose role may, by its login."
            )
        whose = " ".join(opened.pseudonym(*one) for one in found)
        opened.look.note(question=f"{command}: {words}: {whose}", rows=len(found))
    return tuple(found)


def _could(to: Assignee, found: Iterable[tuple[str, int]], asker: Asker, opened: OpenLook) -> bool:
    """Whether an account may open records as they stand now, and be told what is counted of them."""
    try:
        viewer = viewer_of(replace(asker, login=to.login, as_class=None, is_verified=False), opened.house)
        theirs = opened.of(viewer)
        theirs.counted(to.counted)
    except DataportError:
        return False  # there is no such account, it is not enabled, or what it may do is not known well enough
    day, keys = theirs.horizons.whole.chosen_last_day, defaultdict[str, set[int]](set)
    for kind, key in found:
        keys[kind].add(key)
    models = ((theirs.models[kind], several) for kind, several in keys.items())
    return all(
        opens_any(model, theirs) and several == set(as_they_stood(model, sorted(several), day, theirs).openers(model))
        for model, several in models
    )


def _bearers(ids: Sequence[str], opened: OpenLook) -> list[list[tuple[str, int]]]:
    """Of each id, who bears it and may be opened as they stand now: the same statements, whoever is found."""
    day, looked_up = opened.horizons.whole.chosen_last_day, opened.records.find(ids)
    found: list[list[tuple[str, int]]] = [[] for _ in ids]
    for owner in opened.models.owners:
        keys = looked_up[owner.name]
        picked: Mapping[str, Sequence[int]] = {owner.key: keys}
        versions = Fetching(opened.records, opened.models, owner, picked, None, opened.scoped).versions()
        could = as_they_stood(owner, keys, day, opened).openers(owner) if opens_any(owner, opened) else {}
        for place, one in enumerate(ids):
            # an id that only versions out of scope had, or that is not the viewer's to know, leads nowhere
            bearing = (row.key for row in versions if any(row.values.get(name) == one for name in owner.ids))
            found[place] += [(owner.name, key) for key in dict.fromkeys(bearing) if key in could]
    return found


def openable(
    kind: str, keys: Iterable[int], asker: Asker, house: House, *, command: str, counted: Request | None = None
) -> frozenset[int]:
    """Which records of a kind the asker may open, of some whose keys are known. None of them is opened.

    Args:
        counted: only of those that its one indicator counts on its day; otherwise as they stand now.

    Raises:
        Refused: the viewer may open none of this kind, may not ask the question, or states no purpose.
    """
    with opening(command, f"{command} {kind}", asker, house) as opened:
        model, day, words = opened.models[kind], opened.horizons.whole.chosen_last_day, kind
        listed = frozenset(keys)
        if counted is not None:
            scoped = opened.counted(counted)
            question = scoped.question
            day, words = question.timeline.as_of, f"{kind} of {question.logged()}"
            fails = opened.units_of(scoped).column(UNIT).to_pylist()
            listed &= frozenset(fails) if unit_of(scoped) == model.key else frozenset()
        found = frozenset[int]()
        if opens_any(model, opened) and listed:
            found = frozenset(as_they_stood(model, sorted(listed), day, opened).openers(model))
        whose = " ".join(opened.pseudonym(kind, key) for key in sorted(found))
        opened.look.note(question=f"{command}: {words}: {whose}".rstrip(": "), rows=len(found))
    return found


@dataclass(frozen=True, slots=True)
class Opened:
    """Records of one kind as they stand now, by key, with the fields that the viewer may see.

    Attributes:
        more: how many more could be opened by asking for fewer at a time.
    """

    values: Mapping[int, Mapping[str, Any]] = field(repr=False)
    more: int
    meta: Mapping[str, Any]


def reopened(kind: str, keys: Iterable[int], asker: Asker, house: House, *, command: str) -> Opened:
    """Some records whose keys are known, as far as the asker may open them.

    Raises:
        Refused: the viewer may open nothing, or states no purpose.
    """
    with opening(command, f"{command} {kind}", asker, house) as opened:
        model, day = opened.models[kind], opened.horizons.whole.chosen_last_day
        values: Mapping[int, Mapping[str, Any]] = {}
        more = 0
        listed = sorted(set(keys))
        if opens_any(model, opened) and listed:
            fetching = as_they_stood(model, listed, day, opened)
            openable = fetching.openable()
            values, more = told_values(fetching.versions(openable.allowed)), openable.more
        whose = " ".join(opened.pseudonym(kind, key) for key in sorted(values))
        opened.look.note(question=f"{command}: {kind}: {whose}".rstrip(": "), rows=len(values))
        meta = meta_of(opened, day, len(values), more)
    return Opened(values, more, meta)
