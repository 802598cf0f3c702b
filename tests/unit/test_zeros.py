"""What an attacker on withheld rows is said to know: nothing where a guess says nothing, all where it is certain."""

import numpy as np
import pytest

from dataport.attackers.zeros import area, unknown

SMALL = np.array([True, False, False, False] * 50)


def test_a_guess_that_says_nothing_leaves_everything_unknown() -> None:
    assert unknown([np.zeros(200)], [SMALL]) == pytest.approx(0.8113, abs=1e-4)


def test_whoever_is_certain_has_nothing_left() -> None:
    assert unknown([np.where(SMALL, np.inf, -np.inf)], [SMALL]) == 0


def test_an_order_that_is_right_leaves_nothing() -> None:
    assert unknown([SMALL * 1.0], [SMALL]) == 0
    assert unknown([SMALL * -1.0], [SMALL]) == 0, "known the other way round is known"


def test_what_is_certain_is_kept_apart_from_what_is_guessed() -> None:
    scores = np.where(np.arange(200) < 100, np.where(SMALL, np.inf, 0.0), 0.0)
    # the other 75 and 100 are 75 zeros, and 25 small ones among 100
    assert unknown([scores], [SMALL]) == pytest.approx(175 / 200 * 0.5917, abs=1e-3)


def test_how_often_a_row_is_empty_is_known_of_each_table() -> None:
    empty, full = np.zeros(100, dtype=bool), np.ones(100, dtype=bool)
    assert unknown([np.zeros(100), np.zeros(100)], [empty, full]) == 0


def test_the_chance_counts_equal_scores_half() -> None:
    assert area(np.zeros(200), SMALL) == 0.5
    assert area(SMALL * 1.0, SMALL) == 1
