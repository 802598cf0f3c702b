"""The service over real HTTP: who is let in, what is answered, and that it is what the command line says."""

from __future__ import annotations

import io
import json
import shutil
from datetime import date, timedelta
from pathlib import Path

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from forked import run, run_anew
from openpyxl import load_workbook

import dataport

from .conftest import Lived
from .serving import ANALYST, LEAVING, REGISTRAR, STATISTICIAN, Served

pytestmark = pytest.mark.xdist_group("homes")
WORDS = {"indicators": ["active_individuals", "share_of_children"], "by": ["country_of_asylum", "sex"], "totals": True}


def answer(served: Served, login: str, words: dict[str, object], path: str = "query") -> httpx.Response:
    return served.as_(login).post(f"/api/v1/{path}", json=words)


def test_a_link_signs_in_once(served: Served) -> None:
    served.as_(STATISTICIAN)
    assert httpx.get(served.links[STATISTICIAN]).status_code == 403
    assert httpx.get(f"{served.address}/signin/nothing").status_code == 403


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(served: Served, sqlite_home: Lived) -> None:
    cookie = served.as_(ANALYST).cookies.jar._cookies["127.0.0.1"]["/"]["dataport_session"]  # type: ignore[attr-defined]
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite") == "lax"


def test_an_answer_is_that_of_the_command_line(served: Served, sqlite_home: Lived) -> None:
    told = answer(served, ANALYST, WORDS).json()
    typed = ["ask", *WORDS["indicators"], "--by", "country_of_asylum", "--by", "sex", "--totals"]  # type: ignore[misc]
    done = run(*typed, "--as", ANALYST, "--format", "json", "--home", str(sqlite_home.settings.home))
    said = json.loads(done.stdout)
    for one in (told, said):
        one["meta"].pop("elapsed")
    assert told["meta"].pop("answer")
    assert told == said


def test_the_words_of_an_address_are_those_of_a_body(served: Served) -> None:
    words = {"indicators": "active_individuals", "by": ["sex", "age_group"], "where": "sex = 'F'", "top": 3}
    by_address = served.as_(ANALYST).get("/api/v1/query", params=words)
    by_body = answer(served, ANALYST, {**words, "indicators": ["active_individuals"], "where": ["sex = 'F'"]})
    assert by_address.content == by_body.content
    assert by_address.headers["etag"] == by_body.headers["etag"]


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        ({"indicators": ["active_individual"]}, 422, "unknown_name"),
        ({"indicators": ["active_individuals"], "colour": "red"}, 422, "wrong_request"),
        ({"indicators": "active_individuals"}, 422, "wrong_request"),
        ({"indicators": ["active_individuals"], "top": "3"}, 422, "wrong_request"),
        ({"indicators": ["active_individuals"], "as_of": "2001-01-01"}, 422, "outside_history"),
        ({}, 422, "wrong_request"),
    ],
)
def test_a_problem_has_the_code_of_the_house(served: Served, words: dict[str, object], status: int, code: str) -> None:
    found = answer(served, ANALYST, words)
    assert found.headers["content-type"] == "application/problem+json"
    assert (found.status_code, found.json()["code"], found.json()["status"]) == (status, code, status)


def test_a_problem_has_the_nearest_request_as_it_can_be_sent(served: Served) -> None:
    found = answer(served, ANALYST, {"indicators": ["active_individual"], "by": ["sex"]}).json()
    assert found["nearest_request"] == {"indicators": ["active_individuals"], "by": ["sex"]}
    assert answer(served, ANALYST, found["nearest_request"]).status_code == 200


def test_nobody_is_answered_without_being_known(served: Served) -> None:
    for path in (
        "query?indicators=active_individuals",
        "catalog",
        "status",
        "dashboards",
    ):
        for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}, {"Authorization": "x"}):
            found = httpx.get(f"{served.address}/api/v1/{path}", headers=headers)
            assert (found.status_code, found.json()["code"]) == (401, "not_signed_in")
            assert found.headers["www-authenticate"].startswith("Bearer")


