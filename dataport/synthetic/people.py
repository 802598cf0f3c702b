"""register: the people of one operation as arrays: who they are, which group they belong to and what became of them.

Everything here is numbers; `records` makes rows of it. An operation of three million people fits in a few hundred MB.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from dataport.synthetic import seeds
from dataport.synthetic.families import FamilyShape, People, compose, draw_groups
from dataport.synthetic.plan import CELLS, OperationPlan, Plan
from dataport.synthetic.relationships import SPOUSE, elder_ranks, relate

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LAST_DAY = (date(2021, 12, 31) - date(1970, 1, 1)).days
STATUS = ("A", "H", "I", "C")
SEX = ("F", "M", "U")
_FROM_AGE, _TO_AGE = (0, 5, 12, 18, 60), (5, 12, 18, 60, 96)
_UNKNOWN_AGE = 5  # the position of `other` among the six cells of a sex


@dataclass(frozen=True, slots=True)
class Register:
    """The people of one operation, one element each, sorted by group with the focal point first.

    Attributes:
        row: position of the person's row in the operation's plan; it gives origin, legal status and place.
        sex: position in `SEX`.
        is_female: as `sex`, or as drawn where the record does not know.
        birth: day of birth since 1970-01-01, also where the record does not know it.
        has_birth_date: whether the record knows it.
        status: position in `STATUS`.
        group: number of the registration group within the operation, from 0, rising.
        head: position of the group's focal point.
        relationship: position in `relationships.CODE`; 0 for the focal point.
        has_spouse: the person's husband or wife is in the group.
    """

    row: Ints
    sex: Ints
    is_female: Flags
    birth: Ints
    has_birth_date: Flags
    status: Ints
    group: Ints
    head: Ints
    relationship: Ints
    has_spouse: Flags

    def __len__(self) -> int:
        return len(self.row)

    @property
    def is_focal_point(self) -> Flags:
        """Who stands first in their group."""
        focal: Flags = self.head == np.arange(len(self))
        return focal

    @property
    def age(self) -> npt.NDArray[np.float64]:
        """Years lived on the last day of 2021."""
        return (LAST_DAY - self.birth) / 365.25


def register(operation: OperationPlan, plan: Plan) -> Register:
    """Invent the people of one operation: sexes, days of birth, groups, relationships and process statuses."""
    random = seeds.stream(plan.seed, operation.operation.onboarding_order, 2)
    active, others = _expand(operation.active), _expand(operation.others)
    cell = np.concatenate([active, others])
    row, cell = cell // len(CELLS), cell % len(CELLS)
    birth, has_birth_date = _births(cell, random)
    sex, is_female = _sexes(cell, random)
    block = _blocks(operation)
    people = People(row if plan.is_exact else block[row], block[row], is_female, (LAST_DAY - birth) / 365.25)
    head, marks, attached = _groups(people, len(active), operation, random)
    row = _places(row, head, len(active), plan.is_exact)
    status = _statuses(head, len(active), attached, random)
    order = np.lexsort((-people.age, head != np.arange(len(head)), head))
    place_in_order = np.empty(len(order), dtype=np.int64)
    place_in_order[order] = np.arange(len(order))
    sorted_head = place_in_order[head[order]]
    group = np.cumsum(sorted_head == np.arange(len(order))) - 1
    spouse = (marks == SPOUSE)[order]
    has_spouse = spouse.copy()
    has_spouse[sorted_head[spouse]] = True
    ordered = people.take(order)
    return Register(
        row=row[order],
        sex=sex[order],
        is_female=ordered.is_female,
        birth=birth[order],
        has_birth_date=has_birth_date[order],
        status=status[order],
        group=group,
        head=sorted_head,
        relationship=_relationships(ordered, sorted_head, group, spouse, sex[order], random),
        has_spouse=has_spouse,
    )


def _expand(counts: Ints) -> Ints:
    """One element per person: the position of the person's cell in the flattened counts."""
    return np.repeat(np.arange(counts.size, dtype=np.int64), counts.ravel())


