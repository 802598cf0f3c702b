"""Permissions are read whole, each time, and on their own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow.parquet as pq
import pytest

from dataport.errors import Busy, ContractBroken
from dataport.extract import Source, extract_grants
from dataport.landing import Landing
from dataport.store import Store
from dataport.store.schema import GRANT_TABLES

ROLES = [{"role_id": name, "name": name, "is_enabled": True} for name in ("b", "a")]


def rows(landing: Landing, table: str) -> list[dict[str, object]]:
    grants = landing.last_grants("main")
    assert grants is not None
    return pq.read_table(next(each.path for each in grants.tables if each.name == table)).to_pylist()


def test_the_tables_land_whole(store: Store, source: Source, landing: Landing) -> None:
    before = datetime.now(UTC).replace(tzinfo=None)
    with store.write() as writer:
        writer.insert("role", ROLES)
    grants = extract_grants(source, landing)
    assert [table.name for table in grants.tables] == [table.name for table in GRANT_TABLES]
    assert (grants.source_id, grants.store_identity) == ("main", store.identity())
    assert grants.store_clock == store.now()
    assert before <= grants.read_at <= before + timedelta(minutes=1)
    assert [row["role_id"] for row in rows(landing, "role")] == ["a", "b"]
    with store.write() as writer:
        writer.delete("role", ["a"])
    extract_grants(source, landing)
    assert [row["role_id"] for row in rows(landing, "role")] == ["b"]


def test_what_did_not_change_is_not_written_again(store: Store, source: Source, landing: Landing) -> None:
    first, second = extract_grants(source, landing), extract_grants(source, landing)
    assert (first.number, second.number) == (1, 2)
    assert first.tables == second.tables
    assert second.read_at > first.read_at
    with store.write() as writer:
        writer.insert("role", ROLES)
    third = extract_grants(source, landing)
    assert {table.path.parent.name for table in third.tables} == {"000003"}
    for table in third.tables:
        table.verify()
    assert landing.grants() == (first, second, third)
    assert sorted(path.name for path in (landing.root / "grants").iterdir() if path.is_dir()) == ["000001", "000003"]


def test_a_long_extract_does_not_keep_permissions_waiting(store: Store, source: Source, landing: Landing) -> None:
    with landing.locked():
        assert extract_grants(source, landing).number == 1


def test_two_readings_wait_for_each_other(
    store: Store, source: Source, landing: Landing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dataport.landing.landing._GRANTS_WAIT_SECONDS", 0.05)
    with landing.grants_locked(), pytest.raises(Busy, match="A reading of grants is under way"):
        extract_grants(source, landing)


def test_a_forged_file_is_found(store: Store, source: Source, landing: Landing) -> None:
    table = extract_grants(source, landing).tables[0]
    content = bytearray(table.path.read_bytes())
    content[len(content) // 2] ^= 1
    table.path.write_bytes(content)
    with pytest.raises(ContractBroken, match=r"000001/business_unit.parquet is missing or not as it was landed"):
        table.verify()
