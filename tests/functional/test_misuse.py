"""Who looked at a person's case, what is held of that person, and who looks more than is usual."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from forked import run

from dataport.audit import usage
from dataport.store import connect

from .conftest import Lived
from .serving import ANALYST, REGISTRAR

pytestmark = pytest.mark.xdist_group("homes")
WHO = ("--as", REGISTRAR, "--purpose", "Request of the person")


def _numbers(lived: Lived) -> list[str]:
    """A person of Kenya with others in their group, those, and the group."""
    store = connect(lived.settings.sources[0].url.reveal())
    sql = (
        "SELECT group_no, individual_no FROM membership JOIN individual USING (individual_id) "
        "JOIN registration_group g USING (group_id) WHERE group_id = (SELECT group_id FROM membership "
        "JOIN individual USING (individual_id) WHERE business_unit_id LIKE '%-KEN-1' GROUP BY group_id "
        "HAVING count(*) > 1 ORDER BY 1 LIMIT 1) ORDER BY 2"
    )
    found = store.query(sql).to_pylist()
    store.close()
    return [*(one["individual_no"] for one in found), found[0]["group_no"]]


def _told(home: Path, *words: str, code: int = 0) -> Any:
    done = run("audit", *words, "--home", str(home))
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if done.stdout else done.stderr.decode()


def test_all_that_is_held_of_a_person_is_told_and_nothing_of_anybody_else(sqlite_home: Lived, tmp_path: Path) -> None:
    home, (person, other, *_, group) = sqlite_home.settings.home, _numbers(sqlite_home)
    assert run("quality", "note", "K09", person, "Seen", *WHO[:2], "--home", str(home)).returncode in (0, 2, 3)
    before = _told(home, "case", person, *WHO, "--format", "json")["looks"]
    told = _told(home, "subject", person, *WHO)
    text = json.dumps(told)
    assert {"individual", "address"} <= {one["entity"] for one in told["records"]}
    assert sum(one["entity"] == "individual" for one in told["records"]) == 1
    assert person in text
    assert other not in text
    assert [one["door"] for one in told["looks"][-1:]] == ["audit case"]
    assert len(told["looks"]) == len(before) + 1
    assert "may not read are not in it" in told["meta"]["not_in_it"]
    after = _told(home, "case", person, *WHO, "--format", "json")["looks"]
    assert [one["door"] for one in after[-2:]] == ["audit case", "audit subject"]
    assert after[-1]["purpose"] == "Request of the person"
    file = tmp_path / "person.json"
    assert run("audit", "subject", person, *WHO, "--output", str(file), "--home", str(home)).returncode == 0
    assert file.stat().st_mode & 0o077 == 0
    assert json.loads(file.read_text())["records"] == told["records"]
    assert "name the person" in _told(home, "subject", group, *WHO, code=2)


def test_who_may_not_open_the_case_is_told_nothing(sqlite_home: Lived) -> None:
    home, (person, *_) = sqlite_home.settings.home, _numbers(sqlite_home)
    for command in ("subject", "case"):
        said = _told(home, command, person, "--as", ANALYST, "--purpose", "Curious", code=3)
        assert person not in said
        without = run("audit", command, person, "--as", REGISTRAR, "--home", str(home))
        assert without.returncode == 3
        nobody = [run("audit", command, one, *WHO, "--home", str(home)) for one in ("UGA-00000001", "nobody")]
        assert nobody[0].returncode == nobody[1].returncode == 4
        assert nobody[0].stderr == nobody[1].stderr


def test_more_looks_than_usual_are_an_alarm() -> None:
    day = date(2022, 3, 1).isoformat()
    looks = [
        {"at": f"{day}T09", "viewer": "a", "outcome": "answered", "question": f"case show of individual ~{n:016x}"}
        for n in range(4)
    ]
    looks += [{"at": f"{day}T10", "viewer": "b", "outcome": "refused", "question": None}] * 3
    looks += [looks[0]] * 5
    looks += [{"at": f"{day}T11", "removed": {"first": 1}}]
    mine, theirs = usage(looks, {"looks": 8, "cases": 3, "refused": 2})
    assert (mine.viewer, mine.looks, mine.cases, mine.refused) == ("a", 9, 4, 0)
    assert mine.alarms == ("9 looks, more than 8", "4 cases, more than 3")
    assert theirs.alarms == ("3 refused, more than 2",)
