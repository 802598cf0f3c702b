"""subject: all that is held of one person, for an answer to that person. It is a look at the case, and written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dataport.errors import WrongRequest
from dataport.house import House
from dataport.quality.measures import tellable
from dataport.records import IN_PART, Case, Looked, Record, looks_of, open_case
from dataport.semantic import Horizon
from dataport.state import State, Subject, Work, WorkingList
from dataport.visit import Asker

DOOR = "audit subject"
_NO_WORK = Work()
# What such a document is without, whoever asks for it.
NOT_IN_IT = (
    "Fields, and stretches of time, that this account may not read are not in it: ask as one that may read all of the "
    "case. Nor are the store of registration itself, backups, files that people took away, and counts, which are of "
    "nobody."
)


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of one person, as far as whoever asks may see it, and of nobody else.

    Attributes:
        records: the person, and what belongs to them: memberships, addresses, documents, needs, assistance, events.
        work: who was to see to the record, what excused it, and notes on it.
        looks: who looked at the case; this look is not among them.
    """

    records: tuple[Record, ...]
    work: Work = field(repr=False)
    looks: tuple[Looked, ...] = field(repr=False)
    meta: Mapping[str, Any] = field(repr=False)


def held_of(case_id: str, asker: Asker, house: House) -> Held:
    """All that is held of a person, for whoever may open their case and says what for.

    Raises:
        NotVisible: there is no such case, or none that this viewer may see.
        WrongRequest: it is a group's.
        DataportError: as `open_case`.
    """

    def told(case: Case, _: Horizon) -> Held:
        person = case.main.person
        if person is None:
            raise WrongRequest(
                "This is the number of a group, and what is held is told of one person: name the person."
            )
        about = Subject(case.main.entity, person)
        made = WorkingList(State(house.settings.state)).of([about]).get(about, _NO_WORK)
        work = made.of_kpis(tellable(asker, house)) if made.kpis else made
        mine = tuple(replace(one, group=None) for one in case.records if one.person == person)
        meta = {name: one for name, one in case.meta.items() if name != "limited_to"}
        return Held(mine, work, looks_of(case, house), {**meta, "not_in_it": NOT_IN_IT})

    return open_case(case_id, DOOR, asker, house, told, reaching=IN_PART)
