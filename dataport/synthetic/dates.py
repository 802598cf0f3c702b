"""date_people: when each person of a register fled, arrived, was registered, changed status and was last seen.

All days count from 1970-01-01 and none lies after the last day of 2021. The order holds for everybody:
birth <= fled <= arrival <= registration <= legal status, process status and last contact.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from dataport.synthetic import seeds
from dataport.synthetic.people import LAST_DAY, STATUS, Register
from dataport.synthetic.stocks import StockPath, stays

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_FIRST_REGISTRATION = (date(1995, 1, 1) - date(1970, 1, 1)).days
_CENTRAL_SYSTEM = (date(2019, 1, 1) - date(1970, 1, 1)).days

REASON = ("", "NS", "DP", "VR", "RS", "DC", "DU", "ER", "NC", "RJ", "OT")
CHANNEL = ("office", "rapp", "migration")
# Why a record is inactive or closed; no split is published.
_INACTIVE, _CLOSED, _DEAD = ((1, 2), (0.7, 0.3)), ((3, 4, 6, 7, 8, 9), (0.42, 0.28, 0.1, 0.04, 0.06, 0.1)), 5
_DEAD_SHARE = 0.10
# Where earlier years are written: who joined a group later, which no published stock knows of, and which refugees were
# asylum-seekers first; the others were refugees when they came.
_JOINED_LATER_WRITTEN, _DECIDED_LATER = 0.03, 0.35


@dataclass(frozen=True, slots=True)
class Dates:
    """One element per person, as days; the positions point into `REASON` and `CHANNEL`.

    Attributes:
        group_registration: the same for all members of a group.
        born_in_asylum: born after the group was registered: a record of a new birth.
        deceased: the day of death; meaningful where the reason is DC.
        entered_second, changed_second: the time of day of the record's first and last entry.
    """

    group_registration: Ints
    born_in_asylum: Flags
    joined_later: Flags
    fled: Ints
    arrival: Ints
    registration: Ints
    legal_status: Ints
    process_status: Ints
    reason: Ints
    deceased: Ints
    last_contact: Ints
    channel: Ints
    entered_second: Ints
    changed_second: Ints


def date_people(
    register: Register, legal_status_is_decision: Flags, random: np.random.Generator, path: StockPath | None = None
) -> Dates:
    """Draw the dates of everybody in a register.

    Args:
        legal_status_is_decision: whose legal status was decided after registration (refugees).
        path: what the active people of earlier years should be; None where those years are not written.
    """
    count, birth = len(register), register.birth
    stay = stays(register, path, random) if path else None
    group_registration = stay.group_registration if stay else _group_registrations(register, random)
    born = birth > group_registration
    later = ~born & ~register.is_focal_point & (random.random(count) < (_JOINED_LATER_WRITTEN if stay else 0.12))
    registration = np.where(later, _between(group_registration, LAST_DAY, random), group_registration)
    registration = np.where(born, np.minimum(birth + random.integers(0, 91, count), LAST_DAY), registration)
    arrival = np.where(born, birth, np.maximum(registration - _days(45, count, random), birth))
    fled = np.where(born, birth, np.maximum(arrival - _days(30, count, random), birth))
    active = register.status <= 1
    gone = _between(registration, LAST_DAY, random)
    if stay:
        with_group = register.status[register.head] != 0
        gone = np.where(with_group, np.minimum(np.maximum(stay.departure, registration + 1), LAST_DAY), gone)
        legal_status_is_decision = legal_status_is_decision & (random.random(count) < _DECIDED_LATER)
    status_day = np.where(register.status == 0, registration, gone)
    reason = _reasons(register, random)
    seen_until = np.where(active, LAST_DAY, status_day)
    contact = np.maximum(seen_until - _days(260, count, random), registration)
    decided = np.minimum(registration + _days(200, count, random), np.where(active, LAST_DAY, status_day))
    entered = random.integers(7 * 3600, 15 * 3600, count)
    return Dates(
        group_registration=group_registration,
        born_in_asylum=born,
        joined_later=later,
        fled=fled,
        arrival=arrival,
        registration=registration,
        legal_status=np.where(legal_status_is_decision, decided, registration),
        process_status=status_day,
        reason=reason,
        deceased=np.maximum(status_day - random.integers(0, 60, count), registration),
        last_contact=contact,
        channel=_channels(registration, random),
        entered_second=entered,
        changed_second=entered + random.integers(60, 3 * 3600, count),
    )


def _group_registrations(register: Register, random: np.random.Generator) -> Ints:
    """The day each person's group was registered: mostly recent years, and when its focal point was old enough."""
    heads = register.head
    drawn = LAST_DAY - _days(1650, len(register), random)
    drawn = np.maximum(drawn, _FIRST_REGISTRATION + random.integers(0, 2000, len(register)))
    birth = register.birth
    grown = birth + np.minimum((LAST_DAY - birth) * 6 // 10, 16 * 365)
    return np.minimum(np.maximum(drawn, grown), LAST_DAY)[heads]


def _days(mean: float, count: int, random: np.random.Generator) -> Ints:
    return np.floor(random.exponential(mean, count)).astype(np.int64)


def _between(first: Ints, last: int, random: np.random.Generator) -> Ints:
    return first + np.floor(random.random(len(first)) * (last - first + 1)).astype(np.int64)


def _reasons(register: Register, random: np.random.Generator) -> Ints:
    """Positions in `REASON`: one fate per group, except for deaths."""
    draw = random.random(len(register))[register.head]
    reason = np.zeros(len(register), dtype=np.int64)
    for status, (codes, shares) in ((STATUS.index("I"), _INACTIVE), (STATUS.index("C"), _CLOSED)):
        found = np.array(codes)[np.searchsorted(np.cumsum(shares)[:-1], draw, side="right")]
        reason = np.where(register.status == status, found, reason)
    reason[register.status == STATUS.index("H")] = REASON.index("OT")
    dead = (register.status == STATUS.index("C")) & (random.random(len(register)) < _DEAD_SHARE)
    return np.where(dead, _DEAD, reason)


def _channels(registration: Ints, random: np.random.Generator) -> Ints:
    """Records from before the central system were mostly migrated into it; the others were entered in it."""
    old = registration < _CENTRAL_SYSTEM
    share_old = max(float(old.mean()) if len(old) else 0.0, 1e-9)
    migrated = old & (random.random(len(old)) < min(1.0, seeds.rate("channel_share", "migration") / share_old))
    rapp, office = seeds.rate("channel_share", "rapp"), seeds.rate("channel_share", "office")
    device = random.random(len(old)) < rapp / (rapp + office)
    return np.where(migrated, 2, np.where(device, 1, 0))
