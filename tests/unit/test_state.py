"""The state of a home: private, whole or not at all, of one version, and nothing of a record that was erased."""

from __future__ import annotations

import multiprocessing
import sqlite3
import stat
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import pytest

from dataport.errors import Busy, Damaged, NewerHome
from dataport.state import Scorecards, State, Subject, WorkingList, database, erase, schema, subjects, working_list

AMINA, JOHN, GROUP = Subject("individual", 1), Subject("individual", 2), Subject("registration_group", 1)
MORNING = datetime(2022, 3, 1, 8, 30)


@pytest.fixture
def state(tmp_path: Path) -> State:
    return State(tmp_path / "state" / "state.sqlite3")


def list_of(state: State, now: datetime = MORNING) -> WorkingList:
    return WorkingList(state, lambda: now)


def test_nothing_is_made_by_who_only_looks(state: State) -> None:
    assert list_of(state).of([AMINA]) == {}
    assert subjects(state) == frozenset()
    assert erase(state, [AMINA]) == 0
    assert state.trouble(deep=True) is None
    assert not state.path.parent.exists()


def test_what_was_made_is_there_for_the_next_who_looks(state: State) -> None:
    made = list_of(state)
    assert made.assign([AMINA, JOHN, AMINA], "K05", "registrar@x", "officer@x") == 2
    made.excuse([AMINA], "K05", "No camera at the border point", date(2022, 6, 30), "officer@x")
    made.note([AMINA, GROUP], "K25", "Asked the field office", "registrar@x")
    found = list_of(State(state.path)).of([AMINA, JOHN, GROUP])
    assert set(found) == {AMINA, JOHN, GROUP}
    work = found[AMINA]
    assert work.assignee("K05") == "registrar@x"
    assert work.assignee("K06") is None
    excuse = work.excuse("K05", date(2022, 6, 30))
    assert excuse and (excuse.reason, excuse.made_by, excuse.made_at) == (
        "No camera at the border point", "officer@x", MORNING,
    )  # fmt: skip
    assert [one.said for one in work.notes] == ["Asked the field office"]
    assert list_of(state).of([JOHN])[JOHN].excuses == ()


def test_an_excuse_is_in_force_on_no_day_before_it_was_made_and_none_after_it_ends(state: State) -> None:
    list_of(state).excuse([AMINA], "K05", "No camera", date(2022, 6, 30), "officer@x")
    work = list_of(state).of([AMINA])[AMINA]
    held = [day for day in (date(2022, 2, 28), date(2022, 3, 1), date(2022, 6, 30), date(2022, 7, 1))
            if work.excuse("K05", day)]  # fmt: skip
    assert held == [date(2022, 3, 1), date(2022, 6, 30)]
    list_of(state, datetime(2022, 4, 1)).excuse([AMINA], "K05", None, None, "officer@x")
    work = list_of(state).of([AMINA])[AMINA]
    assert work.excuse("K05", date(2022, 3, 31))
    assert work.excuse("K05", date(2022, 4, 1)) is None


def test_what_is_excused_and_all_there_is_are_read_at_once_and_by_an_index(state: State) -> None:
    made = list_of(state)
    made.excuse([AMINA, GROUP], "K05", "No camera", date(2022, 6, 30), "officer@x")
    made.excuse([JOHN], "K06", "No reader", date(2022, 6, 30), "officer@x")
    made.note([JOHN], "K05", "Seen", "officer@x")
    assert made.excused("individual", "K05", date(2022, 6, 30)) == {AMINA.key}
    assert made.excused("individual", "K05", date(2022, 7, 1)) == frozenset()
    assert made.everything() == made.of([AMINA, JOHN, GROUP, Subject("individual", 9)])
    assert list(made.everything()) == sorted([AMINA, JOHN, GROUP])
    with state.reading() as connection:
        for where, values in (
            (working_list._OF, {"kind": "individual", "keys": "[1, 2]"}),
            ("where kpi = :kpi and subject_kind = :kind", {"kpi": "K05", "kind": "individual"}),
        ):
            plan = connection.execute(f"explain query plan select * from excuse {where} order by excuse_id", values)
            assert "USING INDEX" in str(plan.fetchall())


def test_who_has_a_record_now_is_whom_it_was_given_to_last(state: State) -> None:
    list_of(state).assign([AMINA], "K05", "first@x", "officer@x")
    list_of(state).assign([AMINA], "K05", "second@x", "officer@x")
    work = list_of(state).of([AMINA])[AMINA]
    assert [one.assignee for one in work.assignments] == ["first@x", "second@x"]
    assert work.assignee("K05") == "second@x"
    list_of(state).assign([AMINA], "K05", None, "officer@x")
    assert list_of(state).of([AMINA])[AMINA].assignee("K05") is None


def test_what_is_said_of_a_record_goes_with_it_and_leaves_no_trace_in_the_file(state: State) -> None:
    words = "a very particular sentence"
    for about in (AMINA, GROUP):
        list_of(state).note([about], "K05", words, "officer@x")
        list_of(state).assign([about], "K05", "second@x", "officer@x")
        list_of(state).excuse([about], "K05", words, date(2022, 6, 30), "officer@x")
    assert subjects(state) == {AMINA, GROUP}
    assert erase(state, [AMINA]) == 3
    assert subjects(state) == {GROUP}
    assert erase(state, [GROUP]) == 3
    left = b"".join(path.read_bytes() for path in state.path.parent.iterdir())
    assert words.encode() not in left


