"""compose: make registration groups of people whose sex, age and place are already decided.

Nobody's sex, age or place is changed to make a family fit: groups are drawn over the people the figures give, and each
relationship is named from the real difference in age. So published cells stay exact, and where a place holds children
only, they head their own groups or belong to families elsewhere in the country.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dataport.synthetic.relationships import SPOUSE

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_LARGEST_SHARE = 9  # people per head of family in one place; more would make families nobody would believe
_WITHOUT_ADULTS = 3  # children without any adult form groups of up to so many


@dataclass(frozen=True, slots=True)
class People:
    """Arrays with one element per person.

    Attributes:
        place: families form within a place first (a published row, or a block where places do not bind).
        block: families never reach over it: country of asylum x origin x population type.
        is_female: by record or, where the record does not know, as drawn.
        age: in years, with the fraction.
    """

    place: Ints
    block: Ints
    is_female: Flags
    age: Floats

    def take(self, chosen: Ints | Flags) -> People:
        """The chosen people, in the order given."""
        return People(self.place[chosen], self.block[chosen], self.is_female[chosen], self.age[chosen])

    def __len__(self) -> int:
        return len(self.age)


@dataclass(frozen=True, slots=True)
class FamilyShape:
    """What groups look like on average: the mean size, and the share of groups of one person."""

    mean_size: float
    one_person_share: float
    head_share_of_adults: float


def compose(people: People, shape: FamilyShape, random: np.random.Generator) -> tuple[Ints, npt.NDArray[np.int8]]:
    """Each person's head (an index into the people; heads have themselves) and a mark for spouses.

    Returns:
        heads: one index per person; the people with the same head form one group, the head is its focal point.
        marks: `SPOUSE` for the husband or wife of the head, else 0.
    """
    heads = np.full(len(people), -1, dtype=np.int64)
    marks = np.zeros(len(people), dtype=np.int8)
    if not len(people):
        return heads, marks
    is_head, is_large = _choose_heads(people, shape, random)
    heads[is_head] = np.flatnonzero(is_head)
    _marry(people, is_large, heads, marks, random)
    _join(people.place, people, is_large, heads, random)
    _join(people.block, people, is_head, heads, random)
    _without_adults(people, heads)
    return heads, marks


def _choose_heads(people: People, shape: FamilyShape, random: np.random.Generator) -> tuple[Flags, Flags]:
    """Who heads a group, and which of them head a group of several people."""
    adult = people.age >= 18
    places = int(people.place.max()) + 1
    size = np.bincount(people.place, minlength=places)
    adults = np.bincount(people.place, weights=adult, minlength=places).astype(np.int64)
    wanted = np.maximum(size / shape.mean_size, adults * shape.head_share_of_adults)
    wanted = np.minimum(np.maximum(np.floor(wanted + random.random(places)).astype(np.int64), 1), adults)
    score = random.random(len(people)) + 0.25 * (people.age < 23) + 0.15 * (people.age >= 60) + 2 * ~adult
    rank = rank_within(people.place, score)
    is_head = adult & (rank < wanted[people.place])
    alone = random.random(len(people)) < shape.one_person_share * np.where(people.is_female, 0.75, 1.25)
    # Whoever is left over needs a family to belong to, so the first head of a place with others is never alone.
    needed = (rank == 0) & (size > wanted)[people.place]
    return is_head, is_head & (~alone | needed)


def _marry(
    people: People, is_large: Flags, heads: Ints, marks: npt.NDArray[np.int8], random: np.random.Generator
) -> None:
    """Pair adults who head no group with heads of the other sex in their place, the oldest with the oldest."""
    free = (heads < 0) & (people.age >= 18) & (random.random(len(people)) < 0.9)
    for female in (True, False):
        spouses = _by_age(people, free & (people.is_female == female))
        partners = _by_age(people, is_large & (people.is_female != female))
        left, right = _match(people.place, spouses, partners)
        close = np.abs(people.age[left] - people.age[right]) < 25
        heads[left[close]] = right[close]
        marks[left[close]] = SPOUSE


def _by_age(people: People, chosen: Flags) -> Ints:
    """Indices of the chosen people, by place and falling age."""
    found = np.flatnonzero(chosen)
    return found[np.lexsort((-people.age[found], people.place[found]))]


def _match(place: Ints, left: Ints, right: Ints) -> tuple[Ints, Ints]:
    """The n-th of the one with the n-th of the other within each place; both are sorted by place."""
    base = np.int64(len(place) + 1)
    left_key = place[left] * base + _position(place[left])
    right_key = place[right] * base + _position(place[right])
    _, in_left, in_right = np.intersect1d(left_key, right_key, assume_unique=True, return_indices=True)
    return left[in_left], right[in_right]


def _join(area: Ints, people: People, takes: Flags, heads: Ints, random: np.random.Generator) -> None:
    """Give those without a group to heads of their area, more to some than to others, up to a believable number."""
    joining = np.flatnonzero(heads < 0)
    joining = joining[np.lexsort((random.random(len(joining)), area[joining]))]
    receiving = np.flatnonzero(takes)
    receiving = receiving[np.argsort(area[receiving], kind="stable")]
    if not len(joining) or not len(receiving):
        return
    count = np.bincount(area[receiving], minlength=int(area.max()) + 1)
    allowed = _position(area[joining]) < _LARGEST_SHARE * count[area[joining]]
    joining = joining[allowed]
    weight = random.gamma(2.5, 1.0, len(receiving)) * _draws_children(people.age[receiving])
    heads[joining] = receiving[_draw_by_weight(area[receiving], weight, area[joining], random)]


def _draws_children(age: Floats) -> Floats:
    """Young adults and old people have fewer others in their care."""
    return np.where(age < 23, 0.3, np.where(age < 28, 0.8, np.where(age < 60, 1.0, 0.5)))


def _draw_by_weight(area: Ints, weight: Floats, joining_area: Ints, random: np.random.Generator) -> Ints:
    """For each joining person (sorted by area) a position in `area` (sorted), in proportion to weight within it."""
    running = np.cumsum(weight)
    size = np.bincount(area)
    ends = np.cumsum(size)
    high = np.concatenate([[0.0], running])[ends]
    low = np.concatenate([[0.0], running])[ends - size]
    number = np.bincount(joining_area, minlength=len(size))
    share = (_position(joining_area) + random.random(len(joining_area))) / number[joining_area]
    target = low[joining_area] + share * (high - low)[joining_area]
    found = np.searchsorted(running, target, side="right")
    # Floats may push a target over the edge of its area, never by more than one head.
    first: Ints = (ends - size)[joining_area]
    last: Ints = ends[joining_area] - 1
    inside: Ints = np.minimum(np.maximum(found, first), last)
    return inside


def _without_adults(people: People, heads: Ints) -> None:
    """Those whom no adult of their block could take: the oldest child of each few heads the group."""
    left = np.flatnonzero(heads < 0)
    left = left[np.lexsort((-people.age[left], people.block[left]))]
    position = _position(people.block[left])
    size = np.bincount(people.block[left])[people.block[left]] if len(left) else position
    groups = -(-size // _WITHOUT_ADULTS)
    # The oldest `groups` children head one group each; the others follow them in turn, so the gaps in age stay small.
    first = np.arange(len(left)) - position
    heads[left] = left[first + position % np.maximum(groups, 1)]


def _position(sorted_keys: Ints) -> Ints:
    """0, 1, 2, … within each run of equal keys."""
    if not len(sorted_keys):
        return np.zeros(0, dtype=np.int64)
    index = np.arange(len(sorted_keys))
    starts = np.concatenate([[True], sorted_keys[1:] != sorted_keys[:-1]])
    return index - np.maximum.accumulate(np.where(starts, index, 0))


def rank_within(keys: Ints, score: Floats) -> Ints:
    """Each element's rank by score among those with the same key, from 0."""
    order = np.lexsort((score, keys))
    rank = np.empty(len(keys), dtype=np.int64)
    rank[order] = _position(keys[order])
    return rank


def draw_groups(block_of_heads: Ints, joining_block: Ints, random: np.random.Generator) -> Ints:
    """For each joining person the position of a head of the same block, all heads alike. Every block has a head."""
    heads, joining = np.argsort(block_of_heads, kind="stable"), np.argsort(joining_block, kind="stable")
    found = np.empty(len(joining_block), dtype=np.int64)
    if len(joining):
        weight = np.ones(len(heads))
        found[joining] = heads[_draw_by_weight(block_of_heads[heads], weight, joining_block[joining], random)]
    return found
