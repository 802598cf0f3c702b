"""What people leave behind is kept for as long as the policy of its store says, and no longer."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from test_audit_log import LOOK

from dataport.audit import open_log
from dataport.dictionary import retention_limit
from dataport.errors import WrongRequest
from dataport.jobs.retention import retain, retention_trouble
from dataport.settings import RetentionSettings, Settings
from dataport.state import AccessKeys, Reader, SavedThings, Sessions, State, end_access

MADE = datetime(2020, 1, 10, 12)
OWNER = Reader("a@example.org")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "home").mkdir(mode=0o700)
    return Settings(home=tmp_path / "home", keyring=tmp_path / "keys.json")


def _rows(state: State, table: str) -> int:
    with state.reading() as connection:
        return int(connection.execute(f"select count(*) from {table}").fetchone()[0])


def test_a_home_in_which_nobody_did_anything_has_nothing_to_delete(settings: Settings) -> None:
    assert (retain(settings).rows, retain(settings).looks) == (0, None)
    assert not settings.state.exists()
    assert not settings.keyring.exists()


def test_earlier_versions_go_and_the_newest_stays(settings: Settings) -> None:
    things = SavedThings(State(settings.state), lambda: MADE)
    kept = things.keep("question", "mine", {"a": 1}, OWNER)
    things.change("question", kept.number, "mine", {"a": 2}, since=1, reader=OWNER)
    days = retention_limit("saved_days")
    assert retain(settings, MADE + timedelta(days=days - 1)).rows == 0
    assert retain(settings, MADE + timedelta(days=days)).rows == 1
    assert [one.version for one in things.versions("question", kept.number, OWNER)] == [2]
    assert retain(settings, MADE + timedelta(days=10 * days)).rows == 0


def test_what_has_ended_goes_and_what_is_in_use_stays(settings: Settings) -> None:
    state = State(settings.state)
    keys = AccessKeys(state, lambda: MADE)
    ended, used = (
        keys.make("a", name, scopes=frozenset(("ask",)), made_by="os", expires_at=MADE + timedelta(days=days))
        for name, days in (("ended", 1), ("used", 9_000))
    )
    Sessions(state, 1.0, lambda: MADE).begin("a@example.org")
    with state.writing() as connection:
        for ending in (None, MADE.isoformat()):
            connection.execute(
                "insert into assignment (subject_kind, subject_key, kpi, assignee, made_by, made_at, ended_at) "
                "values ('individual', 1, 'K01', 'a', 'b', ?, ?)",
                (MADE.isoformat(), ending),
            )
    retain(settings, MADE + timedelta(hours=2))
    assert [_rows(state, table) for table in ("session", "access_key", "assignment")] == [0, 2, 2]
    retain(settings, MADE + timedelta(days=retention_limit("state_days") + 2))
    assert [_rows(state, table) for table in ("session", "access_key", "assignment")] == [0, 1, 1]
    assert keys.find(used.key)
    assert not keys.find(ended.key)
    assert ended.key not in settings.state.read_bytes().decode("latin-1")


def test_looks_are_kept_for_as_long_as_is_set_and_never_for_less_than_is_said(settings: Settings) -> None:
    open_log(settings).write(LOOK)
    later = datetime.now() + timedelta(days=500)
    assert retain(settings, later).looks is None
    shorter = Settings(home=settings.home, keyring=settings.keyring, retention=RetentionSettings(looks_days=400))
    removed = retain(shorter, later).looks
    assert removed and (removed.first, removed.last) == (1, 1)
    assert open_log(settings).verify().intact
    too_short = Settings(home=settings.home, keyring=settings.keyring, retention=RetentionSettings(looks_days=364))
    with pytest.raises(WrongRequest, match="365 at least"):
        retain(too_short)
    assert "365 at least" in retention_trouble(too_short, lambda _: None)[0]


def test_a_log_that_is_not_in_order_is_left_as_it_is_and_the_job_goes_on(settings: Settings) -> None:
    for _ in range(2):
        open_log(settings).write(LOOK)
    lines = settings.audit_log.read_text().splitlines(keepends=True)
    settings.audit_log.write_text(lines[1])
    (said,) = retention_trouble(settings, lambda _: None)
    assert "No old looks were removed" in said
    assert settings.audit_log.read_text() == lines[1]


def test_a_restoration_ends_what_let_somebody_in(settings: Settings) -> None:
    state = State(settings.state)
    keys = AccessKeys(state, lambda: MADE)
    valid, over = (
        keys.make("a", name, scopes=frozenset(("ask",)), made_by="os", expires_at=MADE + timedelta(days=days))
        for name, days in (("valid", 9_000), ("over", 1))
    )
    Sessions(state, 9_000.0, lambda: MADE).begin("a@example.org")
    assert end_access(state, MADE + timedelta(days=2)) == 1
    assert (_rows(state, "session"), keys.find(valid.key), over.known.ended_at) == (0, None, None)
    assert {one.ended_by for one in keys.all()} == {"a restoration", None}
    assert end_access(State(settings.home / "none")) == 0