def test_the_pages_of_other_sites_do_nothing(served: Served) -> None:
    browser = served.as_(STATISTICIAN)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"X-CSRF-Token": "guess"}):
        found = browser.post("/api/v1/query", json=WORDS, headers=headers)
        assert (found.status_code, found.json()["code"]) == (403, "refused")


def test_the_same_answer_in_every_form(served: Served) -> None:
    browser = served.as_(ANALYST)
    told = answer(served, ANALYST, WORDS).json()
    rows = len(told["rows"]) + sum(len(one["rows"]) for one in told["totals"])
    arrow = browser.post("/api/v1/query.arrow", json=WORDS)
    assert pa.ipc.open_stream(arrow.content).read_all().num_rows == rows
    parquet = browser.post("/api/v1/query", json=WORDS, headers={"Accept": "application/vnd.apache.parquet"})
    assert pq.read_table(io.BytesIO(parquet.content)).num_rows == rows
    csv = browser.post("/api/v1/query", json=WORDS, headers={"Accept": "text/csv;q=0.9,image/png"})
    assert len(csv.text.strip().splitlines()) == rows + 1
    assert load_workbook(io.BytesIO(browser.post("/api/v1/query.xlsx", json=WORDS).content)).sheetnames
    assert browser.post("/api/v1/query.pdf", json=WORDS).status_code == 406
    assert browser.post("/api/v1/query", json=WORDS, headers={"Accept": "image/png"}).status_code == 406


def test_who_has_an_answer_already_is_told_so_and_it_is_a_look(served: Served, sqlite_home: Lived) -> None:
    first = answer(served, ANALYST, WORDS)
    again = served.as_(ANALYST).post("/api/v1/query", json=WORDS, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = answer(served, STATISTICIAN, WORDS)
    assert other.headers["etag"] != first.headers["etag"]
    home = ("--format", "json", "--home", str(sqlite_home.settings.home))
    looks = json.loads(run("audit", "show", "--last", "3", *home).stdout)["looks"]
    assert [one["viewer"] for one in looks] == [ANALYST, ANALYST, STATISTICIAN]
    assert {one["outcome"] for one in looks} == {"answered"}
    assert all(one["client"].startswith("session ") for one in looks)
    assert json.loads(run("audit", "verify", *home).stdout)["intact"]


def test_pages_are_of_one_version(served: Served) -> None:
    words = {"indicators": ["active_individuals"], "by": ["country_of_asylum", "sex"]}
    whole = answer(served, STATISTICIAN, words).json()["rows"]
    rows: list[object] = []
    cursor = None
    while True:
        page = answer(served, STATISTICIAN, {**words, "limit": 7, **({"cursor": cursor} if cursor else {})}).json()
        rows += page["rows"]
        if not (cursor := page["meta"]["page"]["cursor"]):
            break
    assert rows == whole
    assert answer(served, STATISTICIAN, {**words, "cursor": "WzksMF0="}).status_code == 410
    assert answer(served, STATISTICIAN, {**words, "cursor": "x"}).status_code == 422


def test_a_batch_is_of_one_version_and_each_line_is_whole(served: Served) -> None:
    asked = [
        {"id": "a", "indicators": ["active_individuals"]},
        {"id": "b", "indicators": ["active_individual"]},
        {"id": "c", "indicators": ["share_of_children"], "by": ["sex"], "compare": "never"},
        {"id": "d", "indicators": ["share_of_children"], "by": ["sex"]},
    ]
    found = served.as_(ANALYST).post("/api/v1/queries", json={"questions": asked})
    lines = {one["id"]: one for one in map(json.loads, found.text.splitlines())}
    assert {name: one["status"] for name, one in lines.items()} == {"a": 200, "b": 422, "c": 422, "d": 200}
    assert lines["b"]["body"]["nearest_request"] == {"indicators": ["active_individuals"]}
    alone = answer(served, ANALYST, {"indicators": ["share_of_children"], "by": ["sex"]})
    assert (lines["d"]["body"], lines["d"]["etag"]) == (alone.json(), alone.headers["etag"])


def test_a_change_and_an_explanation(served: Served, sqlite_home: Lived) -> None:
    words = {"indicator": "active_individuals", "between": ["2021-12-31", "2022-02-28"]}
    told = answer(served, STATISTICIAN, words, "change").json()
    port = dataport.open(home=sqlite_home.settings.home, viewer=STATISTICIAN)
    assert len(told["rows"]) == len(port.change("active_individuals", ("2021-12-31", "2022-02-28")))
    assert answer(served, STATISTICIAN, {"indicators": ["active_individuals"]}, "explain").json()["sql"]


def test_what_can_be_asked(served: Served) -> None:
    browser = served.as_(REGISTRAR)
    known = browser.get("/api/v1/catalog")
    names = {one["name"]: one for one in known.json()["indicators"]}
    assert "sex" in names["active_individuals"]["breakdowns"]
    assert browser.get("/api/v1/catalog", headers={"If-None-Match": known.headers["etag"]}).status_code == 304
    assert browser.get("/api/v1/catalog/share_of_children").json()["made_of"]
    assert browser.get("/api/v1/catalog/nothing").json()["code"] == "unknown_name"
    assert {one["code"] for one in browser.get("/api/v1/values/country_of_asylum").json()["values"]} == {"KEN"}


@pytest.mark.parametrize("form", ["json", "csv", "xlsx", "parquet", "arrow"])
def test_what_is_asked_for_in_parts_is_sent_in_parts(served: Served, form: str) -> None:
    """As programs read Parquet: its length first, then its end."""
    client, address = served.as_(ANALYST), f"/api/v1/query.{form}?indicators=active_individuals&by=sex"
    whole, head = client.get(address), client.head(address)
    size = len(whole.content)
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(size), b"")
    assert head.headers["etag"] == whole.headers["etag"]
    last = client.get(address, headers={"Range": "bytes=-8"})
    assert (last.status_code, last.content) == (206, whole.content[-8:])
    assert last.headers["content-range"] == f"bytes {size - 8}-{size - 1}/{size}"
    assert client.get(address, headers={"Range": f"bytes={size}-"}).status_code == 416
    changed = {"Range": "bytes=-8", "If-Range": '"another"'}
    assert client.get(address, headers=changed).content == whole.content


