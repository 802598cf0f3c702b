"""Which columns a change has: what adds before what takes, and an edge on the side where it can lie and on no other."""

from __future__ import annotations

import pytest

from dataport.semantic.movement import Boundaries, Move, Movement, moves_of

BIRTH = Movement("BTH", "born", "", "beginning")
DEATH = Movement("DTH", "", "died", "ending")
MOVED = Movement("MOV", "moved_in", "moved_out")
WHY = Boundaries("begun_by", "ended_by")


def test_an_edge_is_a_column_on_its_own_side_alone() -> None:
    told = moves_of(WHY, (BIRTH, DEATH, MOVED), is_limited=False)
    assert told == (
        Move("born", True, "BTH"),
        Move("moved_in", True, "MOV"),
        Move("unexplained_in", True, None),
        Move("died", False, "DTH"),
        Move("moved_out", False, "MOV"),
        Move("unexplained_out", False, None),
    )


def test_what_is_beyond_the_rows_of_a_limited_viewer_has_columns_of_its_own() -> None:
    told = moves_of(WHY, (MOVED,), is_limited=True)
    assert [(one.name, one.adds, one.cause) for one in told] == [
        ("moved_in", True, "MOV"),
        ("entered_scope", True, "entered_scope"),
        ("unexplained_in", True, None),
        ("moved_out", False, "MOV"),
        ("left_scope", False, "left_scope"),
        ("unexplained_out", False, None),
    ]


@pytest.mark.parametrize(
    ("is_limited", "ends"), [(False, ("began", "ended")), (True, ("began_or_entered_scope", "ended_or_left_scope"))]
)
def test_without_causes_there_is_how_a_row_began_and_ended(is_limited: bool, ends: tuple[str, str]) -> None:
    told = moves_of(None, (BIRTH,), is_limited=is_limited)
    began, ended = ends
    assert [(one.name, one.adds) for one in told] == [
        (began, True),
        ("changed_in", True),
        ("reorganised_in", True),
        ("changed_out", False),
        (ended, False),
        ("reorganised_out", False),
    ]
