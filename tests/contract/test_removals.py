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


def test_ten_nights_of_one_in_a_hundred_are_held_before_they_are_more_than_five(
    store: Store, source: Source, landing: Landing, many: list[str]
) -> None:
    for night in range(5):
        _lose(store, many[night * 25 : night * 25 + 25])
        assert extract(source, landing) is not None
    for night in range(5, 10):
        _lose(store, many[night * 25 : night * 25 + 25])
        # by the tenth night those that wait are much by themselves
        said = f"{night * 25 + 25} of 2,500 records of individual since" if night < 9 else "125 of 2,375 .* at once"
        with pytest.raises(RemovalHeld, match=f"'main' has lost {said}"):
            extract(source, landing)
    assert len(landing.batches()) == 6
    batch = extract(source, landing, accept_removal=True)
    assert batch is not None and batch.accepted == ("individual",)
    _lose(store, many[250:350])
    assert extract(source, landing) is not None, "the count has begun anew"


def test_a_word_for_nothing_is_none(store: Store, source: Source, landing: Landing, many: list[str]) -> None:
    _lose(store, many[:70])
    batch = extract(source, landing, accept_removal=True)
    assert batch is not None and batch.accepted == ()
    _lose(store, many[70:140])
    with pytest.raises(RemovalHeld, match="140 of 2,500"):
        extract(source, landing)


def test_what_removes_nothing_is_not_held(
    store: Store, source: Source, landing: Landing, many: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A limit that is lower from today on stops who loses something, and nobody else."""
    _lose(store, many[:120])
    extract(source, landing)
    limits = {"removed_percent": 4, "removed_rows": 100, "removed_days": 31}
    monkeypatch.setattr("dataport.extract.removal.extract_limit", limits.__getitem__)
    with store.write() as writer:
        writer.insert("individual", [person("new")])
    assert extract(source, landing) is not None
    _lose(store, many[120:121])
    with pytest.raises(RemovalHeld, match="121 of 2,500"):
        extract(source, landing)


def test_what_went_past_the_triggers_counts_with_what_did_not(
    store: Store, store_url: str, source: Source, landing: Landing, many: list[str]
) -> None:
    _lose(store, many[:60])
    extract(source, landing)
    with past_the_triggers(store, store_url) as run:
        run("DELETE FROM individual WHERE individual_id < 'p0120'")
    assert reconcile(source, landing).differences == 60
    _lose(store, many[120:126])
    with pytest.raises(RemovalHeld, match="126 of 2,500 records of individual since"):
        extract(source, landing)


@pytest.mark.parametrize(("last", "is_held"), [("p0154", False), ("p0155", True)])
def test_a_comparison_counts_with_what_went_before(
    store: Store, store_url: str, source: Source, landing: Landing, many: list[str], last: str, is_held: bool
) -> None:
    """Of 90 that went 30 are back, and of those who came since some are gone: they are none of the 2,500."""
    passing = [f"new{n:03}" for n in range(500)]
    with store.write() as writer:
        writer.delete("individual", many[:90])
        writer.insert("individual", [person(key) for key in passing])
    extract(source, landing)
    with store.write() as writer:
        writer.insert("individual", [person(key) for key in many[:30]])
    extract(source, landing)
    with past_the_triggers(store, store_url) as run:
        run(f"DELETE FROM individual WHERE individual_id < 'new040' OR individual_id BETWEEN 'p0090' AND '{last}'")
    if is_held:
        with pytest.raises(RemovalHeld, match="has lost 126 of 2,500 records of individual since"):
            reconcile(source, landing)
    else:
        assert reconcile(source, landing).differences == 105


def _lose(store: Store, keys: list[str]) -> None:
    with store.write() as writer:
        writer.delete("individual", keys)
