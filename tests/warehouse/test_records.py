"""A case with everything of it: every recorded version of what belongs to a person or a group, and how it is found."""

from __future__ import annotations

from typing import Any

import pytest

from tests.warehouse.conftest import Figures
from tests.warehouse.stories import OPEN, T0, jan

# everything of a case, with the key by which a case finds it
OF_GROUPS = ("dim_assistance", "dim_group")
OF_PERSONS = (
    "dim_individual",
    "bridge_membership",
    "dim_address",
    "dim_document",
    "records_specific_need",
    "dim_event",
)


def versions(figures: Figures, table: str, columns: str, who: str) -> list[tuple[Any, ...]]:
    """The recorded versions of what belongs to somebody, in order: the columns, then valid_from and valid_to."""
    key = "group_key" if table in OF_GROUPS else "individual_key"
    statement = f"select {columns}, valid_from, valid_to from {table} where {key} = ? order by valid_from, {columns}"
    return figures.records.execute(statement, [figures.keys[who]]).fetchall()


def test_an_address_says_who_recorded_each_version_and_a_deletion_is_none(figures: Figures) -> None:
    assert versions(figures, "dim_address", "address_id, line, created_by, modified_by", "carrier") == [
        ("ad-carrier", "Tent 1", "R-KEN", None, T0, jan(5)),
        ("ad-carrier", "Tent 2", None, "R-UGA", jan(5), jan(24)),
    ]


def test_a_document_has_the_versions_that_were_recorded_and_no_more(figures: Figures) -> None:
    """In the figures the day on which it expires makes a stretch of its own; nobody recorded that."""
    assert versions(figures, "dim_document", "document_id, document_status_code", "papered") == [
        ("d-papered", "V", T0, jan(22)),
        ("d-papered", "X", jan(22), OPEN),
        ("d-papered-2", "V", jan(23), OPEN),
    ]


def test_a_need_and_what_became_of_it(figures: Figures) -> None:
    assert versions(figures, "records_specific_need", "need_code, need_status_code", "needy") == [
        ("PS", "A", jan(6), jan(22)),
        ("PS", "R", jan(22), OPEN),
    ]


def test_what_belongs_to_somebody_unknown_waits_for_them(figures: Figures) -> None:
    assert versions(figures, "records_specific_need", "specific_need_id", "orphan") == [("n-orphan", T0, OPEN)]
    assert versions(figures, "dim_document", "document_id", "orphan") == [("d-orphan", T0, OPEN)]


def test_assistance_is_found_by_the_group_whoever_of_it_got_it(figures: Figures) -> None:
    assert versions(figures, "dim_assistance", "individual_key, value_usd", "g-whole") == [(None, 50, T0, OPEN)]
    mover = figures.keys["mover"]
    assert versions(figures, "dim_assistance", "individual_key, assistance_status_code", "g-from") == [
        (mover, "PR", jan(9), jan(24)),
        (mover, "CA", jan(24), OPEN),
    ]


def test_events_with_what_was_found_out_later(figures: Figures) -> None:
    """In the figures an event stays as it was first recorded, and stays when the source deletes it."""
    assert versions(figures, "dim_event", "event_id, reason_code", "double") == [
        ("e-double-1", None, jan(3), OPEN),
        ("e-double-2", "NS", jan(5), jan(24)),
        ("e-double-3", None, jan(5), OPEN),
        ("e-double-2", "DP", jan(24), OPEN),
    ]
    assert versions(figures, "dim_event", "event_id", "new") == [("e-new", jan(9), jan(29))]
    assert ("merge", "quiet", jan(13), OPEN) in versions(
        figures, "dim_event", "event_type_code, related_individual_id", "twin"
    )


@pytest.mark.parametrize("table", [*OF_PERSONS, *OF_GROUPS])
def test_every_version_belongs_to_a_case(figures: Figures, table: str) -> None:
    key = "group_key" if table in OF_GROUPS else "individual_key"
    counted = f"select count(*) > 1, count(*) filter ({key} is null) from {table}"
    assert figures.records.execute(counted).fetchall() == [(True, 0)]


def found(figures: Figures, case_id: str) -> list[tuple[Any, ...]]:
    """What an id leads to: the field it stands in, and both keys."""
    return figures.records.execute(
        "select field, individual_key, group_key from bridge_case_id where case_id = ? order by all", [case_id]
    ).fetchall()


def test_a_case_is_found_by_each_id_and_number_it_ever_bore(figures: Figures) -> None:
    keys = figures.keys
    assert found(figures, "renumbered") == [("individual_id", keys["renumbered"], None)]
    assert found(figures, "701-1") == found(figures, "701-2") == [("individual_no", keys["renumbered"], None)]
    assert found(figures, "1") == [("former_no", key, None) for key in sorted((keys["twin"], keys["renumbered"]))]
    assert found(figures, "g-split") == [("group_id", None, keys["g-split"])]
    assert found(figures, "erased") == [("individual_id", keys["erased"], None)]
    assert found(figures, "never-seen") == []
