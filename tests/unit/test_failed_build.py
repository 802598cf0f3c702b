"""The first line of a failed build names model, column and what mends it, and nothing that could be data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dataport.warehouse.failed_build import reason

CONTRACT = """Compilation Error in model fct_group (models/marts/core/fct_group.sql)
  This model has an enforced contract that failed.
  | column_name | definition_type | contract_type | mismatch_reason     |
  | ----------- | --------------- | ------------- | ------------------- |
  | shelter     | VARCHAR         |               | missing in contract |
  | size        | BIGINT          | INTEGER       | data type mismatch  |
"""
NODES: dict[str, Any] = {
    "model.dataport.fct_group": {"original_file_path": "models/marts/core/fct_group.sql",
                                 "patch_path": "dataport://models/marts/core/_core.yml"},
    "test.dataport.not_null_fct_group_size.1": {"attached_node": "model.dataport.fct_group", "column_name": "size"},
}  # fmt: skip


def said(tmp_path: Path, *outcome: dict[str, Any], log: str = "") -> str:
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": NODES}))
    (tmp_path / "build.log").write_text(log)
    return reason(list(outcome), tmp_path / "build.log", tmp_path).partition(". The published")[0]


def test_a_contract_that_does_not_hold_names_columns_and_mends(tmp_path: Path) -> None:
    text = said(tmp_path, {"unique_id": "model.dataport.fct_group", "status": "error", "message": CONTRACT})
    assert text.startswith(
        "The build stopped: model fct_group (models/marts/core/fct_group.sql), column shelter: missing"
    )
    assert "(models/marts/core/_core.yml): add it to the contract" in text
    assert "column size: data type mismatch" in text and "cast it in the model" in text


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    message = 'Binder Error: Referenced column "shelter_code" not found in FROM clause! Candidate bindings: "x"'
    text = said(tmp_path, {"unique_id": "model.dataport.fct_group", "status": "error", "message": message})
    assert "model fct_group" in text and "column shelter_code: no table that it reads has it" in text


def test_a_test_that_fails_names_its_model_and_column(tmp_path: Path) -> None:
    one = {"unique_id": "test.dataport.not_null_fct_group_size.1", "status": "fail", "failures": 3, "message": "x"}
    expected = "The build stopped: test not_null_fct_group_size (3 rows), of model fct_group, column size"
    assert said(tmp_path, one) == expected


@pytest.mark.parametrize(
    "message",
    ["Conversion Error: Could not convert string 'Amina Farah' to INT32", 'Referenced column "Amina Farah" not found',
     "Constraint Error: Duplicate key \"id: Amina Farah\""],
)  # fmt: skip
def test_nothing_that_could_be_data_is_repeated(tmp_path: Path, message: str) -> None:
    text = said(tmp_path, {"unique_id": "model.dataport.fct_group", "status": "error", "message": message}, log=message)
    assert "Amina" not in text and "model fct_group" in text


def test_a_project_that_cannot_be_read_names_its_file(tmp_path: Path) -> None:
    assert "model fct_group (models/fct_group.sql) is wrong" in said(
        tmp_path, log="Compilation Error in model fct_group (models/fct_group.sql)\n  unexpected '}'"
    )
    assert "did not start" in said(tmp_path, log="")
