"""What a run of dbt says of its time: models and tests may be under way at once, and no second counts twice."""

from typing import Any

import pytest

from dataport.warehouse.dbt import _outcome


def node(kind: str, begun: int, ended: int, status: str = "success") -> dict[str, Any]:
    at = "2026-11-30T20:00:{:02}.500000Z"
    timing = [
        {"name": "compile", "started_at": at.format(begun), "completed_at": at.format(begun)},
        {"name": "execute", "started_at": at.format(begun), "completed_at": at.format(ended)},
    ]
    return {"unique_id": f"{kind}.dataport.{begun}_{ended}", "timing": timing, "status": status, "failures": 0}


def test_one_after_the_other() -> None:
    told = _outcome([node("model", 0, 10), node("test", 10, 14, "pass"), node("model", 15, 20)], 25)
    assert (told.models_seconds, told.tests_seconds, told.dbt_seconds, told.passed) == (15, 4, 6, 1)


def test_two_at_once() -> None:
    nodes = [node("model", 0, 10), node("test", 4, 12, "pass"), node("model", 8, 9), node("test", 11, 16, "pass")]
    told = _outcome(nodes, 20)
    assert (told.models_seconds, told.tests_seconds, told.dbt_seconds) == (10, 6, 4)


def test_what_was_not_begun_takes_no_time() -> None:
    skipped = {"unique_id": "model.dataport.skipped", "timing": [], "status": "skipped", "failures": None}
    told = _outcome([node("model", 3, 5), skipped], 6)
    assert (told.models_seconds, told.dbt_seconds) == (pytest.approx(2), pytest.approx(4))
