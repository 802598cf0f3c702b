"""What people keep: whose it is, who is shown it, every version of it; of two who change it at once nothing is lost."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from dataport.errors import WrongRequest
from dataport.state import NotSaved, Outdated, Reader, SavedThings, Sharing, State

AMINA, JOHN = Reader("amina@x"), Reader("john@x", frozenset({"analyst"}), frozenset({"CO-KEN"}))
BOARD = {"name": "mine", "tiles": []}


@pytest.fixture
def things(tmp_path: Path) -> SavedThings:
    return SavedThings(State(tmp_path / "state" / "state.sqlite3"), lambda: datetime(2022, 3, 1))


def test_what_is_kept_is_its_owners_alone(things: SavedThings) -> None:
    kept = things.keep("dashboard", "Mine", BOARD, AMINA)
    assert (kept.owner, kept.version, kept.told) == ("amina@x", 1, BOARD)
    assert things.seen_by("dashboard", AMINA) == (kept,)
    assert things.seen_by("dashboard", JOHN) == ()
    assert things.seen_by("question", AMINA) == ()
    for refused in (
        lambda: things.versions("dashboard", kept.number, JOHN),
        lambda: things.star("dashboard", kept.number, True, JOHN),
        lambda: things.change("dashboard", kept.number, "Mine", BOARD, since=1, reader=JOHN),
        lambda: things.remove("dashboard", kept.number, JOHN),
        lambda: things.remove("dashboard", kept.number + 1, AMINA),
    ):
        with pytest.raises(NotSaved):
            refused()


@pytest.mark.parametrize(
    ("sharing", "is_shown"),
    [
        (Sharing("everybody"), True),
        (Sharing("account", "john@x"), True),
        (Sharing("account", "jane@x"), False),
        (Sharing("role", "analyst"), True),
        (Sharing("role", "registrar"), False),
        (Sharing("unit", "CO-KEN"), True),
        (Sharing("unit", "CO-UGA"), False),
        (Sharing(), False),
    ],
)
def test_what_is_shared_is_shown_and_still_its_owners_to_change(
    things: SavedThings, sharing: Sharing, is_shown: bool
) -> None:
    kept = things.keep("dashboard", "Mine", BOARD, AMINA)
    things.share("dashboard", kept.number, sharing, AMINA)
    assert [one.name for one in things.seen_by("dashboard", JOHN)] == (["Mine"] if is_shown else [])
    with pytest.raises(NotSaved):
        things.change("dashboard", kept.number, "Yours", BOARD, since=1, reader=JOHN)
    with pytest.raises(NotSaved):
        things.share("dashboard", kept.number, Sharing("everybody"), JOHN)


def test_every_change_is_a_version_and_two_at_once_lose_nothing(things: SavedThings) -> None:
    number = things.keep("dashboard", "Mine", BOARD, AMINA).number
    things.change("dashboard", number, "Ours", {**BOARD, "name": "ours"}, since=1, reader=AMINA)
    with pytest.raises(Outdated):
        things.change("dashboard", number, "Lost", BOARD, since=1, reader=AMINA)
    assert [(one.version, one.told["name"]) for one in things.versions("dashboard", number, AMINA)] == [
        (2, "ours"),
        (1, "mine"),
    ]
    assert [one.name for one in things.seen_by("dashboard", AMINA)] == ["Ours"]


def test_starred_ones_come_first_for_who_starred_them(things: SavedThings) -> None:
    for name in ("A", "B"):
        kept = things.keep("dashboard", name, BOARD, AMINA)
        things.share("dashboard", kept.number, Sharing("everybody"), AMINA)
    things.star("dashboard", kept.number, True, JOHN)
    assert [one.name for one in things.seen_by("dashboard", JOHN)] == ["B", "A"]
    assert [one.name for one in things.seen_by("dashboard", AMINA)] == ["A", "B"]
    things.star("dashboard", kept.number, False, JOHN)
    assert [one.name for one in things.seen_by("dashboard", JOHN)] == ["A", "B"]


def test_what_is_removed_is_gone_with_its_versions(things: SavedThings) -> None:
    kept = things.keep("dashboard", "Mine", BOARD, AMINA)
    things.remove("dashboard", kept.number, AMINA)
    assert things.seen_by("dashboard", AMINA) == ()
    assert things.keep("dashboard", "Mine", BOARD, AMINA).version == 1


def test_what_cannot_be_kept_is_said(things: SavedThings) -> None:
    things.keep("dashboard", "Mine", BOARD, AMINA)
    with pytest.raises(WrongRequest, match="already"):
        things.keep("dashboard", "Mine", BOARD, AMINA)
    with pytest.raises(WrongRequest, match="letters"):
        things.keep("dashboard", " ", BOARD, AMINA)
    with pytest.raises(WrongRequest, match="letters long"):
        things.keep("dashboard", "Large", {"name": "x" * 300_000}, AMINA)
    with pytest.raises(WrongRequest, match="Name the account"):
        Sharing("role")
    with pytest.raises(WrongRequest, match="shared with"):
        Sharing("world")  # type: ignore[arg-type]


def test_whoever_is_shown_a_thing_is_shown_it_as_it_is_now(things: SavedThings) -> None:
    number = things.keep("dashboard", "Mine", {**BOARD, "name": "draft"}, AMINA).number
    things.change("dashboard", number, "Mine", BOARD, since=1, reader=AMINA)
    things.share("dashboard", number, Sharing("everybody"), AMINA)
    assert [one.version for one in things.versions("dashboard", number, JOHN)] == [2]
    assert [one.version for one in things.versions("dashboard", number, AMINA)] == [2, 1]


def test_a_thing_of_another_kind_and_a_number_that_no_row_has_are_not_there(things: SavedThings) -> None:
    kept = things.keep("dashboard", "Mine", BOARD, AMINA).number
    for kind, number in (("question", kept), ("dashboard", 2**70), ("dashboard", -(2**70))):
        with pytest.raises(NotSaved):
            things.change(kind, number, "Mine", {"question": 1}, since=1, reader=AMINA)  # type: ignore[arg-type]
        with pytest.raises(NotSaved):
            things.star(kind, number, True, AMINA)  # type: ignore[arg-type]
        with pytest.raises(NotSaved):
            things.versions(kind, number, AMINA)  # type: ignore[arg-type]
        with pytest.raises(NotSaved):
            things.remove(kind, number, AMINA)  # type: ignore[arg-type]
    assert things.seen_by("dashboard", AMINA)[0].told == BOARD
