"""Dataport: governed statistics for registration data. ``dataport.open()`` is the way in."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.2.0"
__all__ = ["declared", "open", "__version__"]


def __getattr__(name: str) -> Any:
    # The package root is imported by every floor, so it may import none of them: its names are found on demand.
    if name in ("declared", "open"):
        return getattr(import_module("dataport.api"), name)
    raise AttributeError(f"module 'dataport' has no attribute {name!r}")
