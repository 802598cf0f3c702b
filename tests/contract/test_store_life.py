"""The life of a store: created once, loaded in bulk, armed, then written to; the same answers from every kind."""

from __future__ import annotations

import traceback
from contextlib import closing
from datetime import date, datetime

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import arrow, living, need, person

from dataport.errors import ContractBroken, SourceUnavailable, UnknownName, WrongRequest
from dataport.store import FIRST_MOMENT, Store, connect

EVERY_FIELD = st.fixed_dictionaries(
    {
        "family_name": st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
        "given_name": st.none() | st.sampled_from(["", " ", '"', "a,b", "\\N", "\n", "\r\n", "t", "NULL", "\\.", "''"]),
        "birth_date": st.none() | st.dates(),
        "has_photo": st.none() | st.booleans(),
        "created_on": st.datetimes(datetime(1900, 1, 1), datetime(2999, 1, 1)),
    }
)


def test_a_store_is_created_once(new_store: Store, store_url: str) -> None:
    assert new_store.now() == FIRST_MOMENT
    with (
        closing(connect(store_url)) as again,
        pytest.raises(WrongRequest, match=r"holds (something|tables of a store)"),
    ):
        again.create()


def test_where_there_is_no_store(store_url: str) -> None:
    with closing(connect(store_url)) as nothing, pytest.raises(SourceUnavailable, match=r"holds no|cannot be opened"):
        nothing.now()


def test_identities_differ(store: Store, tmp_path: object) -> None:
    with closing(connect(f"sqlite://{tmp_path}/other.sqlite")) as other:
        other.create()
        assert other.identity() != store.identity() == store.identity()


def test_loading_stamps_with_the_clock(new_store: Store) -> None:
    batches = [arrow([person("a"), person("b")]), arrow([]), arrow([person("c", given_name="")])]
    assert new_store.load("individual", iter(batches)) == 3
    rows = living(new_store, "individual")
    assert {row["stamped_at"] for row in rows} == {row["created_on"] for row in rows} == {FIRST_MOMENT}
    assert [row["given_name"] for row in rows] == [None, None, ""]


def test_loading_ends_where_writing_begins(new_store: Store) -> None:
    with pytest.raises(WrongRequest, match=r"Call Store.arm\(\) first"), new_store.write():
        pass
    new_store.arm()
    new_store.arm()
    with pytest.raises(WrongRequest, match=r"Use Store.write\(\)"):
        new_store.load("individual", [arrow([person("a")])])


def test_a_key_that_was_loaded_twice_is_found(new_store: Store) -> None:
    new_store.load("individual", [arrow([person("a"), person("a")])])
    with pytest.raises(ContractBroken, match="individual"):
        new_store.arm()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"individul_no": "x"}, r"no column 'individul_no' that may be written. Did you mean individual_no"),
        ({"change_no": 1}, "no column 'change_no' that may be written"),
        ({"process_status_code": None}, r"process_status_code"),
    ],
)
def test_rows_that_do_not_fit(store: Store, row: dict[str, object], message: str) -> None:
    with pytest.raises(ContractBroken, match=message), store.write() as writer:
        writer.insert("individual", [{**person("a"), **row}])


def test_errors_hold_no_value_of_a_person(store: Store) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("sentinel", family_name="sentinel")])
    wrong = [
        lambda w: w.insert("individual", [person("sentinel", family_name="sentinel")]),
        lambda w: w.insert("individual", [person("x", family_name="sentinel", operation_code=None)]),
        lambda w: w.update("individual", [{"individual_id": "sentinel", "birth_date": "sentinel"}]),
        lambda w: w.delete("individual", ["sentinel", "sentinel"]),
    ]
    for change in wrong:
        with pytest.raises(ContractBroken) as caught, store.write() as writer:
            change(writer)
        assert "sentinel" not in "".join(traceback.format_exception_only(caught.value))
        # What the engine said is not shown as the cause either.
        assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_bulk_value_of_another_kind(new_store: Store) -> None:
    with pytest.raises(ContractBroken, match=r"individual.birth_date holds a value that is not a date"):
        new_store.load("individual", [arrow([person("a", birth_date="yesterday")])])
    with pytest.raises(UnknownName, match="Did you mean individual"):
        new_store.load("indivdual", [])


def test_a_query_answers_alike_everywhere(store: Store) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("a", birth_date=date(2000, 1, 2), has_photo=True), person("b")])
        writer.insert("specific_need", [need(str(n), identified_date=date(2022, 1, n)) for n in (1, 2, 3)])
    answer = store.query(
        "SELECT i.individual_id, i.birth_date, i.has_photo, i.stamped_at, '100% sure?' AS remark, "
        "(SELECT count(*) FROM specific_need WHERE identified_date > ?) AS n FROM individual AS i "
        "WHERE i.created_on <= ? AND (i.has_photo = ? OR i.has_photo IS NULL) ORDER BY 1",
        (date(2022, 1, 1), FIRST_MOMENT, True),
    )
    kinds = {"individual_id": pa.string(), "birth_date": pa.date32(), "has_photo": pa.bool_()}
    assert answer.schema == pa.schema(
        {**kinds, "stamped_at": pa.timestamp("us"), "remark": pa.string(), "n": pa.int64()}
    )
    first = {"individual_id": "a", "birth_date": date(2000, 1, 2), "has_photo": True, "stamped_at": FIRST_MOMENT}
    assert answer.to_pylist()[0] == {**first, "remark": "100% sure?", "n": 2}
    empty = store.query("SELECT max(birth_date) AS last_birth_date, sum(level) AS s FROM individual, location")
    assert empty.to_pylist() == [{"last_birth_date": None, "s": None}]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fields=EVERY_FIELD)
def test_values_come_back_as_they_went_in(store: Store, fields: dict[str, object]) -> None:
    with store.write() as writer:
        writer.insert("individual", [person("a", **fields)])
    [row] = living(store, "individual")
    with store.write() as writer:
        writer.delete("individual", ["a"])
    assert {name: row[name] for name in fields} == fields


@pytest.mark.postgres
def test_no_credential_in_a_message(postgres_url: str) -> None:
    for url in (postgres_url.replace("@", "x-secret@"), "postgresql://me:x-secret@127.0.0.1:1/d?password=x-secret"):
        with pytest.raises(SourceUnavailable, match=r"postgresql://127.0.0.1:\d+/\w+ cannot be reached") as caught:
            connect(url)
        assert "x-secret" not in "".join(traceback.format_exception(caught.value)).replace(url, "")