def test_how_things_are(served: Served) -> None:
    assert served.as_(ANALYST).get("/api/v1/status").json()["data_version"] == 3
    assert served.as_(REGISTRAR).get("/api/v1/session").json()["may_open"]
    assert httpx.get(f"{served.address}/healthz").text == "ok\n"
    assert httpx.get(f"{served.address}/readyz").text == "ready\n"
    metrics = httpx.get(f"{served.address}/metrics").text
    assert httpx.get(f"{served.address}/metrics", headers={"X-Forwarded-For": "10.0.0.1"}).status_code == 401
    assert 'route="/api/v1/query"' in metrics
    assert "example.org" not in metrics
    assert httpx.get(f"{served.address}/openapi.json").json()["openapi"].startswith("3.1")


def test_the_page_names_its_modules_and_they_are_kept(served: Served) -> None:
    page = httpx.get(served.address, headers={"Accept": "text/html"})
    assert "script-src 'self'" in page.headers["content-security-policy"]
    (module,) = [part.split('"')[0] for part in page.text.split('modulepreload" href="')[1:]][:1]
    found = httpx.get(served.address + module, headers={"Accept-Encoding": "br"})
    assert found.headers["content-encoding"] == "br"
    assert "immutable" in found.headers["cache-control"]
    for path in ("/static/x/../../conftest.py", "/static/x/%2e%2e/%2e%2e/app.py", "/static/x/nothing.js"):
        assert httpx.get(served.address + path).status_code == 404


