"""What is shared is shown to those with whom it is shared, while it is, and shows nobody more than they may ask."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dataport.state import Reader, SavedThings, Sharing, State

from .conftest import Lived
from .serving import ANALYST, REGISTRAR, STATISTICIAN, Served

pytestmark = pytest.mark.xdist_group("homes")
ASKED: dict[str, Any] = {"indicators": ["active_individuals"], "by": ["country_of_asylum"]}
THINGS: dict[str, Callable[[str], dict[str, Any]]] = {
    "questions": lambda name: {"name": name, "question": ASKED},
    "dashboards": lambda name: {
        "dashboard": {"name": "shared", "title": {"en": name}, "tiles": [
            {"id": "a", "kind": "chart", "chart": "bars", "title": "A", "place": [0, 0, 6, 4], "ask": ASKED}]}
    },
}  # fmt: skip
# Not shared with anybody who is here, and not said whether there is such an account.
NOBODY: list[tuple[str, str | None]] = [
    ("nobody", None), ("role", "Global statistician"), ("unit", "CO-UGA"), ("account", "former.hq@example.org"),
    ("account", "nobody@example.org"), ("account", "%"),
]  # fmt: skip


def told(served: Served, login: str, path: str) -> dict[int, dict[str, Any]]:
    """What somebody has, and is shown, by its number."""
    found = served.as_(login).get(f"/api/v1/{path}").json()[path]
    return {one["saved"]["number"]: one for one in found if "saved" in one} if path == "dashboards" else {
        one["number"]: one for one in found
    }  # fmt: skip


def keep(served: Served, path: str, name: str) -> int:
    """Something of the statistician's, by its number."""
    found = served.as_(STATISTICIAN).post(f"/api/v1/{path}", json=THINGS[path](name))
    assert found.status_code == 201, found.text
    said = found.json()
    return int(said["saved"]["number"] if path == "dashboards" else said["number"])


@pytest.mark.parametrize("path", THINGS)
@pytest.mark.parametrize(
    ("shared_with", "name", "readers"),
    [
        ("account", ANALYST, {ANALYST}),
        ("role", "Country analyst", {ANALYST}),
        ("role", "Registration officer", {REGISTRAR}),
        ("unit", "CO-KEN", {ANALYST, REGISTRAR}),
        ("everybody", None, {ANALYST, REGISTRAR}),
        *((kind, name, set()) for kind, name in NOBODY),
    ],
)
def test_those_with_whom_it_is_shared_see_it_and_nobody_else(
    served: Served, path: str, shared_with: str, name: str | None, readers: set[str]
) -> None:
    number = keep(served, path, f"{path} {shared_with} {name}")
    mine = served.as_(STATISTICIAN)
    said = mine.put(f"/api/v1/{path}/{number}/sharing", json={"shared_with": shared_with, "name": name})
    assert said.status_code == 200
    for login in (ANALYST, REGISTRAR):
        theirs, sees = served.as_(login), login in readers
        assert (number in told(served, login, path)) == sees
        star = theirs.put(f"/api/v1/{path}/{number}/star", json={"is_starred": True})
        versions = theirs.get(f"/api/v1/{path}/{number}/versions")
        assert (star.status_code, versions.status_code) == ((200, 200) if sees else (404, 404))
        # whoever is shown it changes, shares and removes nothing of it
        for refused in (
            theirs.put(f"/api/v1/{path}/{number}", json={**THINGS[path]("Taken"), "since": 1}),
            theirs.put(f"/api/v1/{path}/{number}/sharing", json={"shared_with": "everybody"}),
            theirs.delete(f"/api/v1/{path}/{number}"),
        ):
            assert refused.status_code == 404
    assert mine.put(f"/api/v1/{path}/{number}/sharing", json={"shared_with": "nobody"}).status_code == 200
    for login in (ANALYST, REGISTRAR):
        assert number not in told(served, login, path)
        assert served.as_(login).get(f"/api/v1/{path}/{number}/versions").status_code == 404
    assert mine.delete(f"/api/v1/{path}/{number}").status_code == 204


