"""What a transaction in flight holds back lands later, and no answer is given for a time in which it is missing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from people import all_landed, landed, living, person
from test_reconcile import latest, past_the_triggers

from dataport.errors import ContractBroken, SourceChanged, WrongRequest
from dataport.extract import Past, Source, extract, reconcile
from dataport.extract.adapter import Seen
from dataport.extract.postgres_held import look
from dataport.landing import Landing
from dataport.store import FIRST_MOMENT, Store, connect

pytestmark = pytest.mark.postgres

DAY = timedelta(days=1)


@pytest.fixture
def store(postgres_url: str, landing: Landing) -> Iterator[Store]:
    """A store with one person, looked at on the first day."""
    with closing(connect(postgres_url)) as store:
        store.create()
        store.arm()
        changed(store, 0)
        assert extract(Source("main", "postgres", postgres_url), landing) is not None
        yield store


def changed(store: Store, day: float) -> None:
    """A person comes on a day."""
    store.set_clock(FIRST_MOMENT + day * DAY)
    with store.write() as writer:
        writer.insert("individual", [person(f"day-{day}")])


@contextmanager
def session(url: str, database: str | None = None) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that has a number and stays open."""
    named = url if database is None else url.rsplit("/", 1)[0] + f"/{database}"
    with psycopg.connect(named) as open_one:
        open_one.execute("SELECT pg_current_xact_id()")
        yield open_one


@pytest.mark.parametrize("elsewhere", [False, True], ids=["this database", "another database"])
def test_the_watermark_waits_for_what_is_held_back(
    postgres_url: str, store: Store, landing: Landing, elsewhere: bool
) -> None:
    source = Source("main", "postgres", postgres_url)
    first = landing.batches()[-1].window
    with session(postgres_url, "postgres" if elsewhere else None) as held:
        for day in (1, 2, 3):
            changed(store, day)
            batch = extract(source, landing)
            mark = landing.batches()[-1].window.high_clock
            assert mark <= first.high_clock + timedelta(seconds=1), "the days since are not known yet"
            assert batch is None or batch.rows == 0
        [seen, *_] = [one.held for one in landing.sightings("main") if one.held]
        assert seen.name == str(held.info.backend_pid)
        assert f"process {held.info.backend_pid} " in seen.words and "account 'dataport'" in seen.words
        held.commit()
    batch = extract(source, landing)
    assert batch is not None and batch.rows == 3
    # each is recorded when it happened, not when it landed
    assert [row["stamped_at"] for row in landed(batch, "individual")] == [FIRST_MOMENT + day * DAY for day in (1, 2, 3)]
    assert all(row["stamped_at"] >= batch.window.low_clock for row in landed(batch, "individual"))
    assert batch.window.high_clock > FIRST_MOMENT + 3 * DAY
    assert landing.sightings("main")[-1].held is None


def test_a_watermark_goes_on_to_the_last_window_that_was_complete(
    postgres_url: str, store: Store, landing: Landing
) -> None:
    """Somebody is always at work: the watermark is then one window behind, and does not stand still."""
    source = Source("main", "postgres", postgres_url)
    connection = psycopg.connect(postgres_url)
    connection.execute("SELECT pg_current_xact_id()")
    marks = []
    for day in range(1, 5):
        changed(store, day)
        extract(source, landing)
        marks.append(landing.batches()[-1].window.high_clock)
        following = psycopg.connect(postgres_url)
        following.execute("SELECT pg_current_xact_id()")
        connection.close()
        connection = following
    connection.close()
    assert [mark.date() for mark in marks[1:]] == [(FIRST_MOMENT + day * DAY).date() for day in (1, 2, 3)]
    assert len(all_landed(landing, "individual")) == 4


def test_two_sessions_that_delete_and_insert_one_key(postgres_url: str, store: Store, landing: Landing) -> None:
    """The second waits for the first before it takes its stamp, so that the record that lives comes last."""
    source = Source("main", "postgres", postgres_url)
    insert = (
        "INSERT INTO individual (individual_id, individual_no, business_unit_id, operation_code, process_status_code, "
        "created_on, modified_on) VALUES ('day-0', 'again', 'U', 'KEN', 'A', now(), now())"
    )
    with psycopg.connect(postgres_url) as one, psycopg.connect(postgres_url) as two, ThreadPoolExecutor(1) as beside:
        two.execute("SELECT pg_current_xact_id()")
        one.execute("DELETE FROM individual WHERE individual_id = 'day-0'")
        waiting = beside.submit(two.execute, insert)
        time.sleep(0.3)
        assert not waiting.done()
        one.commit()
        waiting.result()
        two.commit()
    batch = extract(source, landing)
    assert batch is not None
    last = [(row["is_deleted"], row["individual_no"]) for row in landed(batch, "individual")]
    assert last == [(True, None), (False, "again")]
    stamps = [row["stamped_at"] for row in landed(batch, "individual")]
    assert stamps[0] < stamps[1]


