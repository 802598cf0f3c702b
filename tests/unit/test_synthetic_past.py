"""The years before: read as a story in plain Python, from the store and its journal alone."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from dataport.errors import WrongRequest
from dataport.store import FIRST_MOMENT, Store, connect
from dataport.store.schema import BY_NAME
from dataport.synthetic import Summary, create, plan
from dataport.synthetic.stocks import stock_path

Row = dict[str, Any]

SCALE, YEARS = 0.0006, 5
START = datetime(2016, 12, 31, 23, 59, 59)
STAMPS = {"created_on", "modified_on", "created_by", "modified_by", "entry_channel_code", "change_no", "stamped_at"}
PEOPLE = ("individual", "registration_group", "membership", "address", "document", "specific_need", "event")


def written(url: str, history: int | None) -> tuple[Store, Summary]:
    store = connect(url)
    return store, create(store, plan(SCALE), history=history)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Summary]]:
    store, summary = written(f"sqlite://{tmp_path_factory.mktemp('past')}/store.sqlite", YEARS)
    yield store, summary
    store.close()


@pytest.fixture(scope="module")
def told(past: tuple[Store, Summary]) -> dict[str, dict[str, list[Row]]]:
    """All versions of every record in the order of their stamps, by table and key."""
    return {table: versions(past[0], table) for table in PEOPLE}


def versions(store: Store, table: str) -> dict[str, list[Row]]:
    declared = BY_NAME[table]
    columns = ", ".join(column.name for column in declared.landed)
    found: dict[str, list[Row]] = defaultdict(list)
    for place in (table, f"{table}_journal"):
        for row in store.query(f"SELECT {columns} FROM {place}").to_pylist():
            found[row[declared.key]].append(row | {"is_current": place == table})
    for rows in found.values():
        rows.sort(key=lambda row: row["stamped_at"])
    return found


def test_it_ends_in_the_planned_state(past: tuple[Store, Summary], tmp_path: Path) -> None:
    columns = (
        "individual_id, sex_code, birth_date, country_of_asylum_code, country_of_origin_code, location_code, "
        "legal_status_code, process_status_code, settlement_code, accommodation_code, operation_code"
    )
    ordered = f"SELECT {columns} FROM individual ORDER BY individual_id"
    without, _ = written(f"sqlite://{tmp_path}/without.sqlite", None)
    assert past[0].query(ordered).equals(without.query(ordered))
    without.close()
    assert past[0].now() == FIRST_MOMENT


def test_every_version_follows_upon_another(told: dict[str, dict[str, list[Row]]]) -> None:
    changed = Counter[str]()
    for table, records in told.items():
        for rows in records.values():
            assert [row["is_current"] for row in rows] == [False] * (len(rows) - 1) + [True], table
            assert rows[0]["stamped_at"] >= START and rows[-1]["stamped_at"] < FIRST_MOMENT
            assert len({row["created_on"] for row in rows}) == 1
            for before, after in pairwise(rows):
                assert before["stamped_at"] < after["stamped_at"]
                assert {**before, "is_current": 0, **dict.fromkeys(STAMPS)} != {
                    **after, "is_current": 0, **dict.fromkeys(STAMPS)
                }, f"{table} has a version that says nothing new"  # fmt: skip
                changed[table] += 1
    assert min(changed[table] for table in PEOPLE[:2]) > 100 and changed["specific_need"] > 10


def test_each_change_has_one_event_of_its_stamp_and_each_event_one_change(
    told: dict[str, dict[str, list[Row]]],
) -> None:
    of_needs = {(row["individual_id"], row["stamped_at"]) for rows in told["specific_need"].values() for row in rows}
    recorded = {
        (key, row["stamped_at"])
        for key, rows in told["individual"].items()
        for row in rows
        if row["stamped_at"] > START
    }
    events = Counter((rows[0]["individual_id"], rows[0]["stamped_at"]) for rows in told["event"].values())
    assert set(events.values()) == {1}, "at most one thing happens to a person on a day"
    of_need_alone = {
        (rows[0]["individual_id"], rows[0]["stamped_at"])
        for rows in told["event"].values()
        if rows[0]["event_type_code"] == "need_change"
    }
    assert of_need_alone <= of_needs and not of_need_alone & recorded
    assert set(events) - of_need_alone == recorded


def test_events_say_what_changed(told: dict[str, dict[str, list[Row]]]) -> None:
    seen = Counter[str]()
    for (event,) in told["event"].values():
        rows = told["individual"][event["individual_id"]]
        kind, seen[event["event_type_code"]] = event["event_type_code"], seen[event["event_type_code"]] + 1
        if kind == "need_change":
            continue
        at = next(n for n, row in enumerate(rows) if row["stamped_at"] == event["stamped_at"])
        after, before = rows[at], rows[at - 1] if at else {}
        match kind:
            case "registration" | "birth":
                assert at == 0 and after["registration_date"] == event["event_date"] == event["stamped_at"].date()
            case "status_change":
                hold = (before["process_status_code"], after["process_status_code"]) == ("A", "H")
                assert hold or (before["legal_status_code"], after["legal_status_code"]) == ("ASR", "REF")
            case "transfer":
                assert before["location_code"] != after["location_code"]
                assert after["location_date"] == event["event_date"]
            case "verification":
                assert before["last_contact_date"] < after["last_contact_date"] == event["event_date"]
                assert event["event_date"] <= event["stamped_at"].date()
            case "correction":
                assert before["birth_date"] < after["birth_date"]
            case _:
                assert before["process_status_code"] == "A" and after["process_status_code"] in "IC"
                assert after["process_status_reason_code"] == event["reason_code"] and before["deceased_date"] is None
    assert set(seen) >= {
        "registration", "birth", "status_change", "transfer", "verification", "correction", "inactivation", "death",
        "departure", "return", "resettlement", "merge", "need_change",
    }  # fmt: skip


def test_nothing_is_there_before_its_owner(told: dict[str, dict[str, list[Row]]]) -> None:
    born = {key: rows[0]["stamped_at"] for key, rows in told["individual"].items()}
    grouped = {key: rows[0]["stamped_at"] for key, rows in told["registration_group"].items()}
    for table in ("address", "document", "specific_need", "event"):
        for rows in told[table].values():
            assert rows[0]["stamped_at"] >= born[rows[0]["individual_id"]], table
    for (membership,) in told["membership"].values():
        assert membership["stamped_at"] == born[membership["individual_id"]] >= grouped[membership["group_id"]]


def test_a_group_grows_with_its_members(told: dict[str, dict[str, list[Row]]]) -> None:
    joined: dict[str, list[datetime]] = defaultdict(list)
    for (membership,) in told["membership"].values():
        joined[membership["group_id"]].append(membership["stamped_at"])
    for key, rows in told["registration_group"].items():
        for row in rows:
            assert row["declared_size"] == sum(moment <= row["stamped_at"] for moment in joined[key])
        assert set(joined[key]) <= {row["stamped_at"] for row in rows}


def test_who_moved_has_an_earlier_address(told: dict[str, dict[str, list[Row]]]) -> None:
    by_person: dict[str, list[list[Row]]] = defaultdict(list)
    for rows in told["address"].values():
        by_person[rows[0]["individual_id"]].append(rows)
    moved = 0
    for key, addresses in by_person.items():
        places = {row["stamped_at"]: row["location_code"] for row in told["individual"][key]}
        for moment, place in places.items():
            open_then = [
                row for rows in addresses for row in rows[:1]
                if row["stamped_at"] <= moment and not any(r["stamped_at"] <= moment and r["end_date"] for r in rows)
            ]  # fmt: skip
            closed = any(
                r["process_status_code"] in "IC" and r["stamped_at"] <= moment for r in told["individual"][key]
            )
            assert closed or [row["location_code"] for row in open_then] == [place]
        moved += len(addresses) > 1
    assert moved > 20


def test_documents_were_valid_until_they_expired(told: dict[str, dict[str, list[Row]]]) -> None:
    expired = [rows for rows in told["document"].values() if len(rows) > 1]
    assert len(expired) > 50
    for before, after in expired:
        assert (before["document_status_code"], after["document_status_code"]) == ("V", "X")
        assert after["stamped_at"].date() == after["expiry_date"]


def test_some_contacts_were_recorded_weeks_late(told: dict[str, dict[str, list[Row]]]) -> None:
    late = [
        event["stamped_at"] - event["modified_on"]
        for (event,) in told["event"].values()
        if event["event_type_code"] == "verification"
    ]
    assert all(lag.total_seconds() > 0 for lag in late)
    assert 0 < sum(lag.days >= 3 for lag in late) < len(late) / 20


def test_active_people_follow_the_published_stocks(
    past: tuple[Store, Summary], told: dict[str, dict[str, list[Row]]]
) -> None:
    country = {key: rows[0]["country_of_asylum_code"] for key, rows in told["individual"].items()}
    active_now = Counter(
        country[key] for key, rows in told["individual"].items() if rows[-1]["process_status_code"] == "A"
    )
    there: Counter[tuple[str, int]] = Counter()
    for key, rows in told["individual"].items():
        for year in range(2016, 2021):
            there[country[key], year] += _active(rows, datetime(year + 1, 1, 1))
    near, people = 0, 0
    for code in set(country.values()):
        wanted = stock_path(code, active_now[code], YEARS).active[:-1]
        pairs = [(there[code, 2016 + nth], stock) for nth, stock in enumerate(wanted)]
        is_near = all(abs(n - stock) <= 5 for n, stock in pairs) or all(
            abs(n / max(stock, 1) - 1) <= 0.1 for n, stock in pairs
        )
        near, people = near + is_near, people + active_now[code] * is_near
    note = next(note for note in past[1].notes if "follow the published stocks" in note)
    found = re.search(r"in (\d+) of (\d+) countries, which hold (\d+)%", note)
    assert found and abs(int(found[1]) - near) <= 1 and int(found[2]) == len(set(country.values()))
    assert abs(int(found[3]) / 100 - people / active_now.total()) < 0.02
    assert people > 0.75 * active_now.total()


def _active(rows: list[Row], before: datetime) -> bool:
    then = [row for row in rows if row["stamped_at"] < before]
    return bool(then) and then[-1]["process_status_code"] == "A"


@pytest.mark.postgres
def test_both_kinds_of_store_tell_the_same(told: dict[str, dict[str, list[Row]]], postgres_url: str) -> None:
    store, _ = written(postgres_url, YEARS)
    for table in PEOPLE:
        ours = versions(store, table)
        assert ours.keys() == told[table].keys()
        for key, rows in ours.items():
            assert [row | {"change_no": 0} for row in rows] == [row | {"change_no": 0} for row in told[table][key]]
    store.close()


@pytest.mark.parametrize("years", [0, 11])
def test_only_years_with_published_stocks(years: int) -> None:
    with pytest.raises(WrongRequest, match="1 to 10"):
        stock_path("KEN", 1000, years)


def test_a_country_without_stocks_stands_still() -> None:
    path = stock_path("XXX", 100, 2)
    assert path.active.tolist() == [100, 100, 100]
    assert path.start == (date(2019, 12, 31) - date(1970, 1, 1)).days
