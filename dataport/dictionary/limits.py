"""Limits: thresholds are policy, kept in seeds with a reason each."""

from __future__ import annotations

from dataport.dictionary.seeds import read_seed


def disclosure_limit(name: str) -> int:
    """A limit of what may be told, by its name, such as ``onward_release_minimum``."""
    return _limit("disclosure_limit", name)


def extract_limit(name: str) -> int:
    """A limit of what an extract takes without a word, by its name, such as ``removed_percent``."""
    return _limit("extract_limit", name)


def _limit(seed: str, name: str) -> int:
    return next(int(row["value"]) for row in read_seed(seed) if row["limit_name"] == name)
