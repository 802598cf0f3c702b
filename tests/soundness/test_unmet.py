"""What a filter names and nobody has: by `!=`, or in a list, the number of everybody answers for a misspelt one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from owned import HALF_YEAR, fact, indicator, level, model, opened

from dataport.api import Port

_SQL = """create type colour as enum ('red', 'green', 'blue');
create table kinds as from (values ('k1', 'tool'), ('k2', 'toy'), ('k3', 'odd')) v(kind, family);
create table t as from (values
    (1, 'a', 'red'::colour, 'k1', date '2024-01-05'), (2, 'a', 'green', 'k1', date '2024-03-05'),
    (3, 'b', 'blue', 'k2', date '2024-01-05'), (4, 'b', null, null, date '2024-01-05')) v(id, s, colour, kind, d)"""
_YAML = model(
    fact(axes="{d: d}"),
    level("s") + level("colour", "on: {f: colour}") + level("kind", "on: {f: kind}")
    + level("family", "via: {base: kind, dimension: kinds, column: family}"),
    indicator("n", "flow: {fact: f, axis: d}"),
) + "dimensions:\n  kinds: {table: kinds, key: kind, public: true, reason: Things}\n"  # fmt: skip


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Port:
    return opened(tmp_path_factory.mktemp("unmet"), _SQL, _YAML)


def _said(port: Port, where: str, **words: Any) -> list[str]:
    return [one for one in port.ask("n", where=[where], **(words or HALF_YEAR)).meta["limits"] if "on any day" in one]


@pytest.mark.parametrize(
    ("where", "missing"),
    [
        ("colour != 'Red'", "colour in ('Red')"),
        ("not colour = 'Red'", "colour in ('Red')"),
        ("colour in ('red', 'Green', 'x')", "colour in ('Green', 'x')"),
        ("colour not in ('Green')", "colour in ('Green')"),
        ("s = 'a' or colour = 'grene'", "colour in ('grene')"),
        ("family != 'tools'", "family in ('tools')"),
        ("kind != 'k4'", "kind in ('k4')"),
        ("colour != ''", "colour in ('')"),
        ("colour not in ('u', 'v', 'w', 'x', 'y', 'z')", "colour in ('u', 'v', 'w', 'x', 'y') (and 1 more)"),
    ],
)
def test_a_text_that_nothing_has_is_named(port: Port, where: str, missing: str) -> None:
    assert _said(port, where) == [f"nothing in scope has {missing}, on any day"]


@pytest.mark.parametrize(
    "where",
    [
        "colour != 'red'",
        "colour not in ('red', 'blue')",
        "family != 'toy' or s = 'a'",
        # a dimension describes it, though nothing is of it
        "kind not in ('k1', 'k3')",
        "colour is not unknown",
        # there is no row of it in the answer, and the answer says so
        "colour = 'Red'",
        # of another day
        "not colour = 'green'",
    ],
)
def test_a_text_that_something_has_is_not_spoken_of(port: Port, where: str) -> None:
    assert _said(port, where, period="2024-01-01..2024-01-31") == []


def test_what_others_have_is_not_told(tmp_path: Path) -> None:
    """Whether a member is there is asked of the viewer's own rows."""
    narrow = opened(tmp_path, _SQL, _YAML, units=["a"])
    assert _said(narrow, "colour != 'blue'") == ["nothing in scope has colour in ('blue'), on any day"]
    assert _said(narrow, "colour != 'red'") == []
