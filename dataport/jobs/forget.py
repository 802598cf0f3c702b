"""forget: what people made of a record goes with it, whatever took the record away."""

from __future__ import annotations

from dataport.ask import open_house
from dataport.errors import NoHome
from dataport.settings import Settings
from dataport.state import State, Subject, erase, subjects


def forget_gone(settings: Settings) -> int:
    """Delete what the state says of records that the published version has no longer; returns how many rows that was.

    A record that was erased is in no version that is made afterwards. One that its store deleted has a history still,
    and keeps what was made of it.
    """
    state = State(settings.state)
    speaking = subjects(state)
    if not speaking:
        return 0
    house = open_house(settings)
    try:
        records = house.records()
        there = {
            Subject(one.name, key)
            for one in house.catalog.records.owners
            for key in records.existing(one, sorted(about.key for about in speaking if about.kind == one.name))
        }
    except NoHome:
        return 0
    finally:
        house.close()
    return erase(state, speaking - there)