def test_a_body_that_is_too_large_or_too_deep_is_refused(served: Served) -> None:
    browser = served.as_(ANALYST)
    json_type = {"Content-Type": "application/json"}
    assert browser.post("/api/v1/query", content=b"x" * (5 * 2**20), headers=json_type).status_code == 413
    pieces = (b"x" * 2**20 for _ in range(100))
    assert browser.post("/api/v1/query", content=pieces, headers=json_type).status_code == 413
    deep = b'{"indicators":' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    assert 400 <= browser.post("/api/v1/query", content=deep, headers=json_type).status_code < 500


def test_the_log_has_templates_and_no_secrets(served: Served) -> None:
    said = served.log.read_text()
    assert "/signin/{secret}" in said
    assert not [link for link in served.links.values() if link.rpartition("/")[2] in said]
    assert "Traceback" not in said


def test_a_demo_is_of_invented_people_on_this_machine(sqlite_home: Lived, tmp_path: Path) -> None:
    home = sqlite_home.settings.home
    away = run_anew("serve", "--demo", "--host", "0.0.0.0", "--home", str(home))
    assert (away.returncode, b"this machine alone" in away.stderr) == (3, True)
    assert run_anew("serve", "--home", str(home)).returncode == 2
    copy = tmp_path / "home"
    shutil.copytree(home / "landing", copy / "landing")
    more = "\n[[sources]]\nsource_id = 'real'\nkind = 'folder'\nurl = '/nowhere'\n"
    (copy / "dataport.toml").write_text((home / "dataport.toml").read_text() + more)
    for path in [copy, *copy.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)
    refused = run_anew("serve", "--demo", "--port", "0", "--home", str(copy))
    assert (refused.returncode, b"(real)" in refused.stderr) == (3, True)


BOARD = {
    "name": "mine", "title": {"en": "Mine"}, "filters": ["sex"],
    "tiles": [{"id": "a", "kind": "number", "title": "A", "place": [0, 0, 3, 2],
               "ask": {"indicators": ["active_individuals"]}}],
}  # fmt: skip


def test_a_dashboard_is_kept_changed_shared_and_removed(served: Served) -> None:
    mine, theirs = served.as_(ANALYST), served.as_(STATISTICIAN)
    kept = mine.post("/api/v1/dashboards", json={"dashboard": BOARD})
    assert kept.status_code == 201
    number = kept.json()["saved"]["number"]
    assert number not in _numbers(theirs)
    assert theirs.put(f"/api/v1/dashboards/{number}/star", json={"is_starred": True}).status_code == 404
    shared = {"shared_with": "account", "name": STATISTICIAN}
    assert mine.put(f"/api/v1/dashboards/{number}/sharing", json=shared).json()["saved"]["sharing"] == shared
    seen = next(one for one in theirs.get("/api/v1/dashboards").json()["dashboards"] if one.get("saved"))
    assert (seen["title"], seen["saved"]["is_mine"], seen["saved"]["sharing"]) == ({"en": "Mine"}, False, None)
    change = {"dashboard": {**BOARD, "title": "Ours"}, "since": 1}
    assert theirs.put(f"/api/v1/dashboards/{number}", json=change).status_code == 404
    assert mine.put(f"/api/v1/dashboards/{number}", json=change).json()["saved"]["version"] == 2
    assert mine.put(f"/api/v1/dashboards/{number}", json=change).status_code == 409
    found = mine.get(f"/api/v1/dashboards/{number}/versions").json()["versions"]
    assert [one["version"] for one in found] == [2, 1]
    assert mine.delete(f"/api/v1/dashboards/{number}").status_code == 204
    assert number not in _numbers(mine)


def _numbers(client: httpx.Client) -> list[int]:
    found = client.get("/api/v1/dashboards").json()["dashboards"]
    return [one["saved"]["number"] for one in found if "saved" in one]


def test_a_dashboard_goes_through_yaml_and_what_is_none_is_said(served: Served) -> None:
    client = served.as_(ANALYST)
    text = client.post("/api/v1/dashboards/written", json={"dashboard": BOARD}).json()["text"]
    again = client.post("/api/v1/dashboards/read", json={"text": text}).json()
    assert again["tiles"][0]["ask"] == BOARD["tiles"][0]["ask"]  # type: ignore[index]
    wrong = client.post("/api/v1/dashboards/read", json={"text": "tiles: 3"}).json()
    assert (wrong["status"], wrong["code"]) == (422, "bad_dashboard")
    assert client.post("/api/v1/dashboards", json={"dashboard": {"name": 3}}).status_code == 422


