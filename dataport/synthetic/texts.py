"""Text columns made a column at a time, without a loop over rows: numbers, identifiers and invented names."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

# Crockford's base 32: no letter that is taken for a digit or for another letter.
_LETTERS = np.frombuffer(b"0123456789abcdefghjkmnpqrstvwxyz", dtype=np.uint8)
_ID_SHIFTS = np.arange(60, -1, -5, dtype=np.uint64)


def digits(numbers: Ints, width: int) -> Bytes:
    """Numbers as ASCII digits with leading zeros: one row per number, `width` columns."""
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return (numbers[:, None] // powers % 10 + ord("0")).astype(np.uint8)


def joined(count: int, *parts: str | Bytes) -> pa.StringArray:
    """Strings of one length: constant texts and columns of characters, side by side."""
    columns = [
        np.broadcast_to(np.frombuffer(part.encode("ascii"), dtype=np.uint8), (count, len(part)))
        if isinstance(part, str)
        else part
        for part in parts
    ]
    characters = np.ascontiguousarray(np.concatenate(columns, axis=1))
    offsets = np.arange(count + 1, dtype=np.int32) * characters.shape[1]
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(characters))


def unique_ids(seed: int, kind: int, operation: int, numbers: Ints) -> pa.StringArray:
    """Identifiers of 13 letters and digits, all different within one seed, in no order that tells anything.

    They are short because a register holds hundreds of millions of them, each kept several times.

    Args:
        kind: the kind of record, 0 to 99.
        operation: the onboarding order of its operation, 0 to 999.
        numbers: the record's number within kind and operation, below 10**12.
    """
    key = numbers.astype(np.uint64) + np.uint64((kind * 1000 + operation) * 10**12)
    scrambled = _scramble(key ^ _scramble(np.array([seed], dtype=np.uint64)))
    letters = _LETTERS[((scrambled[:, None] >> _ID_SHIFTS) & np.uint64(31)).astype(np.int64)]
    return joined(len(numbers), letters)


def random_id(random: np.random.Generator) -> str:
    """Where to begin among identifiers that are in no order: those after it are a random sample."""
    return bytes(_LETTERS[random.integers(0, 32, 13)]).decode()


def _scramble(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """A bijection of 64-bit numbers (the finaliser of splitmix64), so different keys stay different."""
    with np.errstate(over="ignore"):
        values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return values ^ (values >> np.uint64(31))


def chosen(
    values: Sequence[str | None], positions: npt.NDArray[np.integer], missing: Flags | None = None
) -> pa.StringArray:
    """`values` at the positions; NULL where missing."""
    dictionary = pa.array(values, type=pa.string())
    return dictionary.take(pa.array(positions, mask=missing))


def dates(days: Ints, missing: Flags | None = None) -> pa.Array:
    """Dates from days since 1970-01-01; NULL where missing."""
    return pa.array(days.astype(np.int32), type=pa.int32(), mask=missing).cast(pa.date32())


def moments(days: Ints, seconds: Ints) -> pa.Array:
    """Timestamps from days since 1970-01-01 and seconds of the day."""
    return pa.array((days * 86_400 + seconds) * 1_000_000, type=pa.int64()).cast(pa.timestamp("us"))


@cache
def family_names() -> tuple[str, ...]:
    """Invented family names: syllables only, nobody's."""
    return _names(("Ba", "Do", "Fe", "Gu", "Hi", "Jo", "Ke", "Lu", "Mo", "Ne", "Pa", "Ri", "Su", "To", "Vi", "Ze"),
                  ("lan", "mer", "kit", "rus", "dov", "gel", "nab", "tor", "zim", "fu", "sha", "bek"),
                  ("adu", "eno", "ir", "os", "umi", "ath", "el", "onde", "ari", "ut"))  # fmt: skip


@cache
def given_names(is_female: bool) -> tuple[str, ...]:
    """Invented given names of one sex."""
    ends = ("ia", "ela", "ina", "ouna", "era", "ath") if is_female else ("o", "im", "ek", "ur", "as", "ond")
    return _names(
        ("Al", "Be", "Cho", "De", "Eb", "Fa", "Go", "Ha", "Ib", "Ju", "Ka", "Lo", "Ma", "Nu", "Os", "Pe", "Qa", "Ro"),
        ("l", "m", "n", "r", "s", "t", "v", "z", "d", "b", "k", "j"),
        ends,
    )


@cache
def town_names() -> tuple[str, ...]:
    """Invented towns of birth."""
    return _names(
        ("Ar", "Bel", "Cor", "Dun", "Ef", "Gar", "Hol"),
        ("a", "e", "i", "o", "u"),
        ("mbar", "ssin", "ldu", "rgat", "ntoro"),
    )


@cache
def address_lines() -> tuple[str, ...]:
    """Invented last lines of an address."""
    return tuple(f"Block {block}, shelter {shelter}" for block in range(1, 61) for shelter in range(1, 61))


def _names(*syllables: tuple[str, ...]) -> tuple[str, ...]:
    return tuple("".join(parts) for parts in product(*syllables))
