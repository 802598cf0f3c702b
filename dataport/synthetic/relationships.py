"""relate: the name of each member's relationship to the focal point, from sexes and the real difference in age."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

SPOUSE = 1
PARENT_GAP = 15.0  # a parent is at least so many years older
_GRANDPARENT_GAP = 45.0

# (female, male); the codes of the registration system
_CODES = ("PA", "U", "WIF", "HUS", "DAU", "SON", "SBF", "SBM", "PRF", "PRM", "ANT", "UNC", "GCF", "GCM", "NCE", "NEP",
          "COF", "COM", "NRF", "NRM", "FCF", "FCM", "ORF", "ORM")  # fmt: skip
CODE = np.array(_CODES, dtype=object)
_AT = {code: position for position, code in enumerate(_CODES)}
OTHER_SEX = {a: b for pair in zip(_CODES[2::2], _CODES[3::2], strict=True) for a, b in (pair, pair[::-1])}


def relate(
    gap: npt.NDArray[np.float64],
    is_female: npt.NDArray[np.bool_],
    age: npt.NDArray[np.float64],
    is_spouse: npt.NDArray[np.bool_],
    elder_rank: npt.NDArray[np.int64],
    draw: npt.NDArray[np.float64],
) -> npt.NDArray[np.int64]:
    """Positions in `CODE` for members other than the focal point.

    Args:
        gap: the focal point's age less the member's, in years.
        elder_rank: among the members of one group and sex who could be the focal point's parents, from 0: only one is.
        draw: a uniform number per member, for what age does not decide.
    """
    female = np.select(
        [
            is_spouse,
            (gap >= _GRANDPARENT_GAP) & (age < 18) & (draw < 0.7),
            (gap >= PARENT_GAP) & (draw < 0.93),
            (gap >= PARENT_GAP) & (draw < 0.97),
            gap >= PARENT_GAP,
            (gap <= -PARENT_GAP) & (elder_rank == 0),
            gap <= -PARENT_GAP,
            draw < 0.70,
            draw < 0.85,
            draw < 0.95,
        ],
        [_AT[code] for code in ("WIF", "GCF", "DAU", "NCE", "FCF", "PRF", "ANT", "SBF", "COF", "NRF")],
        _AT["ORF"],
    )
    return np.where(is_female, female, female + 1)


def elder_ranks(
    group: npt.NDArray[np.int64], gap: npt.NDArray[np.float64], is_female: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    """Rank from 0 of each member old enough to be the focal point's parent, within group and sex; -1 for the others."""
    rank = np.full(len(group), -1, dtype=np.int64)
    elders = np.flatnonzero(gap <= -PARENT_GAP)
    key = group[elders] * 2 + is_female[elders]
    order = np.argsort(key, kind="stable")
    starts = np.concatenate([[True], np.diff(key[order]) != 0]) if len(order) else np.zeros(0, dtype=bool)
    index = np.arange(len(order))
    rank[elders[order]] = index - np.maximum.accumulate(np.where(starts, index, 0))
    return rank


def relationship(focal_point: dict[str, Any], member: dict[str, Any], is_spouse: bool, draw: float) -> str:
    """The code of one member's relationship, from two rows with `individual_id`, `sex_code` and `birth_date`.

    "To be defined" where the member's sex is unknown, for the codes tell it; other blood relation where an age is.
    """
    if focal_point["individual_id"] == member["individual_id"]:
        return "PA"
    if member["sex_code"] not in ("F", "M"):
        return "U"
    if focal_point["birth_date"] is None or member["birth_date"] is None:
        return "ORF" if member["sex_code"] == "F" else "ORM"
    gap = (member["birth_date"] - focal_point["birth_date"]).days / 365.25
    code = relate(
        np.array([gap]),
        np.array([member["sex_code"] == "F"]),
        np.array([18.0]),
        np.array([is_spouse]),
        np.array([0]),
        np.array([draw]),
    )
    return str(CODE[code[0]])
