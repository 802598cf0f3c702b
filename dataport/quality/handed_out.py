"""handed_out: scorecards that were handed out, as they were told then, for who had the rights and has them still."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from dataport.access import Everything, RowPredicate, Where, Within
from dataport.ask import Asker, permitted
from dataport.errors import NotKept
from dataport.house import House
from dataport.quality.card import Scorecard
from dataport.semantic import Request
from dataport.state import KeptScorecard, Scorecards, State
from dataport.visit import visiting


@dataclass(frozen=True, slots=True)
class HandedOut:
    """One scorecard that was handed out.

    Attributes:
        told: as it was told: what `Scorecard.as_dict` said then.
        is_of_today: whether the definitions are still those that it was made by.
    """

    number: int
    scope: str
    as_of: date
    kept_at: datetime
    data_version: int
    is_of_today: bool
    told: Mapping[str, Any] = field(repr=False)


def keep(card: Scorecard, house: House) -> int:
    """Keep a scorecard as it was told; returns its number."""
    rights = [{"names": list(one.names), "scopes": _kept(one.scopes)} for one in card.rights]
    told = {"card": card.as_dict(), "rights": rights}
    scope = f"{card.unit}: {card.scope}" if card.unit else card.scope
    return Scorecards(State(house.settings.state)).keep(
        told,
        viewer=card.meta["viewer"],
        scope=scope,
        as_of=card.as_of,
        data_version=card.meta["data_version"],
        definitions=house.catalog.digest,
    )


def handed_out(asker: Asker, house: House) -> tuple[HandedOut, ...]:
    """The scorecards that the asker was handed out and may still be told, oldest first. The look is written down."""
    with visiting("quality kept", "quality kept", asker, house) as (look, viewer):
        found = [one for one in Scorecards(State(house.settings.state)).of(viewer.login) if _may(one, asker, house)]
        look.note(question=f"quality kept: {len(found)} scorecards", rows=len(found))
    return tuple(
        HandedOut(
            one.number, one.scope, one.as_of, one.kept_at, one.data_version, one.definitions == house.catalog.digest,
            one.told["card"],
        )
        for one in found
    )  # fmt: skip


def handed_out_as(number: int, asker: Asker, house: House) -> HandedOut:
    """One of them by its number.

    Raises:
        NotKept: there is none, or none that is this asker's.
    """
    found = [one for one in handed_out(asker, house) if one.number == number]
    if not found:
        raise NotKept(number)
    return found[0]


def _may(one: KeptScorecard, asker: Asker, house: House) -> bool:
    """Whether its viewer has today at least the rights that it was made with.

    What can no longer be asked is nobody's to be told: an indicator that is gone takes its scorecards along, and so
    does a kept form that says no rights.
    """
    rights = one.told.get("rights", ())
    names = [name for part in rights for name in part["names"]]
    if not names or any(name not in house.catalog.indicators for name in names):
        return False
    may = permitted((Request((name,)) for name in names), asker, house)
    now = {name: part.scopes for part in may.together for name in part.names}
    return all(
        name in now and all(_reaches(now[name].get(fact), was) for fact, was in part["scopes"].items())
        for part in rights
        for name in part["names"]
    )


def _kept(scopes: Mapping[str, RowPredicate]) -> dict[str, Any]:
    """By fact, whose rows were counted: null for all, a list of business units, or what stands for a condition."""
    return {fact: _rows(rows) for fact, rows in scopes.items()}


def _rows(rows: RowPredicate) -> list[str] | str | None:
    match rows:
        case Everything():
            return None
        case Within(_, values):
            return sorted(values)
        case Where(condition):
            return hashlib.sha256(repr(condition).encode()).hexdigest()


def _reaches(now: RowPredicate | None, was: list[str] | str | None) -> bool:
    """Whether rows that are counted today are at least those that were counted then."""
    if now is None or isinstance(now, Everything):
        return now is not None
    if isinstance(now, Within) and isinstance(was, list):
        return set(was) <= set(now.values)
    # two conditions are not compared: one that is not the same may leave out what the other gives
    return isinstance(now, Where) and _rows(now) == was
