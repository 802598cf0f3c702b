"""Render the reference of the definition language: ``python -m defining.render`` in the tests folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

from dataport.semantic import DEFINITIONS
from defining.examples import EXAMPLES, Example
from defining.library import MODEL, TABLES
from defining.wrong import WRONG

PAGE = Path(__file__).parents[2] / "docs" / "define.md"
SCHEMA = json.loads((DEFINITIONS.parent / "definitions.schema.json").read_text(encoding="utf-8"))

_NOTICE = "<!-- Rendered from the schema and tests/defining: change them there, then `python -m defining.render`. -->"
_BEGINS = """\
Definitions are YAML files in one folder. They say which tables of a DuckDB file hold what (`facts`, `dimensions`), by
what it can be broken down (`levels`), and which numbers there are (`indicators`); `code_lists` give members names.
Everything is held against the file when it is opened, so that what cannot be kept is refused at once, with file and
line.

Begin a file with this line, and an editor completes and checks what is typed:

```yaml
# yaml-language-server: $schema=…/dataport/semantic/definitions/definitions.schema.json
```

`dataport check --definitions DIR --database FILE` tells all that the file has otherwise. Each example below is run by
the tests. They all ask the file of a library, with what they show added to its model:
"""
_PARTS = {
    "fact": ("facts", "A table of things that are counted. At any instant one row at most is of one unit."),
    "dimension": ("dimensions", "A table that describes members, one row for each key."),
    "level": ("levels", "Something an answer can be broken down or filtered by."),
    "indicator": ("indicators", "A number with a name. It has exactly one of the kinds `stock`, `flow`, `cumulative`, "
                  "`period_average`, `ratio`, `derived`, `score`, `share`, `change` and `conversion`."),
    "rollup": ("rollups", "A fact counted already, as dated steps: it answers what it exactly can, and nothing else."),
    "policy": ("policies", "Who may see what, beside the permissions of accounts."),
    "movement": ("movements", "Causes at which rows begin and end, by the names that movements have."),
    "record": ("records", "Kinds of records that may be opened one by one."),
    "rule": ("rules", "What counts where the data say two things at once, in words."),
    "kpi": ("kpis", "Measures of how good records are. Each is a level of whom it fails (`k05`), two counts "
            "(`kpi_k05_failing`, `kpi_k05_judged`) and their quotient (`kpi_k05`)."),
}  # fmt: skip
# what only a home has is shown as the definitions of registration data have it
_KEPT = {
    "rollup": ("model.yml", "rollups", "population_steps"),
    "policy": ("policies.yml", "policies", "jobs_read_no_answers"),
    "movement": ("movements.yml", "movements", "moved"),
    "record": ("records.yml", "records", "membership"),
    "rule": ("rules.yml", "rules", "open_memberships"),
    "kpi": ("kpis.yml", "kpis", "k05"),
}


def page() -> str:
    """The whole page."""
    lines = [_NOTICE, "", "# The definition language", "", _BEGINS]
    lines += ["```yaml", *MODEL.splitlines(), "```", ""]
    for name, text in TABLES.items():
        lines += [f"`{name}`:", "", *_table(text, typed=True), ""]
    for part, (section, says) in _PARTS.items():
        lines += [f"## `{section}`", "", says, "", *_reference(part), ""]
        for example in EXAMPLES:
            if example.part == part:
                lines += _example(example)
        if part in _KEPT:
            lines += _kept(*_KEPT[part])
    lines += [
        "## What is refused",
        "",
        "Each of these is added to the model of the library in a file `example.yml`.",
        "",
    ]
    for name, _, message in WRONG:
        lines += [f"* {name.capitalize()}: `{message}`" if "`" not in message else f"* {name.capitalize()}: {message}"]
    return "\n".join(lines).rstrip() + "\n"


def _reference(part: str) -> Iterator[str]:
    form = SCHEMA["$defs"][part]
    yield from ("| key | is | |", "|---|---|---|")
    for key, value in form["properties"].items():
        needed = ", needed" if key in form.get("required", ()) else ""
        yield f"| `{key}` | {_kind(value)}{needed} | {_within(value)} |"


def _kind(value: dict[str, Any]) -> str:
    if "enum" in value:
        return " or ".join(f"`{one}`" for one in value["enum"])
    if "anyOf" in value:
        return " or ".join(dict.fromkeys(_kind(one) for one in value["anyOf"]))
    return {"object": "entries", "array": "list", "string": "text", "integer": "whole number"}.get(
        value.get("type", ""), value.get("type", "text")
    )


def _within(value: dict[str, Any]) -> str:
    """What a key means, and the keys below it."""
    below = value.get("properties", {})
    said = [value.get("description", "")]
    if below:
        needed = value.get("required", [])
        said.append(", ".join(f"`{key}`" if key in needed else f"`{key}` (optional)" for key in below))
    return "; ".join(one for one in said if one)


def _example(example: Example) -> Iterator[str]:
    yield from (example.says, "")
    if example.adds:
        yield from ("```yaml", *dedent(example.adds).strip().splitlines(), "```", "")
    asked = ", ".join(f'"{one}"' for one in example.ask)
    words = "".join(f", {key}={json.dumps(value)}" for key, value in example.words.items())
    yield from ("```python", f"port.ask({asked if len(example.ask) == 1 else f'[{asked}]'}{words})", "```", "")
    if example.refused:
        yield from (f"> {example.refused}", "")
        return
    yield from (*_table(example.answer), "")


def _kept(file: str, section: str, name: str) -> Iterator[str]:
    """One entry of the definitions that come with the project, as it is written there."""
    lines = (DEFINITIONS / file).read_text(encoding="utf-8").splitlines()
    begins = lines.index(next(one for one in lines[lines.index(f"{section}:") :] if one.startswith(f"  {name}:")))
    ends = next(
        (at for at, one in enumerate(lines[begins + 1 :], begins + 1) if one and not one.startswith("   ")), None
    )
    yield from ("As the definitions of registration data have it:", "", "```yaml", f"{section}:")
    yield from (*lines[begins : ends or len(lines)], "```", "")


def _table(text: str, *, typed: bool = False) -> Iterator[str]:
    for number, line in enumerate(text.strip().splitlines()):
        cells = [cell.strip() for cell in line.split("|")]
        if number == 0:
            names = [cell.split(" ", 1) for cell in cells]
            yield "| " + " | ".join(f"{one[0]} *{one[1]}*" if typed else one[0] for one in names) + " |"
            yield "|" + "---|" * len(cells)
        else:
            yield "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
