"""What the scripts that measure other semantic layers share: the questions, our side, their SQL run, and the tables."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from bench.asking import compiled, timed
from dataport.dictionary import CodeLists
from dataport.engine import Figures
from dataport.engines.duckdb import published_figures
from dataport.semantic import DEFINITIONS, Catalog, Request, load_catalog

COMPILED, RUN, LIMIT = 15, 7, 60.0
# In words: our indicators and breakdowns. The last two are for what others are known to answer wrongly.
ASKED: dict[str, tuple[list[str], list[str]]] = {
    "a stock": (["active_individuals"], []),
    "a stock by country": (["active_individuals"], ["country_of_asylum"]),
    "a stock by bureau": (["active_individuals"], ["unhcr_bureau"]),
    "three shares by country": (
        ["share_of_women_and_girls", "share_of_children", "share_of_older_persons"],
        ["country_of_asylum"],
    ),
    "average group size by bureau": (["average_group_size"], ["unhcr_bureau"]),
    "persons and needs by bureau": (["active_individuals", "active_specific_needs"], ["unhcr_bureau"]),
    "persons, needs and groups by bureau": (
        ["active_individuals", "active_specific_needs", "active_groups"],
        ["unhcr_bureau"],
    ),
    "share of women by country": (["share_of_women_and_girls"], ["country_of_asylum"]),
    "persons and needs by sex": (["active_individuals", "active_specific_needs"], ["sex"]),
}
VIEWS = {"population": "fct_population", "grp": "fct_group", "need": "fct_specific_need", "ctry": "dim_country"}


def beside(layer: str, figures: Path, words: list[str], questions: dict[str, Any], traps: dict[str, Any]) -> None:
    """Print a table of the questions, and one of the traps: each the name of a question of ours, and their words."""
    asked = {name: (name, theirs) for name, theirs in questions.items()} | traps
    catalog, file = load_catalog(DEFINITIONS, CodeLists()), published_figures(figures, 1)
    with valid_rows(figures) as connection:
        theirs = _compilations(words, connection, {name: words for name, (_, words) in asked.items()})
        _print("question", "compile", layer, "run on the facts", "with the rollup", layer, "answers")
        for name in questions:
            one = _measured(name, catalog, file, connection, theirs[name])
            spent = [one[what] for what in ("compile", "theirs", "facts", "rollup", "run")]
            _print(name, *map(_milliseconds, spent), one["answers"])
        print()
        connection.execute("set memory_limit = '4GB'")
        _print("asked otherwise", "run on the facts", "with the rollup", layer, "answers")
        for name, (question, _) in traps.items():
            one = _measured(question, catalog, file, connection, theirs[name])
            _print(name, *(_milliseconds(one[what]) for what in ("facts", "rollup", "run")), one["answers"])
    file.close()


def _compilations(words: list[str], connection: duckdb.DuckDBPyConnection, asked: dict[str, Any]) -> dict[str, Any]:
    """Their milliseconds and SQL of each question, or why it is refused. To compile, they need tables without rows."""
    columns = {
        view: ", ".join(f"{name} {kind}" for name, kind, *_ in connection.execute(f"describe {view}").fetchall())
        for view in VIEWS
    }
    tables = {view: f"create table {view} ({those})" for view, those in columns.items()}
    given = json.dumps({"tables": tables, "asked": asked, "times": COMPILED})
    found: dict[str, Any] = json.loads(subprocess.run(words, input=given, text=True, check=True, stdout=-1).stdout)
    return found


@contextmanager
def valid_rows(figures: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with views of the rows that are valid at the end of the file, for those who have no as-of."""
    with tempfile.TemporaryDirectory() as spilled, duckdb.connect() as connection:
        connection.execute(f"set temp_directory = '{spilled}'")
        connection.execute(f"attach '{figures}' as f (read_only)")
        (now,) = connection.execute("select watermark from f.build").fetchall()[0]
        at = f"valid_from < timestamp '{now}' and valid_to >= timestamp '{now}'"
        for view, table in VIEWS.items():
            connection.execute(f"create view {view} as select * from f.{table} where {at}")
        yield connection