def test_a_record_that_lives_outlives_a_crossed_tombstone(postgres_url: str, store: Store, landing: Landing) -> None:
    """Stores that took the stamp before the wait left tombstones beside, or after, the version that lives."""
    source = Source("main", "postgres", postgres_url)
    with psycopg.connect(postgres_url) as server:
        server.execute(
            "INSERT INTO tombstone SELECT 'individual', individual_id, pg_current_xact_id()::text::bigint, stamped_at "
            "FROM individual"
        )
    batch = extract(source, landing)
    assert batch is None or not any(row["is_deleted"] for row in landed(batch, "individual"))


@contextmanager
def prepared(url: str, name: str, *statements: str) -> Iterator[psycopg.Connection[Any]]:
    """A transaction that was prepared, and that nobody has ended yet."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute("BEGIN")
        server.execute("SELECT pg_current_xact_id()")
        for statement in statements:
            server.execute(statement)
        server.execute(f"PREPARE TRANSACTION '{name}'")
        yield server


CHANGE = "UPDATE individual SET phone = 'late' WHERE individual_id = 'day-0'"
BURY = "DELETE FROM individual WHERE individual_id = 'day-0'"


def test_a_prepared_transaction_holds_back_until_it_ends(postgres_url: str, store: Store, landing: Landing) -> None:
    source = Source("main", "postgres", postgres_url)
    first = landing.batches()[-1].window.high_clock
    with prepared(postgres_url, "forgotten", CHANGE) as server:
        # nothing was given after it: its number alone says that something is missing
        store.set_clock(FIRST_MOMENT + DAY)
        extract(source, landing)
        assert landing.batches()[-1].window.high_clock <= first + timedelta(seconds=1)
        changed(store, 2)
        extract(source, landing)
        assert landing.batches()[-1].window.high_clock <= first + timedelta(seconds=1)
        held = landing.sightings("main")[-1].held
        assert held is not None and held.name == "forgotten" and held.since is not None
        assert "the prepared transaction 'forgotten'" in held.words
        server.execute("COMMIT PREPARED 'forgotten'")
    extract(source, landing)
    assert latest(landing, "individual", "individual_id") == living(store, "individual")
    late = next(row for row in all_landed(landing, "individual") if row["phone"] == "late")
    assert late["stamped_at"] < FIRST_MOMENT + DAY and late["stamped_at"] >= late["low_clock"]


@pytest.mark.parametrize("how", ["COMMIT", "ROLLBACK"])
@pytest.mark.parametrize("statement", [CHANGE, BURY])
def test_what_was_gone_on_without_lands_late(
    postgres_url: str, store: Store, landing: Landing, how: str, statement: str
) -> None:
    source = Source("main", "postgres", postgres_url)
    with prepared(postgres_url, "forgotten", statement) as server:
        for day in (1, 2):
            changed(store, day)
            extract(source, landing)
        with pytest.raises(WrongRequest, match=r"Nothing called 'nobody' holds back.*forgotten"):
            extract(source, landing, past=Past("nobody", "a mistake"))
        batch = extract(source, landing, past=Past("forgotten", "its program is gone"))
        assert batch is not None and batch.rows == 2
        assert batch.window.high_clock > FIRST_MOMENT + 2 * DAY
        assert [(one.name, one.reason) for one in batch.passed] == [("forgotten", "its program is gone")]
        assert any("its program is gone" in note for note in batch.notes)
        changed(store, 3)
        batch = extract(source, landing)
        assert batch is not None and batch.rows == 1 and not landing.sightings("main")[-1].held
        assert len(landing.passed("main")) == 1
        server.execute(f"{how} PREPARED 'forgotten'")
    batch = extract(source, landing)
    assert batch is not None and batch.settled and landing.passed("main") == ()
    assert any("landed as late" in note for note in batch.notes)
    assert all(row["stamped_at"] < batch.window.low_clock for row in landed(batch, "individual"))
    assert bool(batch.rows) == (how == "COMMIT")
    assert latest(landing, "individual", "individual_id") == living(store, "individual")
    assert extract(source, landing) is None
    found = reconcile(source, landing)
    assert (found.differences, found.left_out) == (0, ())


def test_what_was_gone_on_without_is_late_whatever_number_its_rows_bear(
    postgres_url: str, store: Store, landing: Landing
) -> None:
    """It changes a record after a younger one did: the row keeps the greater number."""
    source = Source("main", "postgres", postgres_url)
    with psycopg.connect(postgres_url) as old:
        old.execute("SELECT pg_current_xact_id()")
        with store.write() as writer:
            writer.update("individual", [{"individual_id": "day-0", "phone": "young"}])
        old.execute(CHANGE)
        batch = extract(source, landing, past=Past(str(old.info.backend_pid), "never ends"))
        assert batch is not None and [row["phone"] for row in landed(batch, "individual")] == ["young"]
        old.commit()
    extract(source, landing)
    assert latest(landing, "individual", "individual_id") == living(store, "individual")
    assert reconcile(source, landing).differences == 0


def test_maintenance_holds_nothing_back() -> None:
    """The server's own processes have no account; one that nobody can name is taken for a writer."""
    view = (FIRST_MOMENT, FIRST_MOMENT, 110, [100, 104])

    def asked(*running: tuple[Any, ...]) -> Any:
        return lambda sql: [view] if "pg_current_snapshot" in sql else list(running)

    cleaner = (100, 1, None, "registration", None, None, True)
    writer = (104, 2, None, "registration", "clerk", None, False)
    found = look(asked(cleaner, writer), Seen())
    assert (found.high, found.newest, [one.name for one in found.holders]) == (104, 110, ["2"])
    found = look(asked(cleaner, (104, 3, None, "registration", None, None, True)), Seen())
    assert (found.high, found.newest, found.holders, found.unsure) == (110, 110, (), False)
    found = look(asked(writer), Seen())
    assert (found.high, found.unsure) == (100, True)


