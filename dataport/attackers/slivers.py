"""Slivers: a published number less another that lies within it leaves a few persons, or a few families."""

from __future__ import annotations

from dataport.attackers.exact import violations
from dataport.attackers.register import Register
from dataport.attackers.verdict import Measured


def slivers(register: Register) -> Measured:
    """Everything that can be had by taking one published number from another, in one month or between two."""
    found = violations(register)
    tried = sum(int(table.is_published.sum()) for tables in register.seen.months for table in tables)
    times = sum(one.times for one in found)
    return Measured(times, None, tried, "published numbers, alone or by a difference, of too few persons or groups")
