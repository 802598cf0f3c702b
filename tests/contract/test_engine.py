"""The seam of the engine: one package alone knows which it is, and what it does not do exactly is not asked of it.

The engine of these tests carries nothing out: it writes down what it was given and answers with made-up numbers.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from figures import KENYA, WIDE, Desk, world
from golden.cases import CASES
from owned import fact, indicator, level, model, opened
from sqlglot import exp

from dataport.disclosure import release
from dataport.engine import EngineFailed, Figures, NotExact, lower, plan, seal
from dataport.engine.exact import Exact, need_of
from dataport.engines.duckdb import DuckDB
from dataport.errors import DataportError
from dataport.semantic import DateRange, Request

PACKAGE = Path(__file__).resolve().parents[2] / "dataport"
# What builds and opens the files of a home, and what reads landed Parquet on the way in.
KNOW_DUCKDB = ("engines/duckdb/", "warehouse/", "extract/comparison.py", "extract/continuity.py")


class Paper:
    """An engine that writes down what it is given."""

    name = "Paper"

    def __init__(self, *exactly: Exact) -> None:
        self.exactly = frozenset(exactly)
        self.ran: list[tuple[str, dict[str, Any]]] = []
        self.is_open = True

    def render(self, tree: exp.Query) -> str:
        return tree.sql(dialect="spark")

    def run(self, tree: exp.Query, parameters: Any) -> pa.Table:
        self.ran.append((self.render(tree), dict(parameters)))
        while any(isinstance(one, exp.Star) for one in tree.selects):
            tree = tree.args["from_"].this.this
        return pa.table({name: [7] for name in tree.named_selects})

    def stream(self, tree: exp.Query, parameters: Any, rows: int) -> pa.RecordBatchReader:
        return self.run(tree, parameters).to_reader()

    def close(self) -> None:
        self.is_open = False


DESK = Desk(world())


def _figures(engine: Paper) -> Figures:
    return Figures(engine, 1, DESK.figures.horizon)


def test_a_question_is_answered_by_whatever_engine_there_is() -> None:
    scoped = DESK.scoped(Request(("active_individuals",), where=("sex = 'F'",)), KENYA)
    paper = Paper()
    answer = release(_figures(paper).run(seal(lower(plan(scoped)), scoped)), scoped, {})
    assert answer.data.to_pylist() == [{"active_individuals": 7}]
    ((text, parameters),) = paper.ran
    assert "KEN-CO" not in text and {"F", "KEN-CO"} <= set(parameters.values())


def test_it_says_itself_since_when_it_is_known() -> None:
    paper = Paper()
    assert Figures(paper, 1).horizon.start == 7  # as much as paper knows of instants
    assert "history_start" in paper.ran[0][0]


_WITHOUT = f"""
import sys
sys.modules["duckdb"] = sys.modules["dataport.engines"] = sys.modules["dataport.warehouse"] = None
sys.path[:0] = [{str(PACKAGE.parent)!r}]
import dataport.engine, dataport.disclosure, dataport.engine.records, dataport.engine.fetching, dataport.engine.own_file
"""


def test_nothing_up_to_the_release_needs_duckdb_to_be_there() -> None:
    done = subprocess.run([sys.executable, "-c", _WITHOUT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def _names_duckdb(path: Path) -> bool:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import(names) if any(one.name.split(".")[0] == "duckdb" for one in names):
                return True
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] == "duckdb":
                return True
            case ast.Constant("duckdb"):
                return True
    return False


def test_no_other_module_names_the_engine_or_its_dialect() -> None:
    named = {str(path.relative_to(PACKAGE)) for path in PACKAGE.rglob("*.py") if _names_duckdb(path)}
    assert {one for one in named if not one.startswith(KNOW_DUCKDB)} == set()
    assert "engines/duckdb/engine.py" in named


NUMBERS = model(
    fact(axes="{d: d}"),
    level("s"),
    indicator("middle", "flow: {fact: f, axis: d, aggregate: median, column: x}")
    + indicator("middle_of_prices", "flow: {fact: f, axis: d, aggregate: median, column: price}")
    + indicator("total", "flow: {fact: f, axis: d, aggregate: sum, column: x}")
    + indicator("paid", "flow: {fact: f, axis: d, aggregate: sum, column: price}")
    + indicator("n", "flow: {fact: f, axis: d}"),
)
ROWS = """create table t as select * from (values (1, 'a', date '2024-01-05', 1.5::double, 2.25::decimal(38, 9)))
    as v(id, s, d, x, price)"""
WEEKS = {"period": "2024-01-01..2024-01-14", "grain": "week"}
LONG = tuple(f"s{n}" for n in range(60))
ASKED: dict[Exact, tuple[str, dict[str, Any]]] = {
    Exact.QUANTILES: ("middle", {}),
    Exact.QUANTILES_OF_DECIMALS: ("middle_of_prices", {}),
    Exact.SUMS_OF_FRACTIONS: ("total", {}),
    Exact.SUMS_OF_DECIMALS: ("paid", {}),
    Exact.FINITE_NUMBERS: ("total", {}),
    Exact.WEEKS: ("n", WEEKS),
    Exact.LIST_PARAMETERS: ("n", {"where": [f"s in {LONG}"]}),
}


@pytest.mark.parametrize("missing", ASKED)
def test_what_is_not_done_exactly_is_refused_before_it_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: Exact
) -> None:
    port = opened(tmp_path, ROWS, NUMBERS)
    asked, words = ASKED[missing]
    words = {"period": "2024-01-01..2024-03-31", **words}
    assert port.ask(asked, **words).to_dicts()
    monkeypatch.setattr(DuckDB, "exactly", frozenset(Exact) - {missing})
    ran: list[exp.Expr] = []
    plain = DuckDB.run
    monkeypatch.setattr(DuckDB, "run", lambda self, tree, given: ran.append(tree) or plain(self, tree, given))
    with pytest.raises(NotExact) as refusal:
        port.ask(asked, **words)
    assert str(refusal.value).startswith(f"This needs {missing.value}, which DuckDB does not do exactly")
    assert refusal.value.exit_code == 2
    assert not [tree for tree in ran if any(need_of(node) is missing for node in tree.walk())]
    assert port.ask("n", period="2024-01-01..2024-03-31").to_dicts() == [{"n": 1}], "what does without is answered"


def test_the_text_that_would_be_run_is_not_told_where_it_would_not_be() -> None:
    words = {"period": DateRange(date(2022, 1, 3), date(2022, 2, 6)), "grain": "week"}
    scoped = DESK.scoped(Request(("active_individuals",), **words))
    statement = seal(lower(plan(scoped)), scoped)
    assert "SELECT" in _figures(Paper(*Exact)).told(statement)
    with pytest.raises(NotExact, match="periods of a week"):
        _figures(Paper(*(frozenset(Exact) - {Exact.WEEKS}))).told(statement)


def test_one_tree_is_the_same_text_each_time() -> None:
    """It is rendered where it is run, and so as often as it is."""
    for request, who in CASES.values():
        scoped = DESK.scoped(request, who)
        for query in seal(lower(plan(scoped)), scoped).queries:
            assert DESK.figures.engine.render(query.tree) == DESK.figures.engine.render(query.tree)


def test_whatever_has_no_name_of_its_own_in_sql_is_declared() -> None:
    """A function that only one engine has stands under a need, so that no engine is asked for it unawares."""
    trees = [query.tree for case in CASES.values() for query in _queries(*case)]
    for tree in trees:
        for node in tree.find_all(exp.Anonymous):
            around = [node, *node.walk(), *_above(node)]
            assert any(need_of(one) for one in around), node.sql()


def _queries(request: Request, who: Any) -> Any:
    scoped = DESK.scoped(request, who)
    return seal(lower(plan(scoped)), scoped).queries


def _above(node: exp.Expr) -> Any:
    while node.parent is not None:
        node = node.parent
        yield node


def test_a_failure_of_the_engine_is_told_in_words_of_ours() -> None:
    figures = Desk(world()).figures
    figures.engine.connection.execute("drop table fct_population")
    scoped = DESK.scoped(Request(("active_individuals",)), WIDE)
    with pytest.raises(DataportError, match="does not hold what these definitions read"):
        figures.run(seal(lower(plan(scoped, rollups=False)), scoped))


@pytest.mark.parametrize(
    ("late", "told"),
    [
        ("CAST('Amina' || i AS INTEGER)", "not what its column says"),
        ("error('Amina is no number')", "InvalidInputException"),
    ],
)
def test_what_stops_a_stream_among_its_rows_is_told_without_the_words_of_the_engine(late: str, told: str) -> None:
    """By then there is no statement any more whose failure could be caught: it comes out of the reader."""
    tree = sqlglot.parse_one(f"SELECT CASE WHEN i = 90000 THEN {late} ELSE i END AS x FROM range(100000) AS t(i)")
    with duckdb.connect() as connection:
        reader = DuckDB(connection).stream(tree, {}, 1000)
        with pytest.raises(EngineFailed) as failure:
            reader.read_all()
    assert "Amina" not in str(failure.value) and told in str(failure.value)
