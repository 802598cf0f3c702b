"""p-tables: mean, variance and support, and the values of the published implementation."""

from __future__ import annotations

import numpy as np
import pytest

from dataport.disclosure.protected.ptable import Parameters, p_table
from dataport.errors import BuildFailed

# The vector that the tests of R's ptable expect of its example: D 2, V 1.05, js 1, the third row not monotone.
_PUBLISHED = (
    1.00000000, 0.50833333, 0.47500000, 0.01666667, 0.16155827, 0.55565037, 0.24246618, 0.04032518, 0.41231301,
    0.28806097, 0.18693903, 0.11268699, 0.07012498, 0.24450007, 0.37074990, 0.24450007, 0.07012498,
)  # fmt: skip


def test_the_published_implementation_gives_the_same() -> None:
    table = p_table(Parameters(2, 1.05, 1), (True, True, False, True))
    found = np.concatenate([row.probability for row in table.rows])
    assert np.abs(found - np.array(_PUBLISHED)).max() < 1e-6


@pytest.mark.parametrize(
    ("parameters", "unchanged", "to_zero"),
    [
        (Parameters(5, 2, 0), 0.282, (0.39, 0.16, 0.03, 0.01)),
        (Parameters(5, 3, 2), 0.229, (0.73, 0.41, 0.20, 0.09)),
        (Parameters(8, 7, 4), 0.150, (0.84, 0.63, 0.43, 0.29)),
        (Parameters(10, 10, 4), 0.126, (0.84, 0.70, 0.51, 0.35)),
    ],
)
def test_larger_tables_have_the_values_that_are_known(
    parameters: Parameters, unchanged: float, to_zero: tuple[float, ...]
) -> None:
    table = p_table(parameters)
    last = table.rows[-1]
    assert last.probability[last.noise.index(0)] == pytest.approx(unchanged, abs=5e-4)
    assert [float(row.probability[0]) for row in table.rows[1:5]] == pytest.approx(to_zero, abs=6e-3)


@pytest.mark.parametrize("parameters", [Parameters(d, v, js) for d, v, js in ((3, 1, 0), (5, 3, 2), (10, 10, 4))])
def test_every_row_has_mean_0_and_no_more_variance_than_it_may(parameters: Parameters) -> None:
    for row in p_table(parameters).rows:
        noise = np.array(row.noise)
        assert row.probability.sum() == pytest.approx(1)
        assert row.probability @ noise == pytest.approx(0, abs=1e-7)
        assert row.probability @ noise**2 <= parameters.variance + 1e-7
        assert np.abs(noise).max() <= parameters.most
        assert not {one + row.count for one in row.noise} & set(range(1, parameters.blocked + 1))
        left = row.probability[noise <= 0]
        assert (np.diff(left) >= -1e-9).all()


def test_a_zero_is_never_moved() -> None:
    assert p_table(Parameters(5, 3, 2)).rows[0].noise == (0,)


@pytest.mark.parametrize("parameters", [Parameters(5, 2, 2), Parameters(10, 5, 4)])
def test_a_variance_that_is_too_small_is_refused(parameters: Parameters) -> None:
    with pytest.raises(BuildFailed, match="too small"):
        p_table(parameters)
