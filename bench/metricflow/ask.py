"""What `bench.beside_metricflow` runs in MetricFlow's own environment: compile and run its questions, tell as JSON."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

MODELS = Path(__file__).with_name("models.yml")
COMPILED, RUN = 15, 7


class Client:
    """What MetricFlow asks of a connection when it only compiles."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


def answers(figures: str, asked: dict[str, dict[str, list[str]]]) -> dict[str, dict[str, Any]]:
    """Milliseconds to compile and to run, and the rows, of each question."""
    manifest = parse_manifest_from_dbt_generated_manifest(_manifest())
    engine, found = MetricFlowEngine(SemanticManifestLookup(manifest), Client()), {}
    connection = duckdb.connect()
    connection.execute(f"attach '{figures}' as f (read_only)")
    (now,) = connection.execute("select watermark from f.build").fetchone()
    at = f"where valid_from < timestamp '{now}' and valid_to >= timestamp '{now}'"
    for view, table in (("population", "fct_population"), ("grp", "fct_group"), ("need", "fct_specific_need")):
        connection.execute(f"create view {view} as select *, date '2021-12-31' as as_of from f.{table} {at}")
    connection.execute(f"create view ctry as select * from f.dim_country {at}")
    for name, words in asked.items():
        request = MetricFlowQueryRequest.create(metric_names=words["metrics"], group_by_names=words["by"])
        spent = [_timed(lambda r=request: engine.explain(r)) for _ in range(COMPILED)]
        sql = engine.explain(request).sql_statement.sql.replace('"rival"."main".', "")
        run = min(_timed(lambda s=sql: connection.sql(s).fetchall()) for _ in range(RUN))
        rows = [list(row) for row in connection.sql(sql).fetchall()]
        found[name] = {"compile": statistics.median(spent), "run": run, "rows": rows}
    return found


def _manifest() -> str:
    """The semantic manifest of the models, by ``dbt parse`` in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder) / "models"
        models.mkdir()
        (models / "models.yml").write_text(MODELS.read_text())
        for name in ("population", "grp", "need", "ctry", "spine"):
            (models / f"{name}.sql").write_text("select 1 as x")
        (Path(folder) / "dbt_project.yml").write_text("name: rival\nversion: '1.0'\nprofile: rival\n")
        target = "{type: duckdb, path: rival.duckdb, schema: main}"
        (Path(folder) / "profiles.yml").write_text(f"rival:\n  target: dev\n  outputs:\n    dev: {target}\n")
        dbt = Path(sys.executable).parent / "dbt"
        subprocess.run([dbt, "parse", "--profiles-dir", "."], cwd=folder, check=True, capture_output=True)
        return (Path(folder) / "target" / "semantic_manifest.json").read_text()


def _timed(work: Any) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    print(json.dumps(answers(sys.argv[1], json.load(sys.stdin)), default=str))
