"""Portion: some consecutive people of an operation, whole groups, with what their rows need to know."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dataport.synthetic import seeds
from dataport.synthetic.dates import CHANNEL, Dates
from dataport.synthetic.organisation import MIGRATION, country_unit, registrar, unit_of_place
from dataport.synthetic.people import Register
from dataport.synthetic.seeds import Operation, PublishedRow
from dataport.synthetic.stocks import StockPath
from dataport.synthetic.texts import chosen, moments, unique_ids

Ints = npt.NDArray[np.int64]
Columns = dict[str, pa.Array]
Arrays = TypeVar("Arrays", Register, Dates)

INDIVIDUAL, GROUP, MEMBERSHIP, ADDRESS, DOCUMENT, NEED, EVENT, ASSISTANCE = range(1, 9)  # kinds of identifiers


@dataclass(frozen=True, slots=True)
class Portion:
    """Some consecutive people of a register, whole groups, with what their rows need to know.

    Attributes:
        path: the years before that are to be written; None where they are not.
    """

    seed: int
    operation: Operation
    rows: tuple[PublishedRow, ...]
    first: int
    people: Register
    dates: Dates
    random: np.random.Generator
    path: StockPath | None = None

    @property
    def numbers(self) -> Ints:
        """The people's numbers within the operation."""
        return self.first + np.arange(len(self.people), dtype=np.int64)

    def ids(self, kind: int, numbers: Ints) -> pa.StringArray:
        """Identifiers of records of a kind."""
        return unique_ids(self.seed, kind, self.operation.onboarding_order, numbers)

    def of_row(self, attribute: str) -> list[str]:
        """One attribute of each row of the operation's plan, to be chosen from by `people.row`."""
        return [getattr(row, attribute) for row in self.rows]

    def places(self) -> list[str]:
        """The location code of each row."""
        known = seeds.location_codes()
        return [known[row.country_of_asylum_code, row.location_name] for row in self.rows]

    def units(self) -> list[str]:
        """The owning business unit of each row's place."""
        owner, fallback = unit_of_place(self.operation), country_unit(self.operation)
        return [owner.get(code, fallback) for code in self.places()]

    def stamps(self) -> Columns:
        """The device's stamps of each person's record."""
        accounts = [registrar(self.operation), registrar(self.operation), MIGRATION]
        found = self.dates
        return {
            "created_on": moments(found.registration, found.entered_second),
            "created_by": chosen(accounts, found.channel),
            "modified_on": moments(found.last_contact, found.changed_second),
            "modified_by": chosen(accounts[:1], np.zeros(len(self.people), dtype=np.int64)),
            "entry_channel_code": chosen(CHANNEL, found.channel),
        }


def cut(arrays: Arrays, start: int, end: int) -> Arrays:
    """The people from `start` to `end`; both lie between groups."""
    parts = {field.name: getattr(arrays, field.name)[start:end] for field in fields(arrays)}
    if "head" in parts:
        parts["head"] = parts["head"] - start
    return type(arrays)(**parts)
