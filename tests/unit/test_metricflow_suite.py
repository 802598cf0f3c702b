"""The bench that asks MetricFlow's suite: what it translates means the same, and a wrong number is noticed as one."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import yaml

from bench.metricflow_suite.conditions import condition
from bench.metricflow_suite.judging import differences, expected_rows
from bench.metricflow_suite.manifests import NotExpressible
from bench.metricflow_suite.periods import stretches, widened
from bench.metricflow_suite.queries import cases
from bench.metricflow_suite.repository import CASES, MANIFESTS, TABLES, Missing, located
from bench.metricflow_suite.running import outcomes
from bench.metricflow_suite.tables import loaded

TYPES = {"lux": "boolean", "country": "text", "size": "integer", "day": "date"}


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ('"lux"', "lux = true"),
        ('NOT "lux"', "lux = false"),
        ('NOT "lux" OR "lux" IS NULL', "(lux = false or lux is unknown)"),
        ('"lux" IS NOT NULL', "not lux is unknown"),
        ("\"country\" != 'us'", "(country != 'us' and not country is unknown)"),
        ("\"country\" NOT IN ('us', 'c''d')", "(not country in ('us', 'c''d') and not country is unknown)"),
        ('NOT ("size" >= 4 AND "lux")', "(size < 4 or lux = false)"),
        ("CAST(\"day\" AS TIMESTAMP) < CAST('2020-01-02' AS TIMESTAMP)", "day < '2020-01-02'"),
    ],
)
def test_a_filter_is_true_of_the_same_rows(sql: str, said: str) -> None:
    assert condition(sql, lambda name: (name, TYPES[name])) == said


def test_what_a_condition_cannot_say_is_not_said() -> None:
    for sql in ("\"day\" >= '2020-01-02 10:00:00'", 'lower("country") = "x"', '"size" > "size"'):
        with pytest.raises(NotExpressible):
            condition(sql, lambda name: (name, TYPES[name]))


def test_a_constraint_is_widened_to_whole_periods_and_asked_in_stretches() -> None:
    asked = (date(2020, 1, 15), date(2020, 2, 15))
    assert widened(asked, "month") == (date(2020, 1, 1), date(2020, 2, 29))
    assert widened(asked, "week") == (date(2020, 1, 13), date(2020, 2, 16))
    assert stretches((date(2020, 1, 1), date(2020, 1, 5)), "day", 2) == [
        (date(2020, 1, 1), date(2020, 1, 2)),
        (date(2020, 1, 3), date(2020, 1, 4)),
        (date(2020, 1, 5), date(2020, 1, 5)),
    ]


def test_answers_are_the_same_to_the_last_digit_and_under_the_same_keys() -> None:
    theirs = [("a", 3, 0.1 + 0.2), (None, None, 1.0)]
    assert not differences(theirs, [(None, None, 1), ("a", 3, 0.3)], 1, False)
    assert differences(theirs, [(None, None, 1), ("a", 3, 0.3)], 1, True) == ["another order"]
    assert differences([("a", 2**63)], [("a", 2**63 - 1)], 1, False)
    assert differences([("a", None)], [("a", 0)], 1, False) == ["(a): (0), expected (null)"]
    assert differences([("a", 1)], [], 1, False) == ["(a): no row, expected (1)"]
    assert differences([("a", 1), ("a", 2)], [("a", 1)], 1, False)
    assert expected_rows(["N", "d"], [(1, datetime(2020, 1, 1))], ["d", "n"]) == [(date(2020, 1, 1), 1)]


def _case(name: str, check: str, **asked: object) -> str:
    body = {"name": name, "model": "SIMPLE_MODEL", "metrics": ["sold"], "check_query": check, **asked}
    return yaml.safe_dump({"integration_test": body})


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A suite of this test's own, in the shape of MetricFlow's."""
    source = {
        "name": "sales", "node_relation": {"alias": "sales"}, "defaults": {"agg_time_dimension": "day"},
        "primary_entity": "sale", "measures": [{"name": "sold", "agg": "sum", "expr": "1", "create_metric": True}],
        "dimensions": [
            {"name": "day", "type": "time", "type_params": {"time_granularity": "day"}},
            {"name": "shop", "type": "categorical"},
        ],
    }  # fmt: skip
    mean = {"name": "share", "type": "derived", "type_params": {"expr": "sold", "metrics": [{"name": "sold"}]}}
    mean["type_params"]["metrics"][0]["offset_window"] = "1 day"  # type: ignore[index]
    tables = {
        "sales": ({"day": "TIME", "shop": "STRING"}, [["2020-01-01", "a"], ["2020-03-01", None]]),
        "mf_time_spine": ({"ds": "TIME", "alien_day": "TIME"}, [["2020-01-01", "2020-01-01"]]),
    }
    by_month = "select date_trunc('month', day) as metric_time__month, count(*) as sold from main.sales group by 1"
    texts = {
        f"{MANIFESTS}/simple_manifest/all.yaml": "\n---\n".join(
            yaml.safe_dump(one) for one in ({"semantic_model": source}, {"metric": mean})
        ),
        f"{CASES}/itest_own.yaml": "\n---\n".join(
            [
                _case("right", "select shop as sale__shop, count(*) as sold from {{ source_schema }}.sales group by 1",
                      group_bys=["sale__shop"]),
                _case("months", by_month, group_bys=["metric_time__month"]),
                _case("wrong", "select 3 as sold"),
                _case("offset", "select 1 as share", metrics=["share"]),
            ]
        ),
    }  # fmt: skip
    for name, (types, rows) in tables.items():
        columns = [{"name": column, "type": kind} for column, kind in types.items()]
        body = {"table_name": name, "column_definitions": columns, "rows": rows}
        texts[f"{TABLES}/{name}.yaml"] = yaml.safe_dump({"table_snapshot": body})
    for path, text in texts.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    return tmp_path


def test_each_case_comes_to_one_verdict(suite: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    root, folder = located(suite, suite), tmp_path_factory.mktemp("asked")
    assert len(cases(root)) == 4
    found = outcomes(root, loaded(root, folder / "suite.duckdb"), folder, "all", None)
    assert {one.name: one.verdict for one in found} == {
        "right": "right",
        "months": "right",
        "wrong": "wrong",
        "offset": "not expressible",
    }
    assert "expected (3)" in found[2].reason


def test_a_suite_that_is_not_there_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="git clone"):
        located(tmp_path, tmp_path)
