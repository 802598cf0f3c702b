"""Much of a table that is gone at once waits for a word; permissions never wait."""

from __future__ import annotations

import pytest
from people import person
from test_reconcile import past_the_triggers

from dataport.errors import RemovalHeld
from dataport.extract import Source, extract, reconcile
from dataport.landing import Landing
from dataport.store import Store


@pytest.fixture
def many(store: Store, source: Source, landing: Landing) -> list[str]:
    """Keys of 2,500 people who have landed."""
    keys = [f"p{n:04}" for n in range(2500)]
    with store.write() as writer:
        writer.insert("individual", [person(key) for key in keys])
    extract(source, landing)
    return keys


def test_a_batch_that_removes_much_waits_for_a_word(
    store: Store, source: Source, landing: Landing, many: list[str]
) -> None:
    with store.write() as writer:
        writer.delete("individual", many[:126])
    with pytest.raises(RemovalHeld, match=r"'main' has lost 126 of 2,500 records of individual: more than 5 % at once"):
        extract(source, landing)
    with pytest.raises(RemovalHeld, match=r"--accept-removal"):
        reconcile(source, landing)
    assert len(landing.batches()) == 1 and len(list((landing.root / "batches").iterdir())) == 1
    batch = extract(source, landing, accept_removal=True)
    assert batch is not None
    assert "somebody has accepted it: 126 of 2,500 records of individual." in batch.notes[-1]
    assert extract(source, landing) is None


@pytest.mark.parametrize("changed", [0, 400])
def test_newcomers_are_none_of_those_of_whom_much_went(
    store: Store, source: Source, landing: Landing, many: list[str], changed: int
) -> None:
    """A table that is filled anew with others has lost all that it had, however many came."""
    with store.write() as writer:
        writer.insert("individual", [person(f"new{n:04}") for n in range(500)])
        writer.update("individual", [person(key, phone="1") for key in many[200 : 200 + changed]])
        writer.delete("individual", many[:126])
    with pytest.raises(RemovalHeld, match=r"has lost 126 of 2,500 records of individual"):
        extract(source, landing)


@pytest.mark.parametrize("removed", [100, 125])
def test_what_is_few_or_a_small_share_goes_through(
    store: Store, source: Source, landing: Landing, many: list[str], removed: int
) -> None:
    with store.write() as writer:
        writer.delete("individual", many[:removed])
    assert extract(source, landing) is not None


def test_a_hundred_of_a_small_table_go_through(store: Store, source: Source, landing: Landing) -> None:
    with store.write() as writer:
        writer.insert("individual", [person(f"p{n}") for n in range(101)])
    extract(source, landing)
    with store.write() as writer:
        writer.delete("individual", [f"p{n}" for n in range(100)])
    assert extract(source, landing) is not None


def test_what_came_and_went_or_came_back_was_not_removed(
    store: Store, source: Source, landing: Landing, many: list[str]
) -> None:
    passing = [f"x{n}" for n in range(500)]
    with store.write() as writer:
        writer.insert("individual", [person(key) for key in passing])
        writer.delete("individual", [*passing, *many[:400]])
    with store.write() as writer:
        writer.insert("individual", [person(key) for key in many[:400]])
    assert extract(source, landing) is not None


def test_permissions_never_wait(store: Store, source: Source, landing: Landing) -> None:
    with store.write() as writer:
        writer.insert("user_role", [{"user_role_id": str(n), "user_id": "u", "role_id": str(n)} for n in range(300)])
    extract(source, landing)
    with store.write() as writer:
        writer.delete("user_role", [str(n) for n in range(300)])
    assert extract(source, landing) is not None


def test_a_comparison_that_removes_much_waits_for_a_word(
    store: Store, store_url: str, source: Source, landing: Landing, many: list[str]
) -> None:
    with past_the_triggers(store, store_url) as run:
        run("DELETE FROM individual WHERE individual_id < 'p0126'")
    with pytest.raises(RemovalHeld, match=r"126 of 2,500 records of individual"):
        reconcile(source, landing)
    assert len(landing.batches()) == 1
    found = reconcile(source, landing, accept_removal=True)
    assert found.repair is not None and found.differences == 126
    assert "somebody has accepted it" in found.repair.notes[-1]
