"""The report of an audit: one file that needs nothing else, and no word that promises what nobody can."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dataport.attackers.audit import GUARANTEED, NOT_GUARANTEED, Report
from dataport.attackers.utility import Points, Utility
from dataport.attackers.verdict import Verdict
from dataport.cli import cube_audit
from dataport.cli.main import main
from dataport.render.audit_page import audit_page
from dataport.render.audit_text import as_record, opening


def _report(measured: float) -> Report:
    points = Points(np.array([12.0, 140.0]), np.array([2.0, 5.0]), np.array([False, True]), ((1, 9, 0), (10, 4, 2)))
    utility = Utility({1: 0.995, 2: 0.8}, {1: 0.021, 2: 0.04}, 0.7, 0.5, 0.02, 0.05, (("<b>KEN", 0.4),), points)
    verdict = Verdict("slivers", measured, None, 40, 0.0, "pairs of <i>numbers", "none is harmless")
    told = tuple(one.format(persons=10, groups=5, plain=5, sensitive=10) for one in GUARANTEED)
    return Report((verdict,), utility, told, NOT_GUARANTEED, 2)


def test_the_page_needs_nothing_else_and_runs_nothing() -> None:
    page = audit_page(_report(0), "Protected statistics")
    assert not any(one in page for one in ("http://", "https://", "<script", "src=", "@import"))
    assert page.count("<svg") == 2 and "<circle" in page and "<rect" in page
    assert "tell a trait as Other alone: 2.1 % with one trait, 4.0 % with two." in page
    assert "&lt;b&gt;KEN" in page and "<i>numbers" not in page
    assert "anonym" not in (page + str(as_record(_report(0)))).lower()


def test_a_broken_limit_is_said_first_and_to_programs() -> None:
    assert opening(_report(0)) == "None of 1 attacks on 2 months of statistics got further than its limit."
    assert opening(_report(3)) == "1 of 1 attacks on 2 months of statistics got through: slivers."
    told = as_record(_report(3))
    assert told["passed"] is False
    assert {"name", "measured", "limit", "passed"} <= set(told["attackers"][0])
    assert [one["reached"] for one in told["utility"]] == [True, False, True, True, True, False]


@pytest.mark.parametrize("measured", [0, 3])
def test_on_a_terminal_it_says_what_is_guaranteed_and_what_came_out(
    measured: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cube_audit, "audit_statistics", lambda settings, tell: _report(measured))
    monkeypatch.setattr("sys.argv", ["dataport", "cube", "audit", "--home", str(tmp_path)])
    code: object = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code or 0
    shown = capsys.readouterr().out
    assert code == (1 if measured else 0)
    assert shown.startswith(opening(_report(measured))[:40]) and "Guaranteed" in shown and "slivers" in shown
    assert "anonym" not in shown.lower() and max(map(len, shown.splitlines())) <= 80
