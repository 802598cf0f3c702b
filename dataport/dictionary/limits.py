"""Limits: thresholds are policy, kept in seeds with a reason each."""

from __future__ import annotations

from functools import cache

from dataport.dictionary.seeds import read_seed


def disclosure_limit(name: str) -> int:
    """A limit of what may be told, by its name, such as ``onward_release_minimum``."""
    return _limit("disclosure_limit", name)


def extract_limit(name: str) -> int:
    """A limit of what an extract takes without a word, by its name, such as ``removed_percent``."""
    return _limit("extract_limit", name)


def look_limit(name: str) -> int:
    """How many looks of a kind one account may take in a day before somebody is told, such as ``cases_a_day``."""
    return _limit("look_limit", name)


def retention_limit(name: str) -> int:
    """For how many days something is kept, such as ``looks_days``; at least, ``looks_least_days``."""
    return _limit("retention_limit", name)


@cache
def _limit(seed: str, name: str) -> int:
    return next(int(row["value"]) for row in read_seed(seed) if row["limit_name"] == name)