def _measured(
    question: str, catalog: Catalog, file: Figures, connection: duckdb.DuckDBPyConnection, theirs: dict[str, Any]
) -> dict[str, Any]:
    """A question of ours beside their statement, run in turn; theirs has no time where it gives no answer."""
    indicators, by = ASKED[question]
    request = Request(tuple(indicators), tuple(by))
    spent = [1000 * timed(lambda: compiled(request, catalog, file.horizon)) for _ in range(COMPILED)]
    facts, rollup = (compiled(request, catalog, file.horizon, rollups) for rollups in (False, True))
    rows = [list(row.values())[: len(by) + len(indicators)] for row in file.run(rollup).rows.data.to_pylist()]
    found, why = _within_limit(connection, theirs)
    works: dict[str, Callable[[], object]] = {"facts": lambda: file.run(facts), "rollup": lambda: file.run(rollup)}
    if not why:
        works["run"] = lambda: connection.sql(theirs["sql"]).fetchall()
    turns = [{what: 1000 * timed(work) for what, work in works.items()} for _ in range(RUN)]
    best = {what: min(turn[what] for turn in turns) for what in works}
    answers = why or compared(rows, found)
    both = {"compile": statistics.median(spent), "theirs": theirs.get("compile"), "answers": answers}
    return {"run": None} | best | both


def _within_limit(connection: duckdb.DuckDBPyConnection, theirs: dict[str, Any]) -> tuple[list[list[Any]], str]:
    """The rows of their statement, or why there are none."""
    if "refused" in theirs:
        return [], f"refused: {theirs['refused'].split('. ')[0]}"
    stop = threading.Timer(LIMIT, connection.interrupt)
    stop.start()
    try:
        return [list(row) for row in connection.sql(theirs["sql"]).fetchall()], ""
    except duckdb.InterruptException:
        return [], f"none within {LIMIT:.0f} s"
    except duckdb.OutOfMemoryException:
        return [], "none: out of memory"
    finally:
        stop.cancel()


def compared(mine: list[list[Any]], theirs: list[list[Any]]) -> str:
    """How two answers differ, in words."""
    ours, others = ({_shown(row[0]): row[1:] for row in map(_rounded, rows)} for rows in (mine, theirs))
    pairs = [(key, *pair) for key in ours | others for pair in _side_by_side(ours.get(key), others.get(key))]
    nobody = {key: row[0] for key, row in others.items() if key not in ours and all(map(_is_nothing, row))}
    zeros = [key for key, mine, theirs in pairs if mine == 0 and theirs is None]
    wrong = [pair for pair in pairs if pair[1] != pair[2] and pair[1:] != (0, None) and pair[0] not in nobody]
    said = []
    if wrong:
        examples = ", ".join(f"{key}: {_shown(theirs)} for {_shown(mine)}" for key, mine, theirs in wrong[:3])
        said.append(f"{len(wrong)} of {len(pairs)} numbers differ there ({examples})")
    if zeros:
        said.append(f"no number for {len(zeros)} zeros there")
    if nobody:
        said.append(f"rows of nobody there ({', '.join(f'{key}: {_shown(one)}' for key, one in nobody.items())})")
    return ("different: " if wrong else "equal, but " if said else "equal") + "; ".join(said)


def _side_by_side(mine: list[Any] | None, theirs: list[Any] | None) -> Iterator[tuple[Any, Any]]:
    """The numbers of a row beside those of the other's."""
    width = len(mine or theirs or [])
    return zip(mine or ["no row"] * width, theirs or ["no row"] * width, strict=True)


def _is_nothing(one: Any) -> bool:
    return one in (None, 0) or (isinstance(one, float) and math.isnan(one))


def _shown(one: Any) -> str:
    return "null" if one is None else str(one)


def _rounded(row: list[Any]) -> list[Any]:
    """A row with a key first, and quotients to nine digits."""
    keyed = row if len(row) > 1 else ["", *row]
    return [round(one, 9) if isinstance(one, float) and not math.isnan(one) else one for one in keyed]


def _milliseconds(spent: float | None) -> str:
    return "" if spent is None else f"{spent:.1f} ms"


def _print(*cells: str) -> None:
    """A row of a table, and the rule below its head."""
    print("| " + " | ".join(cells) + " |", flush=True)
    if cells[-1] == "answers":
        print("|---" * len(cells) + "|")
