"""Definitions that are refused: what is added to the model of the library, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import yaml

_ALL = yaml.safe_load((Path(__file__).parent / "wrong.yml").read_text(encoding="utf-8"))

# What is wrong, the YAML that is added, the message.
WRONG: tuple[tuple[str, str, str], ...] = tuple((one["wrong"], one["adds"], one["says"]) for one in _ALL)
