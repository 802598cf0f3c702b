"""A created store holds the planned people; days that pass change them, and every change of state has its event."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from dataport.errors import WrongRequest
from dataport.store import FIRST_MOMENT, Store, connect
from dataport.synthetic import Plan, Summary, advance, create, plan
from dataport.synthetic.advance import how_many
from dataport.synthetic.organisation import accounts, business_units
from dataport.synthetic.seeds import operations, rate

SCALE, DAYS = 0.0005, 60
PEOPLE_TABLES = ("individual", "registration_group", "membership", "address", "document", "specific_need")


def new_store(path: Path, planned: Plan) -> tuple[Store, Summary]:
    store = connect(f"sqlite://{path}")
    return store, create(store, planned)


@pytest.fixture(scope="module")
def planned() -> Plan:
    return plan(SCALE)


@pytest.fixture(scope="module")
def created(tmp_path_factory: pytest.TempPathFactory, planned: Plan) -> tuple[Store, Summary]:
    return new_store(tmp_path_factory.mktemp("created") / "store.sqlite", planned)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory, planned: Plan) -> tuple[Store, Summary]:
    store, _ = new_store(tmp_path_factory.mktemp("lived") / "store.sqlite", planned)
    return store, advance(store, DAYS)


def rows(store: Store, sql: str) -> list[dict[str, Any]]:
    return store.query(sql).to_pylist()


def one(store: Store, sql: str) -> Any:
    return store.query(sql).column(0)[0].as_py()


# -- a new store ---------------------------------------------------------------------------------------------------


def test_country_totals_are_as_planned(created: tuple[Store, Summary], planned: Plan) -> None:
    sql = """SELECT operation_code, process_status_code = 'A' AS is_counted, count(*) AS n
             FROM individual GROUP BY 1, 2"""
    found = {(row["operation_code"], row["is_counted"]): row["n"] for row in rows(created[0], sql)}
    for operation in planned.operations:
        code = operation.operation.operation_code
        assert found.get((code, True), 0) == operation.active.sum()
        assert found.get((code, False), 0) == operation.others.sum()


def test_country_sex_and_age_are_as_planned(created: tuple[Store, Summary], planned: Plan) -> None:
    sql = """SELECT country_of_asylum_code AS country, sex_code, birth_date FROM individual
             WHERE process_status_code = 'A' AND legal_status_code IN ('REF', 'ASR')"""
    found: Counter[tuple[str, str, int]] = Counter()
    for row in rows(created[0], sql):
        age = 2021 - row["birth_date"].year if row["birth_date"] else -1
        group = sum(age >= edge for edge in (0, 5, 12, 18, 60)) - 1
        found[row["country"], row["sex_code"], group] += row["sex_code"] != "U"
    for operation in planned.operations:
        cells = operation.active[: operation.calibrated_count].sum(axis=0)[:12].reshape(2, 6)
        for sex, counts in zip("FM", cells, strict=True):
            for group, count in zip((0, 1, 2, 3, 4, -1), counts, strict=True):
                assert found[operation.operation.country_code, sex, group] == count


def test_the_first_load_is_stamped_with_the_end_of_2021_and_has_no_events(created: tuple[Store, Summary]) -> None:
    store, summary = created
    assert store.now() == FIRST_MOMENT == datetime(2021, 12, 31, 23, 59, 59)
    for table in PEOPLE_TABLES:
        stamps = rows(
            store, f"SELECT min(stamped_at) AS low_at, max(stamped_at) AS high_at, count(*) AS n FROM {table}"
        )[0]
        assert (stamps["low_at"], stamps["high_at"], stamps["n"]) == (FIRST_MOMENT, FIRST_MOMENT, summary.rows[table])
    assert one(store, "SELECT count(*) AS n FROM event") == 0
    assert store.is_armed()


def test_dates_keep_their_order_for_everybody(created: tuple[Store, Summary]) -> None:
    sql = """SELECT birth_date, fled_date, arrival_date, registration_date, legal_status_date, process_status_date,
                    last_contact_date, created_on, modified_on, deceased_date FROM individual"""
    for row in rows(created[0], sql):
        known = [row[name] for name in ("birth_date", "fled_date", "arrival_date", "registration_date") if row[name]]
        assert known == sorted(known)
        later = [row[name] for name in ("legal_status_date", "process_status_date", "last_contact_date")]
        assert row["registration_date"] <= min(later) and max(later) <= date(2021, 12, 31)
        assert row["created_on"] <= row["modified_on"] <= FIRST_MOMENT
        assert row["deceased_date"] is None or row["deceased_date"] <= row["process_status_date"]


def test_references_hold(created: tuple[Store, Summary]) -> None:
    store = created[0]
    for table, column, other, key in (
        ("individual", "business_unit_id", "business_unit", "business_unit_id"),
        ("individual", "location_code", "location", "location_code"),
        ("individual", "country_of_origin_code", "country", "country_code"),
        ("individual", "operation_code", "operation", "operation_code"),
        ("registration_group", "location_code", "location", "location_code"),
        ("membership", "individual_id", "individual", "individual_id"),
        ("membership", "group_id", "registration_group", "group_id"),
        ("address", "individual_id", "individual", "individual_id"),
        ("document", "individual_id", "individual", "individual_id"),
        ("specific_need", "individual_id", "individual", "individual_id"),
        ("business_unit", "parent_id", "business_unit", "business_unit_id"),
        ("user_account", "business_unit_id", "business_unit", "business_unit_id"),
        ("user_role", "user_id", "user_account", "user_id"),
        ("permission", "role_id", "role", "role_id"),
    ):
        orphan = f"{column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {other})"
        sql = f"SELECT count(*) AS n FROM {table} WHERE {orphan}"
        assert one(store, sql) == 0, (table, column)


@pytest.mark.parametrize(
    ("table", "column", "code_list"),
    [
        ("individual", "sex_code", "sex"),
        ("individual", "marital_status_code", "marital_status"),
        ("individual", "education_level_code", "education_level"),
        ("individual", "occupation_code", "occupation"),
        ("individual", "religion_code", "religion"),
        ("individual", "ethnicity_code", "ethnicity"),
        ("individual", "legal_status_code", "legal_status"),
        ("individual", "process_status_reason_code", "process_status_reason"),
        ("membership", "relationship_code", "relationship"),
        ("address", "address_type_code", "address_type"),
        ("document", "document_type_code", "document_type"),
        ("specific_need", "need_code", "need"),
        ("event", "event_type_code", "event_type"),
    ],
)
def test_codes_are_those_of_the_lists(lived: tuple[Store, Summary], table: str, column: str, code_list: str) -> None:
    known = {row["code"] for row in rows(lived[0], f"SELECT code FROM code_value WHERE code_list = '{code_list}'")}
    used = {row[column] for row in rows(lived[0], f"SELECT DISTINCT {column} FROM {table}")} - {None}
    assert used and used <= known


def test_one_current_address_and_at_most_one_valid_document_of_the_organisation(created: tuple[Store, Summary]) -> None:
    store = created[0]
    assert (
        one(store, "SELECT count(*) AS n FROM address WHERE address_type_code = 'CoA'") == created[1].rows["individual"]
    )
    sql = """SELECT count(*) AS n FROM (SELECT individual_id FROM document WHERE issued_by = 'UNHCR'
             AND document_status_code = 'V' GROUP BY 1 HAVING count(*) > 1) AS twice"""
    assert one(store, sql) == 0


def test_specific_needs_are_near_the_published_share(created: tuple[Store, Summary]) -> None:
    sql = """SELECT count(DISTINCT i.individual_id) AS n FROM individual i
             JOIN specific_need s ON s.individual_id = i.individual_id
             WHERE i.process_status_code = 'A' AND s.need_status_code = 'A'"""
    share = one(created[0], sql) / one(
        created[0], "SELECT count(*) AS n FROM individual WHERE process_status_code = 'A'"
    )
    assert 0.20 < share < 0.28


@pytest.mark.parametrize("field", ["fathers_name", "legal_basis_code", "birth_city", "fled_date"])
def test_fields_are_missing_at_their_documented_rates(created: tuple[Store, Summary], field: str) -> None:
    count, missing = created[1].rows["individual"], rate("missing", field)
    found = one(created[0], f"SELECT count(*) - count({field}) AS n FROM individual")
    assert abs(found - count * missing) < 5 * (count * missing) ** 0.5


def test_identifiers_are_unique(lived: tuple[Store, Summary]) -> None:
    for table, column in (("individual", "individual_no"), ("registration_group", "group_no"), ("document", "number")):
        sql = f"SELECT count(*) - count(DISTINCT {column}) AS n FROM {table}"
        assert one(lived[0], sql) == 0, column


def test_the_same_seed_gives_the_same_rows(created: tuple[Store, Summary], planned: Plan, tmp_path: Path) -> None:
    again, _ = new_store(tmp_path / "again.sqlite", planned)
    other, _ = new_store(tmp_path / "other.sqlite", plan(SCALE, seed=7))
    for table in PEOPLE_TABLES:
        sql = f"SELECT * FROM {table} ORDER BY 1"
        assert created[0].query(sql).equals(again.query(sql))
    assert created[0].query("SELECT individual_id FROM individual ORDER BY 1") != other.query(
        "SELECT individual_id FROM individual ORDER BY 1"
    )


def test_a_store_is_not_created_twice(created: tuple[Store, Summary], planned: Plan) -> None:
    with pytest.raises(WrongRequest, match="holds something already"):
        create(created[0], planned)


def test_accounts_reach_from_headquarters_to_a_field_office() -> None:
    units = {unit["business_unit_id"]: unit for unit in business_units(operations())}
    assert units["FO-KEN-1"]["parent_id"] == "CO-KEN" and units["CO-KEN"]["parent_id"] == "RB-EHAGL"
    assert units["RB-EHAGL"]["parent_id"] == "HQ" and units["HQ"]["parent_id"] is None
    assert Counter(unit["kind_code"] for unit in units.values())["country_office"] == 117
    users, roles = accounts(operations())
    by_login = {user["login"]: user for user in users}
    assert {
        "statistician.hq@example.org",
        "analyst.ken@example.org",
        "registrar.egy@example.org",
        "analyst.mena@example.org",
    } <= set(by_login)
    without_role = set(by_login) - {
        user["login"] for user in users for role in roles if role["user_id"] == user["user_id"]
    }
    assert {login for login in without_role if by_login[login]["is_enabled"]} == {"excel.hq@example.org"}
    disabled = [user["login"].split("@")[0] for user in users if not user["is_enabled"]]
    assert disabled == ["former.hq", "migration", "setup"]
    assert all(login.endswith("@example.org") for login in by_login)


# -- days that pass ------------------------------------------------------------------------------------------------


def test_every_kind_of_event_happens_within_sixty_days(lived: tuple[Store, Summary]) -> None:
    assert lived[1].events is not None
    kinds = {row["code"] for row in rows(lived[0], "SELECT code FROM code_value WHERE code_list = 'event_type'")}
    assert {kind for kind, count in lived[1].events.items() if count >= 2} == kinds
    told = {
        row["kind"]: row["n"]
        for row in rows(lived[0], "SELECT event_type_code AS kind, count(*) AS n FROM event GROUP BY 1")
    }
    assert told == lived[1].events


@pytest.mark.parametrize("kind", ["verification", "registration", "inactivation"])
def test_flows_are_near_their_yearly_rates(lived: tuple[Store, Summary], planned: Plan, kind: str) -> None:
    expected = rate("flow", kind) * planned.active * DAYS / 365
    assert 0.6 * expected < (lived[1].events or {})[kind] < 1.6 * expected


def test_the_clock_stands_at_the_end_of_the_last_day(lived: tuple[Store, Summary]) -> None:
    assert lived[0].now() == datetime(2022, 3, 1, 23, 59, 59)
    assert one(lived[0], "SELECT min(event_date) AS first_date FROM event") >= date(2022, 1, 1)
    assert one(lived[0], "SELECT max(event_date) AS last_date FROM event") <= date(2022, 3, 1)


def test_each_change_of_state_has_exactly_one_event_of_the_same_stamp(lived: tuple[Store, Summary]) -> None:
    store = lived[0]
    events = [
        (row["individual_id"], row["stamped_at"]) for row in rows(store, "SELECT individual_id, stamped_at FROM event")
    ]
    assert len(events) == len(set(events)) > 500
    changes: set[tuple[str, datetime]] = set()
    for table in ("individual", "membership", "specific_need"):
        for source in (table, f"{table}_journal"):
            sql = f"SELECT individual_id, stamped_at FROM {source}"
            changes |= {
                (row["individual_id"], row["stamped_at"])
                for row in rows(store, sql)
                if row["stamped_at"] > FIRST_MOMENT
            }
    buried = rows(store, "SELECT key, stamped_at FROM tombstone WHERE table_name = 'individual'")
    changes |= {(row["key"], row["stamped_at"]) for row in buried}
    assert changes == set(events)


def test_an_active_group_has_one_active_focal_point_and_no_other(lived: tuple[Store, Summary]) -> None:
    sql = """SELECT g.group_id, g.status_code, sum(CASE WHEN i.process_status_code = 'A' THEN 1 ELSE 0 END) AS active,
                    sum(CASE WHEN m.is_focal_point THEN 1 ELSE 0 END) AS focal,
                    sum(CASE WHEN m.is_focal_point AND i.process_status_code = 'A' THEN 1 ELSE 0 END) AS active_focal
             FROM registration_group g JOIN membership m ON m.group_id = g.group_id AND m.is_active
             JOIN individual i ON i.individual_id = m.individual_id GROUP BY 1, 2"""
    for row in rows(lived[0], sql):
        assert (row["status_code"] == "A") == (row["active"] > 0)
        assert row["focal"] == 1
        assert row["active_focal"] == (row["active"] > 0)


def test_everybody_has_one_current_membership(lived: tuple[Store, Summary]) -> None:
    sql = "SELECT individual_id, sum(CASE WHEN is_active THEN 1 ELSE 0 END) AS n FROM membership GROUP BY 1"
    assert {row["n"] for row in rows(lived[0], sql)} == {1}
    assert one(lived[0], "SELECT count(DISTINCT individual_id) AS n FROM membership") == one(
        lived[0], "SELECT count(*) AS n FROM individual"
    )


def test_members_live_with_their_group_after_they_move(lived: tuple[Store, Summary]) -> None:
    sql = """SELECT count(*) AS n FROM individual i
             JOIN membership m ON m.individual_id = i.individual_id AND m.is_active
             JOIN registration_group g ON g.group_id = m.group_id
             WHERE i.process_status_code = 'A'
             AND (i.location_code <> g.location_code OR i.business_unit_id <> g.business_unit_id)"""
    assert one(lived[0], sql) == 0
    sql = """SELECT count(*) AS n FROM individual i JOIN address a ON a.individual_id = i.individual_id
             AND a.address_type_code = 'CoA' AND a.is_active
             WHERE i.process_status_code = 'A' AND a.location_code <> i.location_code"""
    assert one(lived[0], sql) == 0
    current = "SELECT count(*) AS n FROM address WHERE address_type_code = 'CoA' AND is_active"
    assert one(lived[0], current) == one(
        lived[0], "SELECT count(*) AS n FROM individual WHERE process_status_code IN ('A', 'H')"
    )


def test_the_stock_moves_by_its_flows(lived: tuple[Store, Summary], planned: Plan) -> None:
    events = lived[1].events or {}
    comes = sum(events[kind] for kind in ("registration", "birth", "reactivation"))
    goes = sum(
        events[kind] for kind in ("inactivation", "departure", "return", "resettlement", "death", "merge", "deletion")
    )
    assert (
        one(lived[0], "SELECT count(*) AS n FROM individual WHERE process_status_code = 'A'")
        == planned.active + comes - goes
    )


def test_a_deleted_record_leaves_nothing_but_its_event(lived: tuple[Store, Summary]) -> None:
    store = lived[0]
    gone = [
        row["individual_id"]
        for row in rows(store, "SELECT individual_id FROM event WHERE event_type_code = 'deletion'")
    ]
    assert gone
    for table in ("individual", "membership", "address", "document", "specific_need"):
        marks = ", ".join("?" * len(gone))
        assert (
            store.query(f"SELECT count(*) AS n FROM {table} WHERE individual_id IN ({marks})", tuple(gone))["n"][
                0
            ].as_py()
            == 0
        )


def test_some_records_come_late_from_a_device_and_none_from_the_future(lived: tuple[Store, Summary]) -> None:
    sql = "SELECT created_on, stamped_at, entry_channel_code FROM event"
    late = [(row["stamped_at"] - row["created_on"]).days for row in rows(lived[0], sql)]
    assert min(late) >= 0
    assert 0 < sum(days >= 2 for days in late) < len(late) / 10


def test_days_are_the_same_however_they_are_divided(planned: Plan, tmp_path: Path) -> None:
    at_once, _ = new_store(tmp_path / "once.sqlite", planned)
    in_parts, _ = new_store(tmp_path / "parts.sqlite", planned)
    advance(at_once, 8)
    for days in (3, 5):
        advance(in_parts, days)
    for table in (*PEOPLE_TABLES, "event"):
        columns = f"SELECT * FROM {table} ORDER BY 1"
        drop = ["change_no"]
        assert at_once.query(columns).drop_columns(drop).equals(in_parts.query(columns).drop_columns(drop)), table


def test_no_day_does_not_pass(lived: tuple[Store, Summary]) -> None:
    with pytest.raises(WrongRequest, match="Let at least 1 day pass"):
        advance(lived[0], 0)


@pytest.mark.parametrize("kind", ["registration", "death", "verification"])
def test_things_happen_at_their_yearly_rate(kind: str) -> None:
    active = 1_000_000
    happened = sum(how_many(kind, 1.0, active, day) for day in range(1, 366))
    assert abs(happened - rate("flow", kind) * active) <= 1


@pytest.mark.postgres
def test_postgresql_holds_the_same_people_and_lives_by_the_same_rules(postgres_url: str, tmp_path: Path) -> None:
    small = plan(0.0001)
    server, file = connect(postgres_url), connect(f"sqlite://{tmp_path / 'store.sqlite'}")
    for store in (server, file):
        create(store, small)
    for table in PEOPLE_TABLES:
        columns = [name for name in file.query(f"SELECT * FROM {table}").column_names if name != "change_no"]
        key = columns[0]
        found = [store.query(f"SELECT {', '.join(columns)} FROM {table}").sort_by(key) for store in (server, file)]
        assert found[0].to_pylist() == found[1].to_pylist(), table
    happened = advance(server, 30)
    told = {
        row["kind"]: row["n"]
        for row in rows(server, "SELECT event_type_code AS kind, count(*) AS n FROM event GROUP BY 1")
    }
    assert told == happened.events and sum(told.values()) > 5
    assert server.now() == datetime(2022, 1, 30, 23, 59, 59)
    for store in (server, file):
        store.close()
