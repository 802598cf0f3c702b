"""Types of a file of one's own: what is asked of it is exact in what it is made of, or refused when it is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from dataport.errors import BadDefinition
from soundness.owned import events, flow, indicator, model, opened

TOTAL = indicator("total", flow("sum"))


def test_a_table_that_is_not_there_is_told_when_the_file_is_opened(tmp_path: Path) -> None:
    with pytest.raises(BadDefinition, match=r"model.yml:2: the file has no table 't'\. .*it has events"):
        opened(tmp_path, events("1").replace("table t", "table events"), model(TOTAL))
