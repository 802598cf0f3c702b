"""The mechanism end to end: noise against its table, uniform keys, one noise for one set, another by another key."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from dataport.cube.perturbing import noise_of
from dataport.cube.secret import (
    KeyLost,
    Secret,
    SeriesLost,
    is_rotated,
    new_secret,
    remember_printed,
    require_memory,
    secret_of,
)
from dataport.cube.sums import mixed
from dataport.disclosure.protected.ptable import p_table
from dataport.disclosure.protected.served import Series, fingerprint
from dataport.keyring import Key, open_keys, rotate, with_key

SECRET = Secret(Key("cube", 1, b"a secret of the tests"))


@pytest.mark.parametrize(("kind", "owner"), [("plain", "record"), ("sensitive", "record"), ("plain", "case")])
@pytest.mark.parametrize("count", [1, 3, 6, 40])
def test_noise_comes_out_as_its_table_says(kind: str, owner: str, count: int) -> None:
    """From whom is counted to the number: sets of so many, by the sums of their keys."""
    noise, chance = noise_of(kind, SECRET), np.random.default_rng(count)
    of_each = SECRET.record_keys(np.arange(60_000), owner)
    sets = (
        chance.permutation(len(of_each))[:40_000, None] if count == 1 else chance.integers(0, 60_000, (40_000, count))
    )
    assert count == 1 or len(np.unique(sets, axis=0)) == len(sets)
    keys = np.add.reduce(of_each[sets], axis=1, dtype=np.uint64)
    found = noise.published(np.full(len(keys), count, dtype=np.int64), keys) - count
    rows = p_table(noise.parameters).rows
    row = rows[min(count, len(rows) - 1)]
    expected = row.probability * len(keys)
    seen = np.array([np.count_nonzero(found == one) for one in row.noise])
    assert seen.sum() == len(keys)
    enough = expected > 5
    chi_square = float((((seen - expected) ** 2) / expected)[enough].sum())
    degrees = int(enough.sum()) - 1
    # a chance of less than one in a thousand, by the normal approximation of a chi-square
    assert chi_square < degrees + 3.3 * (2 * max(degrees, 1)) ** 0.5 + 6


def test_the_noise_of_sums_comes_out_as_its_table_says() -> None:
    """Steps of a sum, each looked up as the noise of a large count is, by keys mixed anew."""
    noise, chance = noise_of("sum", SECRET), np.random.default_rng(7)
    of_each = SECRET.record_keys(np.arange(60_000))
    keys = mixed(np.add.reduce(of_each[chance.integers(0, 60_000, (40_000, 12))], axis=1, dtype=np.uint64))
    large = np.full(len(keys), len(noise.rows), dtype=np.int64)
    steps = noise.published(large, keys) - large
    row = p_table(noise.parameters).rows[-1]
    assert sorted(set(steps.tolist())) == sorted(row.noise)
    for step, share in zip(row.noise, row.probability.tolist(), strict=True):
        off = (share * (1 - share) / len(keys)) ** 0.5
        assert abs(np.count_nonzero(steps == step) / len(keys) - share) < 4 * off, step


def test_record_keys_are_uniform_and_of_their_owner_alone() -> None:
    owners = np.arange(1, 20_001)
    keys = SECRET.record_keys(owners)
    assert (SECRET.record_keys(owners[::-1]) == keys[::-1]).all()
    shares = np.sort(keys.astype(np.float64) / 2**64)
    assert np.abs(shares - (np.arange(len(shares)) + 0.5) / len(shares)).max() < 1.95 / len(shares) ** 0.5
    assert abs(np.corrcoef(keys.astype(np.float64), owners)[0, 1]) < 0.03
    other = Secret(Key("cube", 2, b"another secret")).record_keys(owners)
    assert not np.any(other == keys)


def test_the_same_set_has_the_same_noise_in_any_order_and_another_by_another_secret() -> None:
    owners = np.arange(1, 501)
    keys = SECRET.record_keys(owners)
    one, other = (np.add.reduce(each, dtype=np.uint64) for each in (keys, keys[::-1]))
    assert one == other
    counts = np.full(200, 500, dtype=np.int64)
    sums = np.array([np.add.reduce(keys[nth:], dtype=np.uint64) for nth in range(200)])
    again = noise_of("plain", Secret(Key("cube", 1, b"a secret of the tests")))
    assert (noise_of("plain", SECRET).published(counts, sums) == again.published(counts, sums)).all()
    different = noise_of("plain", Secret(Key("cube", 2, b"another secret"))).published(counts, sums)
    assert (noise_of("plain", SECRET).published(counts, sums) != different).any()


def series_of(keyring: Path) -> Series:
    key = open_keys(keyring, "cube").newest
    return Series(1, key.version, fingerprint(key), "", ())


def test_a_key_that_is_lost_older_or_copied_is_refused(tmp_path: Path) -> None:
    keyring = tmp_path / "keys.json"
    with_key(keyring, "cube")
    series = series_of(keyring)
    assert secret_of(keyring, series).fingerprint == series.fingerprint
    whole = json.loads(keyring.read_text())
    with pytest.raises(KeyLost, match="not the one with which"):  # the keyring was lost and made anew
        keyring.unlink()
        secret_of(with_made(keyring), series)
    keyring.write_text(json.dumps({**whole, "cube": {}}))
    with pytest.raises(KeyLost, match="does not have"):
        secret_of(keyring, series)
    keyring.unlink()
    with pytest.raises(KeyLost, match="does not have"):
        secret_of(keyring, series)


def with_made(keyring: Path) -> Path:
    open_keys(keyring, "audit")
    return keyring


def test_a_key_begins_one_series_of_a_home_and_no_other(tmp_path: Path) -> None:
    keyring, home, february = tmp_path / "keys.json", tmp_path / "home", date(2022, 2, 28)
    first = new_secret(keyring, home, None)
    assert first.version == 1
    assert new_secret(keyring, home, None) == first, "a build that failed has printed nothing"
    remember_printed(keyring, home, first, february)
    series = series_of(keyring)
    with pytest.raises(SeriesLost, match=r"up to 2022-02, and cube/ of this home has no record of them"):
        new_secret(keyring, home, None)
    second = new_secret(keyring, home, series)
    assert second.version == 2 and second.fingerprint != first.fingerprint
    assert new_secret(keyring, tmp_path / "another", None) == second
    assert open_keys(keyring, "cube").version(1), "what was made with it can still be read"


def test_a_rotated_key_begins_anew(tmp_path: Path) -> None:
    keyring, home = tmp_path / "keys.json", tmp_path / "home"
    remember_printed(keyring, home, new_secret(keyring, home, None), date(2022, 2, 28))
    series = series_of(keyring)
    assert not is_rotated(keyring, series)
    assert rotate(keyring, "cube").version == 2
    assert is_rotated(keyring, series)
    assert new_secret(keyring, home, series).version == 2
    assert new_secret(keyring, home, None).version == 2, "the record of the first may be gone"


def test_an_older_keyring_makes_a_key_that_none_had(tmp_path: Path) -> None:
    """It has the first key alone, without a note of it; the second has printed, and is lost."""
    keyring, home = tmp_path / "keys.json", tmp_path / "home"
    new_secret(keyring, home, None)
    older = keyring.read_text()
    second = Secret(rotate(keyring, "cube"))
    given_up = replace(series_of(keyring), key_version=2)
    keyring.write_text(older)
    third = new_secret(keyring, home, given_up)
    assert third.version == 3 and third.fingerprint != second.fingerprint


def test_a_home_that_was_put_back_prints_no_month_twice(tmp_path: Path) -> None:
    keyring, home = tmp_path / "keys.json", tmp_path / "home"
    secret = new_secret(keyring, home, None)
    for month in (1, 2):
        remember_printed(keyring, home, secret, date(2022, month, 28))
        require_memory(keyring, home, secret, date(2022, month, 28))
    require_memory(keyring, home, secret, date(2022, 3, 31))  # it ended before it could write that down
    with pytest.raises(SeriesLost, match=r"up to 2022-02, and cube/ of this home ends with 2022-01"):
        require_memory(keyring, home, secret, date(2022, 1, 31))


def test_an_earlier_keyring_gets_its_cube_key_when_it_is_first_used(tmp_path: Path) -> None:
    keyring = tmp_path / "keys.json"
    open_keys(keyring, "audit")
    told = json.loads(keyring.read_text())
    del told["cube"]
    keyring.write_text(json.dumps(told))
    assert open_keys(keyring, "cube").versions == ()
    assert with_key(keyring, "cube") == with_key(keyring, "cube")
    assert json.loads(keyring.read_text())["audit"] == told["audit"]
