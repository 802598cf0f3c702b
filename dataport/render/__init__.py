"""What an answer looks like in forms that every outlet shares: across, as a workbook, as a chart, as a page.

A form is imported when somebody wants it: a question that is answered on the terminal waits for none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dataport.errors import WrongRequest

# Form: its module, and the extra that brings what it needs where that is not installed always.
_FORMS: dict[str, tuple[str, str | None]] = {
    "chart": ("chart", None),
    "frame": ("frame", "pandas"),
    "page": ("page", None),
    "parquet": ("parquet", None),
    "picture": ("picture", None),
    "pivot": ("pivot", None),
    "plot": ("plot", "plot"),
    "workbook": ("workbook", None),
}


class NotInstalled(WrongRequest):
    """A library that a form needs and that only some installations have."""

    code = "not_installed"


def form(name: str) -> Any:
    """The module of a form.

    Raises:
        NotInstalled: with what to install.
    """
    module, extra = _FORMS[name]
    try:
        return import_module(f"dataport.render.{module}")
    except ModuleNotFoundError as missing:
        if (missing.name or "").startswith("dataport"):
            raise
        what = f"dataport[{extra}]" if extra else missing.name
        raise NotInstalled(f"This needs {missing.name}, which is not installed: `pip install '{what}'`.") from None


__all__ = ["NotInstalled", "form"]