def _births(cell: Ints, random: np.random.Generator) -> tuple[Ints, Flags]:
    """Days of birth that put everybody into their age group on the last day of 2021, and whether they are recorded.

    On 31 December the age in completed years is the year less the year of birth: an age group is a span of years.
    """
    unknown = (cell % 6 == _UNKNOWN_AGE) | (cell == len(CELLS) - 1)
    drawn = np.where(
        unknown, np.minimum(random.integers(0, 12, len(cell)) // 3 + (random.random(len(cell)) < 0.4), 3), cell % 6
    )
    earliest = np.array([(date(2022 - age, 1, 1) - date(1970, 1, 1)).days for age in _TO_AGE])[drawn]
    latest = np.array([(date(2021 - age, 12, 31) - date(1970, 1, 1)).days for age in _FROM_AGE])[drawn]
    share = random.random(len(cell))
    # The old thin out with age; within the other groups nothing is known, so all days are alike.
    share = np.where(drawn == 4, np.sqrt(share), share)
    birth = earliest + np.floor(share * (latest - earliest + 1)).astype(np.int64)
    # Of those without sex and age, the sex stays unknown in all and the day of birth in half of the records.
    half = (cell == len(CELLS) - 1) & (random.random(len(cell)) < 0.5)
    return birth, ~unknown | half


def _sexes(cell: Ints, random: np.random.Generator) -> tuple[Ints, Flags]:
    drawn = random.random(len(cell)) < 0.5
    sex = np.minimum(cell // 6, 2)
    return sex, np.where(sex == 2, drawn, sex == 0)


def _blocks(operation: OperationPlan) -> Ints:
    """For each row of the plan the number of its block: one origin and population type."""
    numbers: dict[tuple[str, str], int] = {}
    keys = [(row.country_of_origin_code, row.population_type_code) for row in operation.rows]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)


def _groups(
    people: People, active: int, operation: OperationPlan, random: np.random.Generator
) -> tuple[Ints, npt.NDArray[np.int8], Flags]:
    """Heads and marks of all people, and who of the others is attached to a group that is still active."""
    code = operation.operation.country_code
    shape = FamilyShape(
        seeds.rate("mean_group_size", code), seeds.rate("one_person_share", code), seeds.rate("head_share_of_adults")
    )
    index = np.arange(len(people))
    head, marks = index.copy(), np.zeros(len(people), dtype=np.int8)
    head[:active], marks[:active] = compose(people.take(index[:active]), shape, random)
    attached = (index >= active) & (random.random(len(people)) < seeds.rate("attached_inactive_share"))
    attached &= np.isin(people.block, people.block[:active])
    apart = np.flatnonzero((index >= active) & ~attached)
    own_head, marks[apart] = compose(people.take(apart), shape, random)
    head[apart] = apart[own_head]
    joining = np.flatnonzero(attached)
    heads = np.flatnonzero(head[:active] == index[:active])
    head[joining] = heads[draw_groups(people.block[heads], people.block[joining], random)]
    return head, marks, attached


def _places(row: Ints, head: Ints, active: int, is_exact: bool) -> Ints:
    """Members live where their focal point lives, but active people stay where the published figures fix them."""
    moved = row[head]
    if is_exact:
        moved[:active] = row[:active]
    return moved


def _statuses(head: Ints, active: int, attached: Flags, random: np.random.Generator) -> Ints:
    """A for the active; the others share the fate of their group, unless they left it alone."""
    shares = np.array([seeds.rate("inactive_status_share", code) for code in STATUS[1:]])
    drawn = 1 + np.searchsorted(np.cumsum(shares / shares.sum()), random.random(len(head)), side="right").clip(0, 2)
    status = np.where(attached, drawn, drawn[head])
    status[:active] = 0
    return status


def _relationships(
    people: People, head: Ints, group: Ints, spouse: Flags, sex: Ints, random: np.random.Generator
) -> Ints:
    gap = people.age[head] - people.age
    codes = relate(
        gap, people.is_female, people.age, spouse, elder_ranks(group, gap, people.is_female), random.random(len(head))
    )
    codes[sex == 2] = 1  # to be defined: the codes tell the sex, which these records do not know
    codes[head == np.arange(len(head))] = 0
    return codes
