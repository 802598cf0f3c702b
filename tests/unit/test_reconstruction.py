"""Solving for a secret: who is in the same numbers is solved for as one, which changes nothing of what is found."""

from __future__ import annotations

import numpy as np
import pytest
from attacking.invented import DISABILITY, FINEST, SITE, invented
from attacking.service import PLAIN, SENSITIVE, Rules, published

from dataport.attackers.counting import keys_of, rows_at
from dataport.attackers.reconstruction import HAS, numbers_of, solved, to_solve
from dataport.attackers.register import Register

_STEPS = 150


@pytest.mark.parametrize("knows_a_site", [False, True])
def test_everybody_is_guessed_as_if_each_were_solved_for_alone(knows_a_site: bool) -> None:
    """Held against one unknown for each person, in plain loops over the published rows."""
    register = Register(*published([invented(persons=600)], Rules(PLAIN, SENSITIVE, fewest=10)))
    people = register.known.months[-1]
    has = people.finest[DISABILITY.hierarchy] == HAS
    fixed = people.finest[SITE.hierarchy] == 0 if knows_a_site else np.zeros(len(people), dtype=np.bool_)
    numbers = numbers_of(register, DISABILITY)
    assert len(numbers) > 5
    kinds, rest = to_solve(register, numbers, has, fixed)
    start = float(has[~fixed].mean())
    found = np.where(fixed, has.astype(float), 0.0)
    found[kinds.who] = solved(kinds, rest, start)[kinds.kind]

    wanted = np.where(fixed, has, start).astype(float).tolist()
    ahead, momentum = list(wanted), 1.0
    members = [
        [
            (np.flatnonzero(at == row).tolist(), told, one.weight)
            for at in [rows_at(one.table, keys_of(people, FINEST, one.table.levels))]
            for row, told in enumerate(one.told.tolist())
        ]
        for one in numbers
    ]
    for _ in range(_STEPS):
        gradient = [0.0] * len(people)
        for of_table in members:
            for inside, told, weight in of_table:
                off = sum(ahead[one] for one in inside) - told
                for one in inside:
                    gradient[one] += weight * off / len(inside)
        step = 1 / sum(one.weight for one in numbers)
        following = [
            was if known else min(1.0, max(0.0, now - step * by))
            for was, known, now, by in zip(wanted, fixed.tolist(), ahead, gradient, strict=True)
        ]
        later = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = [now + (momentum - 1) / later * (now - was) for now, was in zip(following, wanted, strict=True)]
        wanted, momentum = following, later
    assert np.allclose(found, wanted, atol=1e-9)
    assert len(kinds.times) < len(kinds.who)