def test_the_scorecard_is_that_of_the_command_line(served: Served, sqlite_home: Lived) -> None:
    told = served.as_(ANALYST).get("/api/v1/quality/scorecard").json()
    done = run("quality", "scorecard", "--as", ANALYST, "--format", "json", "--home", str(sqlite_home.settings.home))
    said = json.loads(done.stdout)
    names = said["kpis"][0].keys()
    assert [{name: one[name] for name in names} for one in told["kpis"]] == said["kpis"]
    assert all(one["indicator"].startswith("kpi_") for one in told["kpis"])


def test_records_to_correct_need_a_right_and_a_purpose(served: Served) -> None:
    words = {"kpi": "K09", "limit": 3}
    assert served.as_(STATISTICIAN).post("/api/v1/quality/records", json=words).status_code == 422
    refused = served.as_(STATISTICIAN).post("/api/v1/quality/records", json={**words, "purpose": "Correcting"})
    assert (refused.status_code, refused.json()["code"]) == (403, "refused")


def test_the_records_behind_a_number_need_a_right_and_a_purpose(served: Served) -> None:
    words = {"indicator": "active_individuals", "where": ["sex = 'F'"], "limit": 2}
    assert served.as_(REGISTRAR).post("/api/v1/records", json=words).status_code == 422
    words = {**words, "purpose": "Calling women for an interview"}
    refused = served.as_(STATISTICIAN).post("/api/v1/records", json=words)
    assert (refused.status_code, refused.json()["code"]) == (403, "refused")
    found = served.as_(REGISTRAR).post("/api/v1/records", json=words)
    told = found.json()
    assert (found.status_code, found.headers["cache-control"], len(told["rows"])) == (200, "no-store", 2)
    counted = answer(served, REGISTRAR, {"indicators": ["active_individuals"], "where": ["sex = 'F'"]}).json()
    assert told["more"] + 2 == counted["rows"][0][0]
    place = [one["name"] for one in told["columns"]].index("sex_code")
    assert {row[place] for row in told["rows"]} == {"F"}
    wrong = served.as_(REGISTRAR).post("/api/v1/records", json={**words, "indicator": "share_of_children"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "wrong_request")


def test_records_to_correct_are_given_excused_and_noted(served: Served) -> None:
    who, about = served.as_(REGISTRAR), {"kpi": "K09", "purpose": "Correcting"}
    found = who.post("/api/v1/quality/records", json={**about, "limit": 1}).json()
    ids = [found["rows"][0][[one["name"] for one in found["columns"]].index("id")]]
    until = str(date.today() + timedelta(days=30))
    for path, more in (
        ("assign", {"to": REGISTRAR}),
        ("note", {"said": "Papers asked for"}),
        ("excuse", {"reason": "No papers yet", "until": until}),
    ):
        done = who.post(f"/api/v1/quality/{path}", json={**about, "ids": ids, **more})
        assert (done.status_code, done.json()) == (200, {"records": 1})
        refused = served.as_(STATISTICIAN).post(f"/api/v1/quality/{path}", json={**about, "ids": ids, **more})
        assert refused.status_code == 403
    listed = who.post("/api/v1/quality/work", json={"purpose": "Correcting", "mine": True}).json()
    assert {row[2] for row in listed["rows"]} == {"assigned", "noted", "excused"}


def test_who_signs_out_is_nobody(served: Served) -> None:
    browser = served.as_(LEAVING)
    kept = dict(browser.cookies)
    assert browser.post("/api/v1/sign-out").status_code == 204
    assert httpx.get(f"{served.address}/api/v1/status", cookies=kept).status_code == 401
    assert httpx.get(f"{served.address}/api/v1/session", cookies=kept).json()["login"] is None
