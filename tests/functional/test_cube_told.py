"""What is told of protected statistics: by every format alike, by an audit of them, and without any other file."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import forked
import pytest

from dataport.ask import ask, catalog_for, explain_request, open_house
from dataport.disclosure.protected.mapping import NotProtected
from dataport.errors import DataportError
from dataport.house import House
from dataport.semantic import Request
from dataport.visit import Asker

from .conftest import Lived

pytestmark = pytest.mark.xdist_group("homes")

EXCEL = Asker("excel.hq@example.org", "tests")
BY = ("active_individuals", "--by", "country_of_asylum", "--class", "statistics")


@pytest.fixture(scope="module")
def home(sqlite_home: Lived) -> Path:
    return sqlite_home.settings.home


def told(*words: str, home: Path) -> bytes:
    done = forked.run(*words, "--home", str(home))
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_every_format_tells_the_same_cells_and_says_protected_once(home: Path) -> None:
    answer = json.loads(told("ask", *BY, "--format", "json", home=home))
    values = {row[0]: row[1] for row in answer["rows"]}
    withheld = {answer["rows"][one["row"]][0] for one in answer["status"] if one["code"] == "withheld"}
    assert withheld == {name for name, value in values.items() if value is None} and 0 < len(withheld) < len(values)
    rows = list(csv.DictReader(io.StringIO(told("ask", *BY, "--format", "csv", home=home).decode())))
    assert len(rows) == len(values)
    for row in rows:
        value = values[row["country_of_asylum"]]
        assert row["active_individuals"] == ("" if value is None else str(value))
        assert ("active_individuals=withheld" in row["status"]) == (value is None)
    shown = told("ask", *BY, "--labels", "code", home=home).decode()
    assert len(re.findall(r"\bprotected:", shown)) == 1
    lines = {line.split()[0]: line.split()[-1] for line in shown.splitlines() if len(line.split()) == 3}
    for name, value in values.items():
        assert lines[name].rstrip("†") == (":" if value is None else f"{value:,}"), name


def test_an_audit_is_a_record_and_one_page_that_needs_nothing_else(home: Path, tmp_path: Path) -> None:
    page = tmp_path / "audit.html"
    found = json.loads(told("cube", "audit", "--format", "json", "--page", str(page), home=home))
    assert found["passed"] is True and found["months"] >= 1
    for one in found["attackers"]:
        assert {"name", "measured", "limit", "passed"} <= set(one)
        assert one["passed"] is (one["measured"] <= one["limit"]), one["name"]
    assert {"slivers", "means against counts", "insider", "refusals and work done"} <= {
        one["name"] for one in found["attackers"]
    }
    text = page.read_text()
    assert "<svg" in text and "anonymous" not in text.lower()
    assert not re.search(r"""(src|href)\s*=\s*["']?(?!#|data:)|@import|url\((?!["']?(#|data:))""", text)
    assert all(one["name"] in text for one in found["attackers"])


@pytest.fixture
def without_figures(sqlite_home: Lived) -> Iterator[House]:
    """A home of which the figures and the records are away."""
    published = open_house(sqlite_home.settings).published()
    away = [(path, path.with_name(f"{path.name}.away")) for path in (published.figures, published.records)]
    for path, other in away:
        path.rename(other)
    try:
        yield open_house(sqlite_home.settings)
    finally:
        for path, other in away:
            other.rename(path)


def test_everything_of_that_class_is_answered_and_refused_without_the_figures(without_figures: House) -> None:
    house = without_figures
    for request in (
        Request(("active_individuals", "share_of_children"), ("country_of_asylum",), grain="month"),
        Request(("average_age",)),
        Request(("active_individuals",), ("sex",), compare=date(2021, 12, 31)),
    ):
        assert ask(request, EXCEL, house).data.num_rows
        assert explain_request(request, EXCEL, house)
    assert "active_individuals" in catalog_for(EXCEL, house).public_indicators()
    for refused in (Request(("median_age",)), Request(("active_individuals",), ("location", "sex", "age_group"))):
        with pytest.raises(NotProtected):
            ask(refused, EXCEL, house)
    with pytest.raises(DataportError):  # and whoever reads them misses them
        ask(Request(("active_individuals",)), Asker("statistician.hq@example.org", "tests"), house)
