"""Dataport: governed statistics for registration data. ``dataport.open()`` is the way in."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["open", "__version__"]


def __getattr__(name: str) -> Any:
    # The package root is imported by every floor, so it may import none of them: the one name is found on demand.
    if name == "open":
        return import_module("dataport.api").open
    raise AttributeError(f"module 'dataport' has no attribute {name!r}")
