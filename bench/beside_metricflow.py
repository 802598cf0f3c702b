"""python -m bench.beside_metricflow FIGURES PYTHON: the same questions asked of MetricFlow, over the same file.

PYTHON is an interpreter of an environment of its own with ``metricflow`` (0.213) and ``dbt-duckdb``. Both compile each
question many times when warm and run it several times; the answers are compared. MetricFlow gets views of the rows
that are valid at the date asked, for it has no as-of.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.asking import compiled, timed
from bench.beside import ASKED, COMPILED, RUN, compared
from dataport.dictionary import CodeLists
from dataport.engines.duckdb import published_figures
from dataport.semantic import DEFINITIONS, Request, load_catalog

THEIRS = Path(__file__).parent / "metricflow" / "ask.py"
# In words: MetricFlow's metrics and group-bys of a question of ours.
QUESTIONS: dict[str, tuple[list[str], list[str]]] = {
    "a stock": (["active"], []),
    "a stock by country": (["active"], ["individual__asylum"]),
    "a stock by bureau": (["active"], ["country__bureau"]),
    "three shares by country": (["share_women", "share_children", "share_older"], ["individual__asylum"]),
    "average group size by bureau": (["group_size"], ["country__bureau"]),
    "persons and needs by bureau": (["active", "active_needs"], ["country__bureau"]),
    "persons, needs and groups by bureau": (["active", "active_needs", "active_groups"], ["country__bureau"]),
}


def main(figures: Path, python: str) -> None:
    """Print a table of both."""
    asked = {name: {"metrics": metrics, "by": by} for name, (metrics, by) in QUESTIONS.items()}
    words = [python, str(THEIRS), str(figures)]
    theirs = json.loads(subprocess.run(words, input=json.dumps(asked), text=True, check=True, stdout=-1).stdout)
    ours = _ours(figures)
    heads = ("question", "compile", "MetricFlow", "run on the facts", "with the rollup", "MetricFlow", "answers")
    print("| " + " | ".join(heads) + " |\n" + "|---" * len(heads) + "|")
    for name in QUESTIONS:
        mine, other = ours[name], theirs[name]
        cells = [mine["compile"], other["compile"], mine["facts"], mine["rollup"], other["run"]]
        times = " | ".join(f"{cell:.1f} ms" for cell in cells)
        print(f"| {name} | {times} | {compared(mine['rows'], other['rows'])} |")


def _ours(figures: Path) -> dict[str, dict[str, Any]]:
    catalog, file, found = load_catalog(DEFINITIONS, CodeLists()), published_figures(figures, 1), {}
    for name in QUESTIONS:
        indicators, by = ASKED[name]
        request = Request(tuple(indicators), tuple(by))
        spent = [1000 * timed(lambda r=request: compiled(r, catalog, file.horizon)) for _ in range(COMPILED)]  # type: ignore[misc]
        run = {}
        for rollups in (False, True):
            statement = compiled(request, catalog, file.horizon, rollups)
            run[rollups] = min(1000 * timed(lambda s=statement: file.run(s)) for _ in range(RUN))  # type: ignore[misc]
        table = file.run(statement).rows.data
        rows = [list(row.values())[: len(by) + len(indicators)] for row in table.to_pylist()]
        found[name] = {"compile": statistics.median(spent), "facts": run[False], "rollup": run[True], "rows": rows}
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
