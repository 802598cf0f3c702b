"""Every registration store keeps one contract: these tests run against each kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dataport.extract import Source
from dataport.landing import Landing
from dataport.store import Store, connect


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a place where no store is yet."""
    if request.param == "sqlite":
        return f"sqlite://{tmp_path}/store.sqlite"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def new_store(store_url: str) -> Iterator[Store]:
    """A store that has been created and nothing else."""
    store = connect(store_url)
    store.create()
    yield store
    store.close()


@pytest.fixture
def store(new_store: Store) -> Store:
    """An empty store that journals."""
    new_store.arm()
    return new_store


@pytest.fixture
def source(store: Store, store_url: str) -> Source:
    """The store as a source."""
    return Source("main", store.kind, store_url)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    """An empty landing."""
    return Landing(tmp_path / "landing")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests that hold a transaction open do not wait for it as a night's job would."""
    monkeypatch.setattr("dataport.extract.postgres.PATIENCE_SECONDS", 0.2)
