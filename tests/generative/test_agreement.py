"""Random worlds, random requests, random viewers: the engine says what the oracle says."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from agreement import agree
from figures import Desk
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from dataport.disclosure import SafeTable
from dataport.engine import algebra, plan
from dataport.engine.scan import Scan
from dataport.semantic import Request
from dataport.semantic.condition import Compare
from dataport.semantic.model import Level
from generative.strategies import extended_catalog, requests, viewers, worlds

# those of a change are seen in test_change.py
_NODES = {*algebra.Node.__args__, *algebra.AddedColumn.__args__} - {*algebra.Movements.__args__}
NODES = [one.__name__ for one in _NODES if isinstance(one, type)]
TIMES = [one.__name__ for one in algebra.Time.__args__]
CONDITIONS = ["AllOf", "AnyOf", "Not", "OneOf", "Between", "IsUnknown", "=", "!=", "<", "<=", ">", ">="]
BREAKDOWNS = ["none", "of the fact", "through one", "through two", "text", "boolean", "integer", "date", "two", "three"]
BREAKDOWNS += ["bands"]
GRAINS = ["day", "week", "month", "quarter", "year"]
WORDS = ["totals", "top", "order", "compare", "descending", "as-was", "as of", "period", "several indicators", "having"]
WORDS += ["other", "subtotals", "as-was trend"]
FUNCTIONS = ["count", "count_distinct", "sum", "quantile"]
COLUMNS = [one.__name__ for one in algebra.Column.__args__]
ARITHMETIC = ["Of", "Constant", "Days", "Plus", "Minus", "Times", "Over"]
OUTCOMES = ["answered", "refused", "no row", "unknown member", "outside_history", "not_for_release", "ordinary number"]


def test_the_engine_agrees_with_the_oracle() -> None:
    """Rows, order, status and totals; and everything there is was tried."""
    desk, tried = Desk(definitions=extended_catalog()), Counter[str]()

    def agreeing(data: st.DataObject) -> None:
        what = data.draw(worlds(), "world")
        desk.show(what)
        for _ in range(3):
            request, who = data.draw(requests(what, desk.catalog), "request"), data.draw(viewers(), "viewer")
            answer = agree(desk, what, request, who)
            tried.update(_tried(desk, request, answer))
            if answer is not None:
                tried.update(_planned(desk, request, who))

    everything = [
        *NODES,
        *COLUMNS,
        *ARITHMETIC,
        *TIMES,
        *FUNCTIONS,
        *desk.catalog.rollups,
        *CONDITIONS,
        *BREAKDOWNS,
        *GRAINS,
        *WORDS,
        *OUTCOMES,
        "Everything",
        "Within",
        "list",
    ]
    many, missing = settings.default.max_examples, everything
    # what is rare comes in further, short rounds: in which one changes with every line of the strategies
    is_short = many < 50
    for number in range(1 if is_short else 17):
        some = settings(max_examples=many if number else 4 * many)
        some(seed(number)(given(st.data())(agreeing)))()
        missing = [one for one in everything if not tried[one]]
        if not missing:
            break
    # of the few examples that are tried on each mutant nothing of the kind is asked
    assert not missing or is_short, f"never generated: {missing}"


def _planned(desk: Desk, request: Request, who: Any) -> set[str]:
    """Names of every node, time, condition and scope in the plan."""
    found = set()
    for one in _parts(plan(desk.scoped(request, who))):
        found.add(one.operator if isinstance(one, Compare) else type(one).__name__)
        if type(one).__name__ == "OneOf" and len(one.values) > 50:
            found.add("list")
        if isinstance(one, algebra.Aggregate):
            found.add(one.function)
        if isinstance(one, Scan) and one.rollup:
            found.add(one.rollup.name)
    return found


def _parts(whole: Any) -> Iterator[Any]:
    if isinstance(whole, tuple):
        for part in whole:
            yield from _parts(part)
    elif is_dataclass(whole):
        yield whole
        for field in fields(whole):
            yield from _parts(getattr(whole, field.name))


def _tried(desk: Desk, request: Request, answer: SafeTable | None) -> Iterator[str]:
    levels = [desk.catalog.levels[name] for name in request.by]
    yield from (one for level in levels for one in (level.type, _reached(level, desk)))
    yield {0: "none", 2: "two", 3: "three"}.get(len(levels), "one")
    yield request.grain or ("as of" if request.as_of else "period" if request.period else "no date")
    yield request.geography
    yield from (
        word
        for word, said in zip(WORDS[:4], (request.totals, request.top, request.order, request.compare), strict=True)
        if said
    )
    yield from (word for word, said in (("other", request.other), ("subtotals", request.subtotals)) if said)
    yield "as-was trend" if request.geography == "as-was" and request.grain else "no such trend"
    yield from ("descending" for term in request.order if term.descending)
    yield "having" if any(name in text for name in request.indicators for text in request.where) else "no having"
    yield "several indicators" if len(set(request.indicators)) > 1 else "one indicator"
    yield from _outcomes(answer)


def _reached(level: Level, desk: Desk) -> str:
    if level.bands:
        return "bands"
    if level.via is None:
        return "of the fact"
    return "through two" if desk.catalog.levels[level.via.base].via else "through one"


def _outcomes(answer: SafeTable | None) -> Iterator[str]:
    if answer is None:
        yield "refused"
        return
    yield "answered"
    yield from (one.code for one in answer.status)
    if answer.data.num_rows == 0:
        yield "no row"
    if any(answer.data.column(one.name).null_count for one in answer.columns if one.role == "level"):
        yield "unknown member"
    marked = {(one.row, one.column) for one in answer.status}
    for one in answer.columns:
        if one.role == "indicator":
            numbers = enumerate(answer.data.column(one.name).to_pylist())
            yield from ("ordinary number" for row, value in numbers if value and (row, one.name) not in marked)


def test_the_oracle_knows_neither_engine_nor_database() -> None:
    """What checks the engine must not be made of it."""
    for path in (Path(__file__).parents[1] / "oracle").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert not name.startswith(("duckdb", "sqlglot", "dataport.engine", "figures")), f"{path.name}: {name}"
