"""Disclosure limits: thresholds are policy, kept in a seed with a reason each."""

from __future__ import annotations

from dataport.dictionary.seeds import read_seed


def disclosure_limit(name: str) -> int:
    """A limit by its name, such as ``onward_release_minimum``."""
    return next(int(row["value"]) for row in read_seed("disclosure_limit") if row["limit_name"] == name)
