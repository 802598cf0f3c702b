"""docs/notebook.ipynb: its cells run, and give what stands below them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from .conftest import Lived

pytestmark = [
    pytest.mark.xdist_group("homes"),
    # the kernel's own libraries, on their way out of older ways
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning", "ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
PAGE = Path(__file__).resolve().parents[2] / "docs" / "notebook.ipynb"


def told(notebook: Any) -> list[tuple[str, list[str]]]:
    """Each cell of code with what it gave; other tests may have published this home again since."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [(cell.source, [_text(one) for one in cell.outputs]) for cell in cells]


def _text(output: Any) -> str:
    data = output.get("data") or {}
    text = data.get("text/html") or data.get("text/plain") or output.get("text") or repr(output)
    return re.sub(r"data version \d+", "data version 3", text)


def test_the_notebook_gives_what_it_shows(sqlite_home: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If what differs is meant: ``DATAPORT_NOTEBOOK=write`` writes it down."""
    monkeypatch.setenv("DATAPORT_HOME", str(sqlite_home.settings.home))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shown = nbformat.read(PAGE, as_version=4)
    run = nbformat.from_dict(shown)
    NotebookClient(run, timeout=300, kernel_name="python3", record_timing=False).execute()
    if os.environ.get("DATAPORT_NOTEBOOK") == "write":
        run.metadata.pop("language_info", None)
        nbformat.write(run, PAGE)
    assert told(run) == told(shown)
    assert sum(bool(outputs) for _, outputs in told(shown)) > 10