@pytest.mark.parametrize("path", THINGS)
@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"shared_with": "role", "name": "country analyst"}, "unknown_name"),
        ({"shared_with": "role", "name": "%"}, "unknown_name"),
        ({"shared_with": "unit", "name": "KEN"}, "unknown_name"),
        ({"shared_with": "unit", "name": " "}, "unknown_name"),
        ({"shared_with": "role"}, "wrong_request"),
        ({"shared_with": "unit", "name": None}, "wrong_request"),
        ({"shared_with": "account", "name": ""}, "wrong_request"),
        ({"shared_with": "everybody", "name": ANALYST}, "wrong_request"),
        ({"shared_with": "world"}, "wrong_request"),
    ],
)
def test_a_role_or_a_unit_of_which_there_is_none_is_said_and_nothing_is_shared(
    served: Served, path: str, words: dict[str, Any], code: str
) -> None:
    number, mine = keep(served, path, f"{path} {words}"), served.as_(STATISTICIAN)
    found = mine.put(f"/api/v1/{path}/{number}/sharing", json=words)
    assert (found.status_code, found.json()["code"]) == (422, code)
    assert all(number not in told(served, login, path) for login in (ANALYST, REGISTRAR))
    mine.delete(f"/api/v1/{path}/{number}")


def test_a_unit_is_named_as_people_name_it(served: Served) -> None:
    number, mine = keep(served, "questions", "Of a unit"), served.as_(STATISTICIAN)
    words = {"shared_with": "unit", "name": "co-ken"}
    assert mine.put(f"/api/v1/questions/{number}/sharing", json=words).json()["sharing"]["name"] == "CO-KEN"
    assert number in told(served, ANALYST, "questions")
    mine.delete(f"/api/v1/questions/{number}")


@pytest.mark.parametrize("path", THINGS)
def test_with_whom_it_is_shared_is_its_owners_to_know_and_earlier_versions_are_theirs(
    served: Served, path: str
) -> None:
    number, mine = keep(served, path, "Draft"), served.as_(STATISTICIAN)
    assert mine.put(f"/api/v1/{path}/{number}", json={**THINGS[path]("Done"), "since": 1}).status_code == 200
    assert mine.put(
        f"/api/v1/{path}/{number}/sharing", json={"shared_with": "role", "name": "Country analyst"}
    ).is_success
    seen = told(served, ANALYST, path)[number]
    saved = seen["saved"] if path == "dashboards" else seen
    assert (saved["owner"], saved["is_mine"], saved["sharing"], saved["version"]) == (STATISTICIAN, False, None, 2)
    theirs = served.as_(ANALYST).get(f"/api/v1/{path}/{number}/versions").json()["versions"]
    assert [one["version"] for one in theirs] == [2]
    assert "Draft" not in str(theirs)
    assert mine.delete(f"/api/v1/{path}/{number}").status_code == 204
    assert number not in told(served, ANALYST, path)


def test_whoever_opens_what_is_shared_asks_with_their_own_rights(served: Served) -> None:
    number = keep(served, "questions", "By country")
    served.as_(STATISTICIAN).put(f"/api/v1/questions/{number}/sharing", json={"shared_with": "everybody"})
    question = told(served, ANALYST, "questions")[number]["question"]
    mine, theirs = (served.as_(login).post("/api/v1/query", json=question).json() for login in (STATISTICIAN, ANALYST))
    assert {row[0] for row in theirs["rows"]} == {"KEN"} < {row[0] for row in mine["rows"]}
    board = keep(served, "dashboards", "By country")
    served.as_(STATISTICIAN).put(f"/api/v1/dashboards/{board}/sharing", json={"shared_with": "everybody"})
    seen = told(served, ANALYST, "dashboards")[board]
    asked = [{"id": one["id"], **one["ask"]} for one in seen["tiles"]]
    line = served.as_(ANALYST).post("/api/v1/queries", json={"questions": asked}).json()
    assert line["body"]["rows"] == theirs["rows"]
    # what is kept has no number, of anybody's
    assert not {"rows", "columns", "status", "totals"} & {*seen, *told(served, ANALYST, "questions")[number]}
    for path, one in (("questions", number), ("dashboards", board)):
        served.as_(STATISTICIAN).delete(f"/api/v1/{path}/{one}")


def test_what_somebody_left_behind_is_shown_as_it_was_shared_and_is_nobody_elses(
    served: Served, sqlite_home: Lived
) -> None:
    """An account that is disabled is answered nothing; what it had shared is a description, and holds nothing of it."""
    things = SavedThings(State(sqlite_home.settings.state))
    former = Reader("former.hq@example.org", frozenset({"Global statistician"}))
    content = {"name": "left", "description": "", "question": ASKED}
    kept = things.keep("question", "Left behind", content, former)
    assert kept.number not in told(served, ANALYST, "questions")
    things.share("question", kept.number, Sharing("everybody"), former)
    seen = told(served, ANALYST, "questions")[kept.number]
    assert (seen["is_mine"], seen["owner"]) == (False, former.login)
    assert served.as_(ANALYST).delete(f"/api/v1/questions/{kept.number}").status_code == 404
    things.remove("question", kept.number, former)