def test_rows_of_another_server_are_compared_and_followed(postgres_url: str, store: Store, landing: Landing) -> None:
    """A table restored from elsewhere: its numbers lie above all that this server has given."""
    source = Source("main", "postgres", postgres_url)
    changed(store, 0.5)
    extract(source, landing)
    with past_the_triggers(store, postgres_url) as run:
        run(
            "INSERT INTO individual (individual_id, individual_no, business_unit_id, operation_code, "
            "process_status_code, created_on, modified_on, change_no, stamped_at) "
            "SELECT 'far-' || n, 'far', 'KEN', 'KEN', 'A', now(), now(), 1e12::bigint + n, '2021-06-01' "
            "FROM generate_series(1, 5) AS n"
        )
        run("UPDATE individual SET change_no = 1e12::bigint, phone = 'mended' WHERE individual_id = 'day-0'")
    extract(source, landing)
    assert landing.sightings("main")[-1].strangers == (("individual", 6),)
    found = reconcile(source, landing)
    assert (found.differences, found.left_out) == (6, ())
    assert latest(landing, "individual", "individual_id") == living(store, "individual")
    assert reconcile(source, landing).differences == 0
    # what happens to them from now on is brought by windows
    store.set_clock(FIRST_MOMENT + DAY)
    with store.write() as writer:
        writer.update("individual", [{"individual_id": "far-1", "phone": "later"}])
        writer.delete("individual", ["far-2"])
    extract(source, landing)
    assert latest(landing, "individual", "individual_id") == living(store, "individual")
    # what is stamped at the very end of a window may come twice, which is one version; never again after that
    for day in (2, 3):
        store.set_clock(FIRST_MOMENT + day * DAY)
        batch = extract(source, landing)
    assert batch is not None and batch.rows == 0
    assert reconcile(source, landing).differences == 0


def test_triggers_that_were_off_for_a_time_are_noticed(postgres_url: str, store: Store, landing: Landing) -> None:
    source = Source("main", "postgres", postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("ALTER TABLE individual DISABLE TRIGGER individual_stamp")
        with pytest.raises(SourceChanged, match="changes of individual are off or gone"):
            extract(source, landing)
        server.execute("UPDATE individual SET phone = 'unseen'")
        server.execute("ALTER TABLE individual ENABLE TRIGGER individual_stamp")
    with pytest.raises(SourceChanged, match=r"its triggers were changed, or were off for a time.*--reconcile"):
        extract(source, landing)
    assert reconcile(source, landing).differences == 1
    assert extract(source, landing) is None
    assert latest(landing, "individual", "individual_id") == living(store, "individual")


def test_a_table_that_is_rewritten_meanwhile_waits(postgres_url: str, store: Store, landing: Landing) -> None:
    """To an older view a rewritten table is empty: everything in it would be lost to the window."""
    source = Source("main", "postgres", postgres_url)
    changed(store, 1)
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute("SET lock_timeout = '200ms'")

        def tell(_: str) -> None:
            with pytest.raises(psycopg.errors.LockNotAvailable):
                server.execute("ALTER TABLE individual ALTER COLUMN change_no TYPE numeric")

        batch = extract(source, landing, tell)
        assert batch is not None and batch.rows == 1
        server.execute("ALTER TABLE individual ALTER COLUMN individual_no TYPE varchar(9)")
        server.execute("ALTER TABLE individual ALTER COLUMN phone TYPE integer USING NULL")
    with pytest.raises(ContractBroken, match=r"keeps individual\.phone as integer"):
        extract(source, landing)
