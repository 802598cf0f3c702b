"""Records as a stream: whom a viewer may not open is neither told nor counted; a field kept back is no unknown one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from figures import Row, permission, viewer
from opened import group, held, house_of, opener, person

from dataport.engine.records import Records
from dataport.errors import OutsideHistory, Refused, UnknownName, WrongRequest
from dataport.house import House
from dataport.records import Counted, RecordStream, WithIds, fetch
from dataport.semantic import Request
from dataport.visit import Asker

MOVED = datetime(2020, 6, 1)
ABROAD = {"business_unit_id": "UGA-CO"}
KEN = Asker("ken", "op", purpose="Working list")
KINDS = (
    "individual",
    "registration_group",
    "membership",
    "address",
    "document",
    "specific_need",
    "assistance",
    "event",
)


def rows(stream: RecordStream) -> list[dict[str, Any]]:
    return [row for batch in stream for row in batch.to_pylist()]


def ids(home: House, *several: str, kind: str = "individual", as_of: date | None = None) -> RecordStream:
    return fetch(kind, WithIds(several, as_of), KEN, home)


def looks(home: House) -> list[Mapping[str, Any]]:
    return list(home.audit().entries())


def some(*keys: int, **values: Any) -> Sequence[Row]:
    return [person(key, **values) for key in keys]


def test_records_are_told_as_they_stand_on_the_day(tmp_path: Path) -> None:
    early = person(1, given_name="Before", valid_to=MOVED)
    home = house_of(tmp_path / "home", {"dim_individual": [early, person(1, given_name="After", valid_from=MOVED)]})
    assert [row["given_name"] for row in rows(ids(home, "i-1"))] == ["After"]
    assert [row["given_name"] for row in rows(ids(home, "i-1", as_of=date(2020, 5, 31)))] == ["Before"]
    assert [row["given_name"] for row in rows(ids(home, "KEN-00001", as_of=date(2020, 6, 1)))] == ["After"]
    with pytest.raises(OutsideHistory):
        ids(home, "i-1", as_of=date(2016, 1, 1))


def test_ids_of_nobody_and_of_those_out_of_scope_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1), person(9, **ABROAD)]})
    ids(home, "i-1")  # what the file holds is read once
    ran: list[str] = []
    plain = Records.reader
    monkeypatch.setattr(Records, "reader", lambda self, tree, *p: ran.append(tree.sql()) or plain(self, tree, *p))
    told = []
    for asked in ("i-9", "nobody", "' or 1=1 --"):
        ran.clear()
        stream = ids(home, asked)
        told.append((rows(stream), stream.meta, tuple(ran)))
    assert told[0] == told[1] == told[2]
    assert told[0][0] == [] and told[0][1]["more"] == 0


def test_an_id_that_only_others_had_leads_nowhere(tmp_path: Path) -> None:
    early = person(1, **ABROAD, former_no="OLD-1", valid_to=MOVED)
    home = house_of(tmp_path / "home", {"dim_individual": [early, person(1, valid_from=MOVED)]})
    assert rows(ids(home, "OLD-1")) == []
    assert len(rows(ids(home, "i-1"))) == 1
    assert rows(ids(home, "i-1", as_of=date(2020, 5, 31))) == []


def test_what_belongs_to_somebody_goes_by_its_owner_of_that_day(tmp_path: Path) -> None:
    tables = {
        "dim_individual": [person(1, **ABROAD, valid_to=MOVED), person(1, valid_from=MOVED), person(9, **ABROAD)],
        "dim_document": [held("dim_document", 1, 1, number="A77"), held("dim_document", 9, 9, number="Sentinel")],
        "dim_event": [held("dim_event", 1, 1, event_type_code="REG"), held("dim_event", 2, 1, valid_from=MOVED)],
        "dim_group": [group(7), group(8, **ABROAD)],
        "dim_assistance": [
            held("dim_assistance", 1, None, group_key=7),
            held("dim_assistance", 2, 1, group_key=8),
            held("dim_assistance", 3, None, group_key=8),
        ],
    }
    home = house_of(tmp_path / "home", tables)
    asked = ("i-1", "i-9", "g-7", "g-8")
    assert [(row["number"], row["individual_id"]) for row in rows(ids(home, *asked, kind="document"))] == [
        ("A77", "i-1")
    ]
    assert rows(ids(home, *asked, kind="document", as_of=date(2020, 5, 31))) == []
    assert len(rows(ids(home, *asked, kind="event"))) == 1, (
        "what happened elsewhere was judged by the scope of that moment"
    )
    told = rows(ids(home, *asked, kind="assistance"))
    assert [(row["individual_id"], row["group_id"]) for row in told] == [("i-1", None), (None, "g-7")]
    assert not any("Sentinel" in repr(rows(ids(home, *asked, kind=kind))) for kind in KINDS)


def test_a_field_that_is_kept_back_is_not_taken_for_unknown(tmp_path: Path) -> None:
    """The sensitive field of people in Kenya, by one role, and of nobody else; another role opens Uganda without it."""
    roles = [
        permission("individual", ["KEN-CO"], role="Officer", highest_tier="T2", may_open=True, row_limit=9),
        permission("individual", ["UGA-CO"], role="Clerk", highest_tier="T1", may_open=True, row_limit=9),
    ]
    tables = {"dim_individual": [person(1), person(2, ethnicity_code=None), person(3, **ABROAD)]}
    home = house_of(tmp_path / "home", tables, viewer(None, *roles, login="ken"))
    told = [(row["ethnicity_code"], row["not_shown"]) for row in rows(ids(home, "i-1", "i-2", "i-3"))]
    assert [value for value, _ in told] == ["X1", None, None]
    assert "ethnicity_code" in told[2][1] and told[0][1] == told[1][1] == []


def test_a_field_of_no_role_has_no_column(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1)]}, opener(highest_tier="T1"))
    stream = ids(home, "i-1")
    assert "ethnicity_code" not in stream.schema.names and "sex_code" in stream.schema.names
    assert "not_shown" not in stream.schema.names
    assert {"individual_key", "valid_from", "source_id"}.isdisjoint(stream.schema.names)


def test_no_role_opens_more_than_its_limit_and_what_is_left_is_said(tmp_path: Path) -> None:
    home = house_of(
        tmp_path / "home", {"dim_individual": [*some(1, 2, 3, 4), person(9, **ABROAD)]}, opener(row_limit=3)
    )
    stream = ids(home, "i-1", "i-2", "i-3", "i-4", "i-9")
    assert [row["individual_id"] for row in rows(stream)] == ["i-1", "i-2", "i-3"]
    assert (stream.meta["records"], stream.meta["owners"], stream.meta["more"]) == (3, 3, 1)


def test_whose_records_are_left_out_is_counted_by_owner(tmp_path: Path) -> None:
    """Of somebody with three documents one person is left out, and not three."""
    papers = [held("dim_document", 10 * key + nth, key, number=f"A{key}{nth}") for key in (1, 2, 3) for nth in range(3)]
    tables = {"dim_individual": some(1, 2, 3), "dim_document": papers}
    roles = [
        permission(entity, ["KEN-CO"], role="Officer", may_open=True, row_limit=2)
        for entity in ("individual", "document")
    ]
    home = house_of(tmp_path / "home", tables, viewer(None, *roles, login="ken"))
    stream = ids(home, "i-1", "i-2", "i-3", kind="document")
    assert (stream.meta["records"], stream.meta["owners"], stream.meta["more"]) == (6, 2, 1)


def test_two_roles_open_no_more_than_either_of_its_own(tmp_path: Path) -> None:
    """A role that may open one person of Kenya does not lend its rows to one that may open a hundred in Uganda."""
    roles = [
        permission("individual", ["KEN-CO"], role="Officer", may_open=True, row_limit=1),
        permission("individual", ["UGA-CO"], role="Clerk", may_open=True, row_limit=100),
    ]
    tables = {"dim_individual": [*some(1, 2), *some(3, 4, **ABROAD)]}
    home = house_of(tmp_path / "home", tables, viewer(None, *roles, login="ken"))
    stream = ids(home, *(f"i-{key}" for key in (1, 2, 3, 4)))
    assert [row["individual_id"] for row in rows(stream)] == ["i-1", "i-3", "i-4"]
    assert stream.meta["more"] == 1


def test_it_is_written_down_before_a_row_leaves(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": some(1, 2)})
    stream = ids(home, "i-1", "i-2")
    (look,) = looks(home)
    assert (look["outcome"], look["rows"], look["purpose"]) == ("answered", 2, "Working list")
    assert look["question"].count("~") == 2, "whom it was about, under the pseudonyms of opened cases"
    assert "i-1" not in json.dumps(look)
    assert len(rows(stream)) == 2


def test_where_the_look_cannot_be_written_nothing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1)]})

    def fails(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("dataport.audit.log.AuditLog.write", fails)
    with pytest.raises(OSError):
        ids(home, "i-1")


@pytest.mark.parametrize("purpose", [None, "", " \t", "--"])
def test_without_a_purpose_nothing_is_opened(tmp_path: Path, purpose: str | None) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1)]})
    with pytest.raises(Refused, match="purpose"):
        fetch("individual", WithIds(("i-1",)), Asker("ken", "op", purpose=purpose), home)


def test_what_no_role_opens_is_refused_and_what_there_is_not_is_named(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1)]}, opener(entities=("individual",)))
    with pytest.raises(Refused, match="permits opening document records"):
        ids(home, "i-1", kind="document")
    with pytest.raises(UnknownName, match="Did you mean document"):
        ids(home, "i-1", kind="documents")


def counting(login: str = "ken", **changed: Any) -> Any:
    given = {"may_open": True, "may_count": True, "row_limit": 200, **changed}
    entities = ("individual", "registration_group", "document", "event", "specific_need", "assistance", "address")
    return viewer(None, *(permission(one, ["KEN-CO"], **given) for one in entities), login=login)


def test_what_a_question_counts_is_what_is_listed(tmp_path: Path) -> None:
    """The number and the list agree: the same rows, the same day, the same scope; from another unit nobody."""
    people = [
        {"individual_key": 1, "sex_code": "F"},
        {"individual_key": 2, "sex_code": "M"},
        {"individual_key": 3, "sex_code": "F"},
        {"individual_key": 9, "sex_code": "F", "business_unit_id": "UGA-CO"},
    ]
    tables = {
        "dim_individual": [*some(1, 2, 3), person(9, **ABROAD)],
        "dim_document": [held("dim_document", 5, 3, number="A77"), held("dim_document", 6, 2, number="B1")],
    }
    home = house_of(tmp_path / "home", tables, counting(), figures={"population": people})
    asked = Counted(Request(("registered_individuals",), where=("sex = 'F'",)))
    stream = fetch("individual", asked, KEN, home)
    assert [row["individual_id"] for row in rows(stream)] == ["i-1", "i-3"]
    assert [row["number"] for row in rows(fetch("document", asked, KEN, home))] == ["A77"]
    assert "sex" in looks(home)[0]["question"]


NEEDY = Request(("registered_individuals",), where=("has_specific_need = true",))


@pytest.mark.parametrize(
    "needs",
    [
        (permission("specific_need", ["KEN-CO"]),),
        (permission("specific_need", ["KEN-CO"]), permission("specific_need", ["UGA-CO"], may_open=True)),
        (permission("specific_need", ["KEN-CO"]), permission("specific_need", None, may_open=True, highest_tier="T1")),
    ],
    ids=["counted only", "opened elsewhere", "opened without it"],
)
def test_a_list_tells_of_nobody_what_may_be_counted_and_not_opened(tmp_path: Path, needs: tuple[Any, ...]) -> None:
    """Whom a number counts is a value of each of them: one role counts needs here, and none opens them here."""
    who = viewer(None, permission("individual", ["KEN-CO"], may_open=True, row_limit=200), *needs, login="ken")
    people = [{"individual_key": 1, "has_specific_need": True}, {"individual_key": 2, "has_specific_need": False}]
    home = house_of(tmp_path / "home", {"dim_individual": some(1, 2)}, who, figures={"population": people})
    told = []
    for kind in ("individual", None):
        try:
            told += rows(fetch(kind, Counted(NEEDY), KEN, home))
        except Refused as problem:
            assert "opening specific need" in str(problem) or "more sensitive" in str(problem)
    assert told == []


def test_a_list_is_of_those_of_whom_all_that_is_asked_may_be_opened(tmp_path: Path) -> None:
    """Needs are counted everywhere and opened in one country, persons in both."""
    units = ["KEN-CO", "UGA-CO"]
    given = (
        permission("individual", units, may_open=True, row_limit=200),
        permission("specific_need", units),
        permission("specific_need", ["UGA-CO"], may_open=True, row_limit=200),
    )
    people = [
        {"individual_key": 1, "has_specific_need": True},
        {"individual_key": 9, "has_specific_need": True, "business_unit_id": "UGA-CO"},
    ]
    tables = {"dim_individual": [person(1), person(9, **ABROAD)]}
    home = house_of(tmp_path / "home", tables, viewer(None, *given, login="ken"), figures={"population": people})
    assert [row["individual_id"] for row in rows(fetch(None, Counted(NEEDY), KEN, home))] == ["i-9"]


def test_what_counts_something_else_is_refused(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1)]}, counting(), figures={"population": [{}]})
    for words, why in (
        (Request(("median_age",)), "one indicator that counts them"),
        (Request(("active_individuals",), by=("sex",)), "one indicator that counts them"),
        (Request(("active_individuals", "registered_individuals")), "one indicator that counts them"),
        (Request(("active_groups",)), "counts neither individual records"),
    ):
        with pytest.raises(WrongRequest, match=why):
            fetch("individual", Counted(words), KEN, home)
