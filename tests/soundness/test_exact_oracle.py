"""The exact rules beside slow ones that name everybody: sets of people, of three months, of every pair and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace

import numpy as np
import pytest

from dataport.attackers.counting import coarser_keys, is_coarser, keys_of
from dataport.attackers.downloaded import Downloaded, Known, Level, Noise, People, Table
from dataport.attackers.exact import violations
from dataport.attackers.register import Register

PERSONS, GROUPS, MONTHS = 4, 2, 3
NOISE = Noise(5, 3, 2)
COARSE = np.array([0, 0, 1, 1, 1, 2], dtype=np.int32)
PLACES = (
    Level("country", "place", 1, 3, {}),
    Level("site", "place", 2, 6, {"country": COARSE}),
)
SEX = Level("sex", "sex", 1, 2, {})
KIND = Level("kind", "kind", 1, 3, {})
FINEST = {"place": PLACES[1], "sex": SEX, "kind": KIND}
SHAPES = [
    (*place, *sex, *kind) for place in ((), PLACES[:1], PLACES[1:]) for sex in ((), (SEX,)) for kind in ((), (KIND,))
]

# Of which month the number of a row is, and who was in it then.
Number = tuple[int, frozenset[int]]
Family = dict[int, int]


def world(seed: int) -> tuple[Downloaded, Known]:
    """Some people who come, go and move, and tables that are printed by chance, of this month or of one before."""
    draw = np.random.default_rng(seed)
    everybody = int(draw.integers(20, 90))
    families = np.sort(draw.integers(0, max(2, everybody // 2), everybody))
    codes = {name: draw.integers(0, level.size, everybody).astype(np.int32) for name, level in FINEST.items()}
    there = draw.random(everybody) < 0.8
    people, months = [], []
    for month in range(MONTHS):
        moves = draw.random(everybody) < 0.08
        codes = {
            name: np.where(moves, draw.integers(0, FINEST[name].size, everybody), one).astype(np.int32)
            for name, one in codes.items()
        }
        there = there ^ (draw.random(everybody) < 0.06)
        here = np.flatnonzero(there)
        finest = {name: one[here] for name, one in codes.items()}
        people.append(People(here, families[here], finest, np.zeros(len(here), dtype=np.int32)))
        months.append(tuple(printed(draw, people[-1], shape, month) for shape in SHAPES))
    return Downloaded(FINEST, tuple(months), NOISE, NOISE, PERSONS, GROUPS), Known(tuple(people))


def printed(draw: np.random.Generator, people: People, shape: tuple[Level, ...], month: int) -> Table:
    keys, persons = np.unique(keys_of(people, FINEST, shape), return_counts=True)
    told = np.where(draw.random(len(keys)) < 0.7, persons.astype(np.float64), np.nan)
    since = np.where(draw.random(len(keys)) < 0.3, draw.integers(0, month + 1, len(keys)), month)
    return Table(shape, keys, told, since.astype(np.int32))


def numbers(known: Known, table: Table) -> dict[int, Number]:
    """Everybody whom each printed number is of, by the key of its row."""
    found = {}
    for key, said, since in zip(table.keys.tolist(), table.persons.tolist(), table.since.tolist(), strict=True):
        if said == said:
            people = known.months[since]
            found[key] = (since, frozenset(people.persons[keys_of(people, FINEST, table.levels) == key].tolist()))
    return found


def latest(seen: Downloaded, month: int) -> list[Table]:
    """What each row printed last."""
    found = []
    for nth, shape in enumerate(SHAPES):
        last: dict[int, tuple[float, int]] = {}
        for one in (tables[nth] for tables in seen.months[: month + 1]):
            rows = zip(one.keys.tolist(), one.persons.tolist(), one.since.tolist(), strict=True)
            last |= {key: (said, since) for key, said, since in rows if said == said}
        keys = np.array(sorted(last), dtype=np.int64)
        said, since = zip(*(last[key] for key in sorted(last)), strict=True) if last else ((), ())
        found.append(Table(shape, keys, np.array(said, dtype=np.float64), np.array(since, dtype=np.int32)))
    return found


def first_printed(seen: Downloaded, month: int) -> list[Table]:
    return [replace(one, persons=np.where(one.since == month, one.persons, np.nan)) for one in seen.months[month]]


def pairs(
    known: Known, wholes: Sequence[Table], parts: Sequence[Table]
) -> Iterator[tuple[tuple[str, str], list[tuple[int, Number, Number]]]]:
    """Each table within a coarser one: its printed rows with the printed row that each lies in, and the key of that."""
    for child in parts:
        inner = numbers(known, child)
        for parent in (one for one in wholes if is_coarser(one, child)):
            outer = numbers(known, parent)
            above = coarser_keys(np.array(list(inner), dtype=np.int64), child.levels, parent.levels).tolist()
            both = zip(above, inner.values(), strict=True)
            yield (parent.name, child.name), [(key, outer[key], part) for key, part in both if key in outer]


def few(persons: Set[int], family: Family) -> bool:
    return bool(persons) and (len(persons) < PERSONS or len({family[one] for one in persons}) < GROUPS)


def broken_lines(rows: list[tuple[int, Number, Number]], month: int, family: Family) -> int:
    """Wholes less all their parts, which tell of a few; somebody may be taken off twice."""
    parts: dict[int, list[Number]] = {}
    for key, _, part in rows:
        parts.setdefault(key, []).append(part)
    broken = 0
    for key, (own, who) in {key: whole for key, whole, _ in rows}.items():
        left = len(who) - sum(len(part) for _, part in parts[key])
        times = Counter(who)
        for _, part in parts[key]:
            times.subtract(part)
        if month in {own, *(since for since, _ in parts[key])}:
            if all(since == own for since, _ in parts[key]):
                broken += 0 < left < PERSONS
            elif abs(left) < PERSONS:
                broken += few({person for person, net in times.items() if net}, family)
    return broken


def changes(known: Known, table: Table, month: int, before: Sequence[Table], family: Family) -> int:
    """Numbers of a row, or of another one that took its people, between which a few came or went."""
    new = {key: one for key, one in numbers(known, table).items() if one[0] == month}
    told, renamed = set(), 0
    for one in before:
        for key, (since, then) in numbers(known, one).items():
            if key in new and since != month and few(new[key][1] ^ then, family):
                told.add((since, key))
            others = [who for other, (_, who) in new.items() if other != key and who & then]
            renamed += sum(0 < len(who ^ then) < PERSONS for who in others)
    return len(told) + renamed


def slow(seen: Downloaded, known: Known) -> Counter[tuple[str, int, tuple[str, ...]]]:
    """How often each rule is broken, by naming everybody."""
    family = {
        person: group
        for one in known.months
        for person, group in zip(one.persons.tolist(), one.families.tolist(), strict=True)
    }
    found: Counter[tuple[str, int, tuple[str, ...]]] = Counter()
    for month, tables in enumerate(seen.months):
        before = [first_printed(seen, one) for one in range(month)]
        for nth, table in enumerate(tables):
            own = [who for since, who in numbers(known, table).values() if since == month]
            found["row", month, (table.name,)] += sum(not who or few(who, family) for who in own)
            then = [one[nth] for one in before]
            found["change", month, (table.name,)] += changes(known, table, month, then, family)
        for wholes, parts in [(tables, tables), *((tables, one) for one in before), *((one, tables) for one in before)]:
            for names, rows in pairs(known, wholes, parts):
                told = [one ^ other for _, (old, one), (new, other) in rows if month in {old, new}]
                found["sliver", month, names] += sum(few(who, family) for who in told)
        for names, rows in pairs(known, tables, tables):
            found["line", month, names] += broken_lines(rows, month, family)
        for names, rows in pairs(known, latest(seen, month), latest(seen, month)) if month else ():
            found["line over months", month, names] += broken_lines(rows, month, family)
    return +found


@pytest.mark.parametrize("seed", range(12))
def test_the_exact_rules_find_what_naming_everybody_finds(seed: int) -> None:
    seen, known = world(seed)
    found: Counter[tuple[str, int, tuple[str, ...]]] = Counter()
    for one in violations(Register(seen, known)):
        found[one.rule, one.month, one.tables] += one.times
    expected = slow(seen, known)
    assert found == expected
    assert {rule for rule, *_ in expected} == {"row", "change", "sliver", "line", "line over months"}
    newest = Counter({key: times for key, times in expected.items() if key[1] == MONTHS - 1})
    alone: Counter[tuple[str, int, tuple[str, ...]]] = Counter()
    for one in violations(Register(seen, known), newest_alone=True):
        alone[one.rule, one.month, one.tables] += one.times
    assert alone == newest
    # whoever shares the tables with others finds the same, in the same order
    assert violations(Register(seen, known), processes=3) == violations(Register(seen, known))
