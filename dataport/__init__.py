"""Dataport: governed statistics for registration data. ``dataport.open()`` is the way in."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.2.0"
__all__ = ["Answer", "Change", "Port", "QualityView", "declared", "open", "__version__"]


def __getattr__(name: str) -> Any:
    # The package root is imported by every floor, so it may import none of them: its names are found on demand.
    # Their types stand in __init__.pyi.
    if name in __all__:
        return getattr(import_module("dataport.api"), name)
    raise AttributeError(f"module 'dataport' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
