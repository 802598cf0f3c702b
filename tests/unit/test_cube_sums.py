"""Sums of the protected statistics: cut, moved by keys of their own, and the same while the same people are there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from soundness import protected_people
from soundness.protected_people import FIRST, first_month, served

from dataport.cube.perturbing import noise_of
from dataport.cube.secret import Secret
from dataport.cube.sums import mixed, step
from dataport.disclosure.protected.lattice import lattice
from dataport.disclosure.protected.served import PERSONS, YEARS, YEARS_AS_OF
from dataport.keyring import Key

SECRET = Secret(Key("cube", 1, b"a secret of the tests"))


def test_the_step_follows_the_flex_function_between_its_two_percentages() -> None:
    assert step(17, 40) == pytest.approx(3.4)
    # by hand: 88 * .03 * (1 + (.2 * 88 - .03 * 40) / (.03 * 40) * (80 / 128) ** 2)
    assert step(88, 40) == pytest.approx(88 * 0.03 * (1 + (17.6 - 1.2) / 1.2 * (80 / 128) ** 2))
    assert step(1e9, 40) == pytest.approx(3e7, rel=1e-4)


def test_the_noise_of_a_sum_says_nothing_of_that_of_the_count_of_the_same_people() -> None:
    keys = np.random.default_rng(1).integers(0, 2**64, 20_000, dtype=np.uint64)
    many = np.full(len(keys), 1_000, dtype=np.int64)
    count = noise_of("plain", SECRET).published(many, keys) - many
    of_sum = noise_of("sum", SECRET).published(many, mixed(keys)) - many
    assert abs(np.corrcoef(count, of_sum)[0, 1]) < 0.03
    assert abs(of_sum.mean()) < 0.05 and 2.8 < of_sum.var() < 3.2


def test_birthdays_alone_move_no_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    people = first_month(1)
    days = [FIRST, FIRST.replace(month=2, day=28)]
    ages = dict(protected_people._AGES)

    def lived():  # type: ignore[no-untyped-def]
        yield days[0], people
        # a year older within the same band: nobody came or went
        monkeypatch.setattr(protected_people, "_AGES", {age: years + 1 for age, years in ages.items()})
        yield days[1], people

    first, second = served(tmp_path, lived())
    tables = [name for name, one in first.tables.items() if YEARS in one.column_names]
    assert tables and all(lattice().table_of(name.split("+")).has_years for name in tables)  # type: ignore[union-attr]
    for name in tables:
        assert second.tables[name].column(YEARS).to_pylist() == first.tables[name].column(YEARS).to_pylist()
        assert set(second.tables[name].column(YEARS_AS_OF).to_pylist()) <= {days[0]}
    assert sum(first.tables[name].num_rows for name in tables) > 4


def test_a_sum_is_near_the_ages_of_who_is_in_it(tmp_path: Path) -> None:
    (month,) = served(tmp_path, iter([(FIRST, first_month(1))]))
    rows = month.tables["country_of_asylum+age_broad"].to_pylist()
    known = [row for row in rows if row["age_broad"] is not None]
    oldest = {"0-17": (2, 15), "18-59": (21, 55), "60+": (70, 70)}
    for row in known:
        low, high = oldest[row["age_broad"]]
        assert low * (row[PERSONS] - 5) - 85 <= row[YEARS] <= high * (row[PERSONS] + 5) + 85
    assert known


def test_a_group_is_counted_with_a_key_of_its_own() -> None:
    focal = protected_people.FOCAL
    assert (focal.name, focal.counts, focal.noise, focal.is_secret) == ("is_focal_point", "groups", "group", False)
    assert replace(focal, counts="persons").noise == "sensitive"
    owners = np.arange(1, 100)
    assert not np.any(SECRET.record_keys(owners) == SECRET.record_keys(owners, "case"))
