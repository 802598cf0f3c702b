"""What a run has to make: in a refresh, the models that something new reaches, and none that would come out the same.

dbt takes a fixed time for each model and each test, whether or not there is anything to do; on a quiet day that was all
the time a refresh took. What depends on what is dbt's own graph, as its last full reading of the project wrote it down.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Of which build these are, and up to when: in every run.
_ALWAYS = ("source_watermark", "build", "records_build")


@dataclass(frozen=True, slots=True)
class News:
    """What a run brings that the last one did not know.

    Attributes:
        tables: landed tables with a row.
        has_new_day: whether a midnight has passed for a source: at none but those does the calendar change anything.
        has_new_links: whether other records are joined.
    """

    tables: frozenset[str]
    has_new_day: bool
    has_new_links: bool


def models_to_make(manifest: Path, news: News) -> tuple[str, ...]:
    """The names of the models, snapshots and seeds to make; none where all of them are.

    Args:
        manifest: dbt's own, of the last run, which must have been of the same project.
    """
    try:
        graph: Mapping[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))
        children: Mapping[str, list[str]] = graph["child_map"]
        parents: Mapping[str, list[str]] = graph["parent_map"]
        made = {name: node for name, node in graph["nodes"].items() if node["resource_type"] != "test"}
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    starts = [f"source.dataport.landing.{table}" for table in news.tables]
    if news.has_new_links:
        starts.append("source.dataport.run.run_link")
    reached = _reached(starts, children)
    if news.has_new_day:
        # staging asks of the sources only which came first, and that has not changed
        dated = [name for name in children["source.dataport.run.run_source"] if not _is_staging(made.get(name))]
        reached |= {*dated, *_reached(dated, children)}
    always = [name for name, node in made.items() if node["name"] in _ALWAYS]
    names = {made[name]["name"] for name in (*reached, *always, *_views_above(reached, parents, made)) if name in made}
    return tuple(sorted(names)) if len(names) < len(made) else ()


def _views_above(reached: Iterable[str], parents: Mapping[str, list[str]], made: Mapping[str, Any]) -> set[str]:
    """The views that those which are reached, and their tests, read.

    A view names the landed files of the run that made it. Since then these may have been put together with others, or
    the whole home may have been moved.
    """
    found: set[str] = set()
    waiting = list(reached)
    while waiting:
        for name in parents.get(waiting.pop(), ()):
            if name not in found and name in made and made[name]["config"]["materialized"] == "view":
                found.add(name)
                waiting.append(name)
    return found


def _reached(starts: Iterable[str], children: Mapping[str, list[str]]) -> set[str]:
    found: set[str] = set()
    waiting = list(starts)
    while waiting:
        for name in children.get(waiting.pop(), ()):
            if name not in found:
                found.add(name)
                waiting.append(name)
    return found


def _is_staging(node: Mapping[str, Any] | None) -> bool:
    return node is not None and node["name"].startswith("stg_")
