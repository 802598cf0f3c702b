"""What stopped a build, in one line: which model, which column, and what mends it. Never with data.

dbt's messages stay in the log, for an engine's message may quote a row. What is taken out of them are names of columns
and what a contract says of them: words of the project, in places where nothing else can stand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_NAME = r"[A-Za-z_][A-Za-z0-9_]{0,62}"
# A row of the table in which dbt says what of a contract does not hold.
_CONTRACT = re.compile(
    rf"^\|\s*({_NAME})\s*\|[^|]*\|[^|]*\|\s*(missing in contract|missing in definition|data type mismatch)"
)
_UNKNOWN = (
    re.compile(rf'Referenced column "({_NAME})" not found'),
    re.compile(rf'does not have a column named "({_NAME})"'),
    re.compile(rf'Ambiguous reference to column name "({_NAME})"'),
)
# What dbt says where it could not read its project: the kind of node, its name, its file.
_PROJECT = re.compile(rf"(?:Compilation|Parsing|Database) Error in (\w+) ({_NAME}) \(([\w./-]+)\)")
_YAML = re.compile(r"Error reading \w+: ([\w./-]+\.yml)")
_MENDS: Mapping[str, str] = {
    "missing in contract": "add it to the contract, with its type, or leave it out of the model",
    "missing in definition": "select it in the model, or leave it out of the contract",
    "data type mismatch": "cast it in the model, or give the contract its type",
}


def reason(outcome: list[dict[str, Any]], log: Path, target: Path) -> str:
    """The first line that a failed build prints; `dataport check` names the same faults before a build."""
    nodes = _nodes(target)
    what = [*_failed(outcome, nodes), *_broken(outcome, nodes)] or [_unread(log)]
    return (
        f"The build stopped: {'; '.join(what)}. The published version stays as it was. "
        f"Details are in {log.parent.name}/{log.name} of the warehouse folder."
    )


def name_of(node: Mapping[str, Any]) -> str:
    """``test.dataport.grain_fct_group.0a1b2c`` and ``model.dataport.fct_group`` by their third part."""
    return str(node["unique_id"]).split(".")[2]


def _nodes(target: Path) -> Mapping[str, Any]:
    """What dbt knows of each node; nothing where it came to none."""
    try:
        found: Mapping[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    except (OSError, ValueError, KeyError):
        return {}
    return found


def _failed(outcome: list[dict[str, Any]], nodes: Mapping[str, Any]) -> Iterator[str]:
    """Data tests that found something, with the model and the column that they are about."""
    for one in outcome:
        if one["status"] == "fail":
            told = nodes.get(one["unique_id"], {})
            model = str(told.get("attached_node") or "").rpartition(".")[2]
            about = f", of model {model}" if model else ""
            about += f", column {told['column_name']}" if told.get("column_name") else ""
            if str(told.get("original_file_path") or "").startswith("models/keys/"):
                about += ": `dataport repair` gives the keys again, from the landing"
            yield f"test {name_of(one)} ({one['failures']} rows){about}"


def _broken(outcome: list[dict[str, Any]], nodes: Mapping[str, Any]) -> Iterator[str]:
    for one in outcome:
        if one["status"] != "error":
            continue
        told, message = nodes.get(one["unique_id"], {}), str(one.get("message") or "")
        kind, path = str(one["unique_id"]).partition(".")[0], told.get("original_file_path")
        contract = str(told.get("patch_path") or "").partition("://")[2]
        said = f"{kind} {name_of(one)}" + (f" ({path})" if path else "")
        yield said + "".join(f", {what}" for what in _columns(message, contract))


def _columns(message: str, contract: str) -> list[str]:
    """Which columns an error is about, and what mends it."""
    lines = (_CONTRACT.match(line.strip()) for line in message.splitlines())
    found = [(line[1], line[2]) for line in lines if line]
    where = f" ({contract})" if contract else ""
    told = [f"column {column}: {problem}{where}: {_MENDS[problem]}" for column, problem in found]
    for pattern in _UNKNOWN:
        told += [f"column {column}: no table that it reads has it: select it there first, or mend its name"
                 for column in pattern.findall(message)]  # fmt: skip
    return list(dict.fromkeys(told))


def _unread(log: Path) -> str:
    """Where dbt did not come to any node: which file of the project it could not read."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    if found := _PROJECT.search(text):
        return f"{found[1]} {found[2]} ({found[3]}) is wrong. `dataport check` says more"
    if named := _YAML.search(text):
        return f"{named[1]} is wrong. `dataport check` says more"
    return "dbt did not start or found its project wrong. `dataport check` says more"
