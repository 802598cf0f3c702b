"""The doors: an answer, an error, an explanation and the log are the same whatever happens out of scope."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from figures import KENYA, WIDE, World, tuples, viewer, world, write_home

from dataport.access import Viewer
from dataport.ask import Asker, ask, explain_request, members, open_house
from dataport.audit import AuditFailed
from dataport.errors import DataportError, Refused, UnknownViewer
from dataport.semantic import DateRange, Request
from dataport.settings import Settings
from dataport.warehouse.sealed import open_sealed

SENTINEL = "Zz-Sentinel"
HIDDEN = {"business_unit_id": "UGA-CO", "place_id": SENTINEL, "operation_code": SENTINEL, "sex_code": SENTINEL}
QUIET = world([{}, {"sex_code": "M"}], [{}], [{}])
LOUD = world([{}, {"sex_code": "M"}] + [HIDDEN] * 20, [{}, {"business_unit_id": "UGA-CO"}], [{}, HIDDEN])
REQUESTS = {
    "numbers": Request(("active_individuals", "share_of_women_and_girls"), ("operation", "sex"), totals=True),
    "sizes of groups": Request(("active_groups", "average_group_size"), ("country_of_asylum",), totals=True),
    "a trend": Request(("active_individuals", "new_registrations"), ("location",), grain="month"),
    "a filter that finds nothing": Request(("active_individuals",), where=("sex = 'M'", "country_of_asylum = 'UGA'")),
    "a member that is nowhere": Request(("active_individuals",), where=(f"operation = '{SENTINEL}'",)),
    "a name that is none": Request(("active_individuals",), (SENTINEL,)),
    "a size of what has none": Request(("active_individuals",), where=("sex between 'A' and 'B'",)),
}
LIMITED = viewer(["KEN-CO"], login="kenya")


def _settings(home: Path) -> Settings:
    return Settings(home=home, keyring=home.parent / f"{home.name}-keys" / "keys.json")


def _home(folder: Path, what: World, *viewers: Viewer) -> Settings:
    now = datetime.now(UTC).replace(tzinfo=None)
    return _settings(write_home(folder, what, viewers or (LIMITED, WIDE), now))


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Settings]:
    folder = tmp_path_factory.mktemp("homes")
    return _home(folder / "quiet", QUIET), _home(folder / "loud", LOUD)


def _told(settings: Settings, request: Request, login: str = "kenya") -> Any:
    house, asker = open_house(settings), Asker(login, "operator")
    try:
        answer = ask(request, asker, house)
        how = explain_request(request, asker, house)
    except DataportError as refusal:
        return type(refusal), str(refusal)
    meta = {name: value for name, value in answer.meta.items() if name != "elapsed"}
    totals = [(total.levels, tuples(total.data), total.status) for total in answer.totals]
    return tuples(answer.data), answer.status, totals, meta, dict(answer.members), how


@pytest.mark.parametrize("what", REQUESTS)
def test_the_doors_say_the_same_whatever_happens_out_of_scope(homes: tuple[Settings, Settings], what: str) -> None:
    quiet, loud = homes
    assert _told(quiet, REQUESTS[what]) == _told(loud, REQUESTS[what])


def test_the_members_of_a_level_are_those_in_scope(homes: tuple[Settings, Settings]) -> None:
    house = open_house(homes[1])
    assert tuples(members("location", Asker("kenya", "operator"), house).data) == [("20KEN000", 2)]
    assert SENTINEL in str(tuples(members("location", Asker("ana", "operator"), house).data))


def test_nothing_out_of_scope_is_in_the_log(homes: tuple[Settings, Settings]) -> None:
    for request in REQUESTS.values():
        _told(homes[1], request)
    log = homes[1].audit_log.read_text(encoding="utf-8")
    assert SENTINEL not in log
    assert len(log.splitlines()) >= len(REQUESTS)


def test_what_was_typed_and_no_list_knows_is_not_in_the_log(tmp_path: Path) -> None:
    """A name typed where an occupation is asked for, and a list of a hundred thousand."""
    settings = _home(tmp_path / "home", QUIET)
    names = ", ".join(f"'Name{n}'" for n in range(100_000))
    for where in (f"business_unit = '{SENTINEL}'", f"business_unit in ({names})"):
        ask(Request(("active_individuals",), where=(where,)), Asker("kenya", "operator"), open_house(settings))
    written = settings.audit_log.read_text(encoding="utf-8")
    assert SENTINEL not in written and "Name7" not in written and len(written) < 5_000


def test_an_unknown_viewer_is_told_nothing_about_others(homes: tuple[Settings, Settings]) -> None:
    with pytest.raises(UnknownViewer) as refusal:
        ask(REQUESTS["numbers"], Asker("kenia", "operator"), open_house(homes[0]))
    assert "kenya" not in str(refusal.value) and "kenia" not in str(refusal.value)


def test_every_look_is_written_before_it_is_shown(tmp_path: Path) -> None:
    settings = _home(tmp_path / "home", QUIET)
    house = open_house(settings)
    ask(REQUESTS["numbers"], Asker("kenya", "operator", purpose="a report"), house)
    with pytest.raises(DataportError):
        ask(REQUESTS["a name that is none"], Asker("kenya", "operator"), house)
    with pytest.raises(DataportError):
        ask(REQUESTS["numbers"], Asker(None, "operator"), house)
    explain_request(REQUESTS["numbers"], Asker("kenya", "operator"), house)
    entries = [json.loads(line)["entry"] for line in settings.audit_log.read_text(encoding="utf-8").splitlines()]
    told = [(one["door"], one["viewer"], one["outcome"], one["rows"], one["purpose"]) for one in entries]
    assert told == [
        ("ask", "kenya", "answered", 2, "a report"),
        ("ask", "kenya", "unknown_name", 0, None),
        ("ask", "", "refused", 0, None),
        ("explain", "kenya", "answered", 0, None),
    ]
    assert entries[1]["question"] is None, "what could not be bound may hold anything"
    assert [one["reason"] is None for one in entries] == [True, True, False, True], "why is told of a refusal only"
    assert entries[2]["reason"].startswith("Nobody is asking")
    assert house.audit().verify().intact


@pytest.mark.parametrize("door", [ask, explain_request])
def test_no_answer_without_a_line_in_the_log(tmp_path: Path, door: Callable[..., Any]) -> None:
    settings = _home(tmp_path / "home", QUIET)
    (settings.home / "audit").write_text("a file where the folder should be")
    with pytest.raises(AuditFailed, match="so nothing is shown"):
        door(REQUESTS["numbers"], Asker("kenya", "operator"), open_house(settings))


def test_what_the_engine_says_of_rows_is_never_passed_on(tmp_path: Path) -> None:
    """A column of another type makes the engine fail with a value in its message; ours has none."""
    settings = _home(tmp_path / "home", QUIET)
    with duckdb.connect(str(settings.published / "000001" / "figures.duckdb")) as connection:
        connection.execute("alter table fct_population alter valid_from type text")
        connection.execute(f"update fct_population set valid_from = '{SENTINEL}'")
    with pytest.raises(DataportError) as problem:
        ask(Request(("active_individuals",), ("marital_status",)), Asker("kenya", "operator"), open_house(settings))
    assert problem.value.code == "engine_failed"
    assert SENTINEL not in str(problem.value)
    assert problem.value.__cause__ is None and problem.value.__suppress_context__
    assert SENTINEL not in settings.audit_log.read_text(encoding="utf-8")


def test_a_version_that_lacks_a_table_says_how_it_is_made_again(tmp_path: Path) -> None:
    settings = _home(tmp_path / "home", QUIET)
    with duckdb.connect(str(settings.published / "000001" / "figures.duckdb")) as connection:
        connection.execute("drop table rollup_population_months")
    with pytest.raises(DataportError, match="made again by `dataport build`"):
        ask(REQUESTS["numbers"], Asker("kenya", "operator"), open_house(settings))


def test_grants_of_another_version_say_how_they_are_read_again(tmp_path: Path) -> None:
    settings = _home(tmp_path / "home", QUIET)
    (grants,) = settings.grants.glob("*.duckdb")
    with duckdb.connect(str(grants)) as connection:
        connection.execute("alter table permission drop column permission_key")
    with pytest.raises(DataportError, match="dataport refresh"):
        ask(REQUESTS["numbers"], Asker("kenya", "operator"), open_house(settings))


def test_grants_that_are_too_old_answer_nobody(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home", QUIET, [KENYA], datetime(2022, 1, 1))
    with pytest.raises(DataportError, match="must not outlive a broken job"):
        ask(REQUESTS["numbers"], Asker("ana", getpass.getuser()), open_house(_settings(home)))


def test_no_date_brings_back_a_permission_that_was_withdrawn(tmp_path: Path) -> None:
    """Today's permission applies to yesterday's data, whenever that was and however it is asked for."""
    settings = _home(tmp_path / "home", LOUD)
    asked = Request(("active_individuals",), as_of=date(2022, 1, 15))
    over_months = Request(("active_individuals",), period=DateRange(date(2022, 1, 1), date(2022, 2, 28)), grain="month")
    house, before = open_house(settings), Asker("kenya", "operator")
    told = [ask(request, before, house).data.to_pylist() for request in (asked, over_months)]
    assert all(any(row["active_individuals"] for row in rows) for rows in told)
    (grants,) = settings.grants.glob("*.duckdb")
    with duckdb.connect(str(grants)) as connection:
        connection.execute("delete from permission where login = 'kenya'")
    for request in (asked, over_months):
        with pytest.raises(Refused, match="None of this viewer's roles"):
            ask(request, before, house)


def test_a_published_file_reaches_nothing_but_itself(tmp_path: Path) -> None:
    settings = _home(tmp_path / "home", QUIET)
    (tmp_path / "other.csv").write_text("a\n1\n")
    connection = open_sealed(settings.published / "000001" / "figures.duckdb")
    for reaching in (
        f"from read_csv('{tmp_path / 'other.csv'}')",
        f"copy build to '{tmp_path / 'out.csv'}'",
        f"attach '{tmp_path / 'more.duckdb'}'",
        "set enable_external_access = true",
        "delete from build",
        "create table more as select 1",
        "install httpfs",
    ):
        with pytest.raises(duckdb.Error):
            connection.execute(reaching)
    connection.close()


@pytest.mark.parametrize("door", [ask, explain_request])
def test_permissions_are_as_old_as_those_of_their_oldest_source(tmp_path: Path, door: Callable[..., Any]) -> None:
    """A source that cannot be read any more must not be covered by a fresh reading of another."""
    settings = _home(tmp_path / "home", QUIET)
    (grants,) = settings.grants.glob("*.duckdb")
    with duckdb.connect(str(grants)) as connection:
        connection.execute("insert into meta select version, read_at - interval 25 hours, 'two' from meta")
    with pytest.raises(Refused, match="must not outlive a broken job"):
        door(REQUESTS["numbers"], Asker("kenya", "operator"), open_house(settings))


def test_a_look_that_is_interrupted_is_not_written_down_as_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house(_home(tmp_path / "home", QUIET))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("dataport.ask.release", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ask(REQUESTS["numbers"], Asker("kenya", "operator"), house)
    assert [entry["outcome"] for entry in house.audit().entries()] == ["interrupted"]


def test_an_explanation_is_written_down_with_the_versions_it_was_made_from(tmp_path: Path) -> None:
    house = open_house(_home(tmp_path / "home", QUIET))
    explain_request(REQUESTS["numbers"], Asker("kenya", "operator"), house)
    (entry,) = house.audit().entries()
    assert (entry["data_version"], entry["grants_version"]) == (house.figures().data_version, 1)