def test_every_table_that_speaks_of_a_record_is_erased_also_one_that_comes_later(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = "create table later (later_id integer primary key, subject_kind text, subject_key integer, made text)"
    monkeypatch.setattr(database, "MIGRATIONS", (*schema.MIGRATIONS, (later,)))
    database._expected.cache_clear()
    try:
        with state.writing() as connection:
            connection.execute("insert into later (subject_kind, subject_key) values ('individual', 1)")
        assert erase(state, [AMINA]) == 1
    finally:
        database._expected.cache_clear()


def test_a_file_of_an_earlier_version_is_brought_to_this_one_with_all_it_has(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    list_of(state).note([AMINA], "K05", "before", "officer@x")
    monkeypatch.setattr(database, "MIGRATIONS", (*schema.MIGRATIONS, ("create table later (later_id integer)",)))
    database._expected.cache_clear()
    try:
        assert [one.said for one in list_of(state).of([AMINA])[AMINA].notes] == ["before"]
    finally:
        database._expected.cache_clear()


def test_a_file_of_a_later_version_is_left_as_it_is(state: State) -> None:
    list_of(state).note([AMINA], "K05", "later", "officer@x")
    with closing(sqlite3.connect(state.path)) as file:
        file.execute("pragma user_version = 99")
    before = state.path.read_bytes()
    for attempt in (lambda: list_of(state).of([AMINA]), lambda: list_of(state).note([AMINA], "K05", "x", "o@x")):
        with pytest.raises(NewerHome, match="later version"):
            attempt()
    assert state.path.read_bytes() == before
    assert "later version" in str(state.trouble())


@pytest.mark.parametrize("what", ["text", "cut", "another database", "a table is gone"])
def test_a_damaged_file_is_said_and_left_as_it_is(state: State, what: str) -> None:
    for n in range(300):
        list_of(state).note([AMINA], "K05", f"note {n} " + "x" * 200, "officer@x")
    state.forget()
    if what == "text":
        state.path.write_text("no database at all, but a text that somebody put here " * 10)
    elif what == "cut":
        state.path.write_bytes(state.path.read_bytes()[:20_000])
    elif what == "another database":
        state.path.unlink()
        with closing(sqlite3.connect(state.path)) as other:
            other.execute("create table mine (a)")
    else:
        with closing(sqlite3.connect(state.path)) as file:
            file.execute("drop table note")
    before = state.path.read_bytes()
    with pytest.raises(Damaged, match="newest backup"):
        list_of(state).of([AMINA])
    with pytest.raises(Damaged):
        list_of(state).note([AMINA], "K05", "more", "officer@x")
    assert state.path.read_bytes() == before
    assert "newest backup" in str(state.trouble(deep=True))


def test_only_its_owner_may_read_it(state: State) -> None:
    list_of(state).note([AMINA], "K05", "mine", "officer@x")
    with state.reading():
        modes = {
            stat.S_IMODE(path.stat().st_mode) & 0o077 for path in (state.path.parent, *state.path.parent.iterdir())
        }
    assert modes == {0}


def test_a_change_that_fails_has_not_been(state: State) -> None:
    with pytest.raises(RuntimeError), state.writing() as connection:
        connection.execute(
            "insert into note (subject_kind, subject_key, kpi, said, made_by, made_at) values ('a', 1, '', '', '', '')"
        )
        raise RuntimeError
    assert subjects(state) == frozenset()


def test_who_finds_it_written_to_for_long_is_told_so(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_WAIT_SECONDS", 0.05)
    with state.writing():
        # readers go on meanwhile
        assert subjects(state) == frozenset()
        with pytest.raises(Busy, match="Try again"):
            list_of(state).note([AMINA], "K05", "x", "officer@x")


def _write(path: Path, key: int) -> None:
    for n in range(10):
        WorkingList(State(path)).note([Subject("individual", key)], "K05", str(n), "officer@x")


def test_several_who_write_at_once_from_the_very_beginning_lose_nothing(state: State) -> None:
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_write, args=(state.path, key)) for key in range(4)]
    for one in writers:
        one.start()
    for one in writers:
        one.join()
    assert [one.exitcode for one in writers] == [0] * 4
    found = list_of(state).of([Subject("individual", key) for key in range(4)])
    assert [len(work.notes) for work in found.values()] == [10] * 4


def test_what_people_wrote_does_not_print(state: State) -> None:
    list_of(state).excuse([AMINA], "K05", "because of her", date(2022, 6, 30), "officer@x")
    list_of(state).note([AMINA], "K05", "because of her", "officer@x")
    assert "because of her" not in repr(list_of(state).of([AMINA]))


def test_a_scorecard_is_kept_as_it_was_told(state: State) -> None:
    told = {"kpis": [{"name": "K01", "value": 0.93}], "score": 0.9, "as_of": "2022-02-28", "scope": "Kenya"}
    kept = Scorecards(state, lambda: MORNING)
    first = kept.keep(told, viewer="o@x", scope="Kenya", as_of=date(2022, 2, 28), data_version=3, definitions="abc")
    kept.keep(told, viewer="other@x", scope="all", as_of=date(2022, 2, 28), data_version=3, definitions="abc")
    (found,) = Scorecards(state).of("o@x")
    assert (found.number, found.told, found.kept_at, found.data_version) == (first, told, MORNING, 3)
    with closing(sqlite3.connect(state.path)) as file:
        file.execute("update scorecard set told = replace(told, '0.93', '0.99')")
        file.commit()
    with pytest.raises(Damaged, match="not as it was kept"):
        Scorecards(state).of("o@x")
