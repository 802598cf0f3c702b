"""Operations that join a store which is in use bring their people, units and accounts with them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from dataport.errors import WrongRequest
from dataport.store import Store, connect
from dataport.synthetic import advance, create, onboard, plan


def one(store: Store, sql: str) -> Any:
    return store.query(sql).column(0)[0].as_py()


def test_further_operations_migrate_into_a_living_store(tmp_path: Path) -> None:
    scale, later = 0.0003, plan(0.0003, 76)
    store = connect(f"sqlite://{tmp_path / 'store.sqlite'}")
    create(store, plan(scale, 74))
    advance(store, 2)
    before = one(store, "SELECT count(*) AS n FROM individual")
    summary = onboard(store, later)
    new = sum(operation.records for operation in later.operations[74:])
    assert summary.rows["individual"] == new and one(store, "SELECT count(*) AS n FROM individual") == before + new
    assert one(store, "SELECT count(*) AS n FROM operation") == 76
    code = later.operations[75].operation.operation_code
    sql = f"SELECT min(stamped_at) AS low_at FROM individual WHERE operation_code = '{code}'"
    assert one(store, sql) == store.now() == datetime(2022, 1, 3, 6)
    units = "SELECT business_unit_id FROM business_unit"
    orphans = f"SELECT count(*) AS n FROM individual WHERE business_unit_id NOT IN ({units})"
    assert one(store, orphans) == 0
    assert one(store, f"SELECT onboarded_date FROM operation WHERE operation_code = '{code}'") == date(2022, 1, 3)
    theirs = f"SELECT individual_id FROM individual WHERE operation_code = '{code}'"
    assert one(store, f"SELECT count(*) AS n FROM event WHERE individual_id IN ({theirs})") == 0
    advance(store, 1)
    assert store.now() == datetime(2022, 1, 3, 23, 59, 59)
    with pytest.raises(WrongRequest, match="All 76 operations are in the store already"):
        onboard(store, later)
