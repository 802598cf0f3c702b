"""The bench that holds answers against those of before: it says which question differs, and in what."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from bench.baseline.answers import _plain, compared, read, write
from bench.baseline.drawing import request_of
from dataport.semantic import DateRange


def line(rows: list[list[Any]], **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "columns": [["sex", "text", None, "level"], ["n", "integer", "persons", "indicator"]],
        "rows": rows,
    }
    total = {"levels": [], "rows": [[None, sum(row[1] for row in rows)]], "status": []}
    return {
        "question": {"indicators": ["n"], "by": ["sex"]},
        "answer": answer | {"status": [], "totals": [total]} | more,
    }


BEFORE = line([["F", 3], ["M", 2]])


def said(now: dict[str, Any]) -> list[str]:
    return [part.strip() for one in compared([BEFORE], [now]) for part in one.split("\n")[1:]]


def test_every_difference_is_told() -> None:
    assert not said(line([["F", 3], ["M", 2]]))
    assert said(line([["F", 4], ["M", 2]])) == [
        "rows 1, n: 3 before, 4 now",
        "total by everything 1, n: 5 before, 6 now",
    ]
    assert said(line([["F", 3.0], ["M", 2]])) == [
        "rows 1, n: 3 before, 3.0 now",
        "total by everything 1, n: 5 before, 5.0 now",
    ]
    assert said(line([["F", 3], ["M", 2]], totals=[])) == ["the total by everything is gone"]
    assert said(line([["F", 3], ["M", 2]], status=[[0, "n", "not_for_release"]])) == [
        "rows: status [] before, [[0, 'n', 'not_for_release']] now"
    ]
    assert "rows: 2 before, 1 now" in said(line([["F", 3]]))
    refused = {"question": BEFORE["question"], "refused": "Refused: no."}
    assert said(refused) == ["was answered", "is  Refused: no."]
    assert list(compared([BEFORE], [])) == ["indicators ['n'], by ['sex']\n    is not asked any more"]


def test_answers_are_kept_to_the_last_digit_and_as_the_same_bytes(tmp_path: Path) -> None:
    assert [_plain(one) for one in (Decimal("1.50"), 0.1 + 0.2, date(2022, 1, 1), 2**70)] == [
        "1.5", 0.3, "2022-01-01", 2**70
    ]  # fmt: skip
    for name in ("a", "b"):
        assert write([BEFORE, line([["F", 2**70]])], tmp_path / name) == 2
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert next(read(tmp_path / "a")) == BEFORE


def test_a_written_question_is_the_request_that_it_was() -> None:
    request = request_of(
        {"viewer": "v", "indicators": ["n"], "period": "2022-01-01..2022-01-31", "compare": "previous"}
    )
    assert (request.period, request.compare) == (DateRange(date(2022, 1, 1), date(2022, 1, 31)), "previous")
    moved = request_of({"viewer": "v", "indicators": ["n"], "between": ["2022-01-01", "2022-02-01"]})
    assert (moved.compare, moved.as_of) == (date(2022, 1, 1), date(2022, 2, 1))
