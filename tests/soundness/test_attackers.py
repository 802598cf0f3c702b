"""Every attacker proves itself on a service that is weak in the way which it looks for.

An attacker that finds nothing anywhere says nothing of a cube in which it finds nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from attacking.cube import protected
from attacking.invented import a_month_later, invented
from attacking.service import PLAIN, SENSITIVE, Rules, free_filters, published

from dataport.attackers.audit import ATTACKERS
from dataport.attackers.averaging import averaging
from dataport.attackers.downloaded import Downloaded, Known
from dataport.attackers.equality import set_equality
from dataport.attackers.exact import violations
from dataport.attackers.refusals import Told, refusals
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured, by_chance, judged
from dataport.attackers.zeros import zeros
from dataport.dictionary import read_seed

SMALL = 8_000
LONG = pytest.mark.skipif(os.environ.get("DATAPORT_LONG") != "1", reason="takes minutes: make test-long")
Service = Callable[[], tuple[Downloaded, Known]]


def _two_months(rules: Rules) -> tuple[Downloaded, Known]:
    people = invented(persons=SMALL)
    return published([people, a_month_later(people, 5)], rules)


def _one_month(rules: Rules) -> tuple[Downloaded, Known]:
    return published([invented(persons=SMALL)], rules)


# Each of these services is weak in one way that offices have been weak in; see docs/attacks.md.
WEAK: dict[str, Service] = {
    # noise and a threshold, but two numbers that lie within each other may differ by one person
    "slivers": lambda: _one_month(Rules(PLAIN, SENSITIVE, fewest=10)),
    # the same noise for the same set of people, and no other rule
    "set equality": lambda: _one_month(Rules(PLAIN, SENSITIVE, budget=6)),
    # each month has noise of its own, and hardly anybody comes or goes
    "averaging": lambda: published([invented(persons=SMALL)] * 12, Rules(PLAIN, SENSITIVE, is_keyed=False, fewest=10)),
    # exact numbers, and only those under ten withheld
    "intervals": lambda: _one_month(Rules(fewest=10)),
    # exact numbers of sites by two traits and a secret
    "reconstruction": lambda: published([invented(persons=4_000)], Rules(budget=5)),
    "complements": lambda: _one_month(Rules(fewest=10)),
    "trackers": lambda: _one_month(Rules(fewest=10)),
    # zeros are printed, small numbers withheld
    "zero against small": lambda: _one_month(Rules(PLAIN, SENSITIVE, fewest=10, tells_zero=True)),
    "change over time": lambda: _two_months(Rules(PLAIN, SENSITIVE, fewest=10)),
    # exact numbers: whoever is withheld becomes more and fewer before everybody's eyes
    "what is left over time": lambda: _two_months(Rules(fewest=10)),
    # exact means beside noisy counts
    "means against counts": lambda: _one_month(Rules(PLAIN, SENSITIVE, fewest=10)),
    "insider": lambda: _one_month(Rules(PLAIN, SENSITIVE, fewest=10)),
    "insider who solves": lambda: published([invented(persons=4_000)], Rules(budget=5)),
}


@pytest.mark.parametrize("name", list(ATTACKERS))
def test_an_attacker_succeeds_on_a_service_that_is_weak_to_it(name: str) -> None:
    verdict = judged(name, ATTACKERS[name](Register(*WEAK[name]())))
    assert verdict.tried > 0
    assert not verdict.passed, f"{verdict.measured} is within {verdict.limit}: {verdict.says}"


@pytest.mark.parametrize("third", [0, 1])
def test_zeros_that_a_third_of_the_tables_print_are_noticed(third: int) -> None:
    (silent, known), (open_, _) = (
        _one_month(Rules(PLAIN, SENSITIVE, fewest=10, tells_zero=tells)) for tells in (False, True)
    )
    pairs = enumerate(zip(silent.months[0], open_.months[0], strict=True))
    mixed = replace(silent, months=(tuple(pair[nth % 3 == third] for nth, pair in pairs),))
    told = [judged("zero against small", zeros(Register(seen, known))) for seen in (silent, mixed)]
    assert [one.passed for one in told] == [True, False], [one.says for one in told]


@pytest.fixture(scope="module")
def ours() -> tuple[Downloaded, Known]:
    return protected([invented(persons=20_000)])


def test_the_exact_rules_hold_on_the_cube(ours: tuple[Downloaded, Known]) -> None:
    assert sum(int(table.is_published.sum()) for table in ours[0].months[-1]) > 1_000
    assert violations(Register(*ours)) == ()


def _lived(seed: int, persons: int, months: int) -> tuple[Downloaded, Known]:
    people = [invented(seed, persons)]
    for nth in range(months - 1):
        people.append(a_month_later(people[-1], 100 * seed + nth))
    return protected(people, secret=bytes([seed]) * 32)


def test_the_exact_rules_hold_from_month_to_month() -> None:
    seen, known = _lived(seed=1, persons=4_000, months=2)
    kept = sum(int((table.since[table.is_published] == 0).sum()) for table in seen.months[-1])
    assert kept > 50, "no number kept the value of the month before"
    assert violations(Register(seen, known)) == ()


@pytest.mark.long
@LONG
@pytest.mark.parametrize("seed", range(2, 5))
def test_the_exact_rules_hold_over_a_year(seed: int) -> None:
    assert violations(Register(*_lived(seed, persons=6_000, months=12))) == ()


@pytest.fixture(scope="module")
def ours_over_months() -> tuple[Downloaded, Known]:
    return _lived(seed=7, persons=30_000, months=4)


@pytest.mark.long
@LONG
@pytest.mark.parametrize("name", list(ATTACKERS))
def test_an_attacker_fails_on_the_cube_over_months(name: str, ours_over_months: tuple[Downloaded, Known]) -> None:
    verdict = judged(name, ATTACKERS[name](Register(*ours_over_months)))
    assert verdict.passed, f"{verdict.measured} is beyond {verdict.limit}: {verdict.says}"


@pytest.mark.parametrize("name", list(ATTACKERS))
def test_an_attacker_fails_on_the_cube(name: str, ours: tuple[Downloaded, Known]) -> None:
    verdict = judged(name, ATTACKERS[name](Register(*ours)))
    assert verdict.passed, f"{verdict.measured} is beyond {verdict.limit}: {verdict.says}"


def test_free_filters_are_broken_by_set_equality() -> None:
    seen, known = _one_month(Rules(PLAIN, SENSITIVE, fewest=10))
    service = free_filters(known.months[-1], PLAIN)
    measured = set_equality(Register(seen, known), service)
    assert measured.value >= 10
    # of whom it is claimed, it is right: chance is one in nine
    claimed = re.search(r"of (\d+) of whom", measured.says)
    assert claimed and measured.value / int(claimed[1]) > 0.95
    assert set_equality(Register(seen, known)).value == 0


def test_free_filters_are_broken_by_averaging() -> None:
    seen, known = _one_month(Rules(PLAIN, SENSITIVE, fewest=10))
    assert averaging(Register(seen, known), free_filters(known.months[-1], PLAIN)).value > 0.8
    assert averaging(Register(seen, known)).value < 0.4


def test_a_refusal_that_says_why_is_found() -> None:
    kinds = np.random.default_rng(1).choice(["nobody", "few", "withheld"], 300).tolist()
    texts = {"nobody": "No rows.", "few": "Too small.", "withheld": "Too small."}
    weak = [Told("", kind, texts[kind], 3, ("cube",)) for kind in kinds]
    assert not judged("refusals and work done", refusals(weak)).passed
    opened = [Told("", kind, ":", 0, ("cube",) if kind == "nobody" else ("cube", "cube")) for kind in kinds]
    assert not judged("refusals and work done", refusals(opened)).passed
    alike = [Told("", kind, ":", 0, ("cube",)) for kind in kinds]
    assert judged("refusals and work done", refusals(alike)).passed


def test_a_share_of_few_tries_is_held_against_what_chance_makes_of_its_limit() -> None:
    limit = 0.25
    few = by_chance(limit, 23)
    # in 23 throws of a coin that falls so every fourth time, 13 do once in a thousand times, and hardly ever more
    assert few == pytest.approx(12 / 23) or few == pytest.approx(13 / 23)
    draw = np.random.default_rng(3).binomial(23, limit, 200_000) / 23
    assert np.mean(draw > few) <= 0.001 < np.mean(draw > few - 1 / 23)
    assert limit < by_chance(limit, 50_000) < 1.03 * limit
    assert by_chance(limit, 0) == limit and by_chance(0, 23) == 0


def test_six_of_twenty_three_are_no_attack_and_six_hundred_of_two_thousand_are() -> None:
    assert judged("trackers", Measured(6 / 23, None, 50_000, "", share_of=23)).passed
    assert not judged("trackers", Measured(600 / 2_000, None, 50_000, "", share_of=2_000)).passed
    assert not judged("trackers", Measured(18 / 23, None, 50_000, "", share_of=23)).passed


def test_every_attacker_has_a_limit_and_every_limit_an_attacker() -> None:
    assert {row["attacker"] for row in read_seed("attack_limit")} == {*ATTACKERS, "refusals and work done"}
    assert all(row["reason"] for row in read_seed("attack_limit"))
