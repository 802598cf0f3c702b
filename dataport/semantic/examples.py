"""examples: a question for each indicator with its answer, from a fixed world of invented people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dataport.semantic.load import DEFINITIONS

EXAMPLES = "examples.json"


@dataclass(frozen=True, slots=True)
class Example:
    """A question as it is typed, and its answer.

    Attributes:
        of: of which invented people it is the answer.
    """

    command: str
    of: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def example_of(name: str, folder: Path = DEFINITIONS) -> Example | None:
    """The example of an indicator; None where there is none, as of an input that is not asked for by itself."""
    kept = _kept(folder)
    told = kept["examples"].get(name)
    return told and Example(told["command"], kept["of"], tuple(told["columns"]), tuple(map(tuple, told["rows"])))


@cache
def _kept(folder: Path) -> dict[str, Any]:
    path = folder / EXAMPLES
    found: dict[str, Any] = (
        json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"examples": {}, "of": ""}
    )
    return found
