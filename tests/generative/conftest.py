"""How much is generated: little and always the same in the ordinary run, much and ever new in the long one."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

pytest.register_assert_rewrite("agreement")

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

# Shrinking a failure of a whole world takes minutes: the long run does it, the ordinary one only says that it failed.
settings.register_profile(
    "ordinary",
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=_SLOW,
)
settings.register_profile("long", max_examples=3000, deadline=None, suppress_health_check=_SLOW)
# For each of hundreds of mutants: few examples, and the same.
settings.register_profile("short", parent=settings.get_profile("ordinary"), max_examples=8)
_LONG = os.environ.get("DATAPORT_LONG") == "1"
settings.load_profile(os.environ.get("DATAPORT_GENERATED", "long" if _LONG else "ordinary"))
