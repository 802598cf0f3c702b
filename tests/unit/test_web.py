"""The web pages, without a browser: what is vendored, what is read before the first number, words, and dashboards."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from pathlib import Path

import pytest

from dataport.dictionary import CodeLists
from dataport.semantic import DEFINITIONS, Catalog, breaks_down, goes_with, load_catalog
from dataport.web import assets, dashboards

ROOT = Path(__file__).resolve().parents[2]
STATIC = assets.STATIC
LISTED = json.loads((STATIC.parent / "vendor.json").read_text(encoding="utf-8"))
MODULES = sorted((STATIC / "app").rglob("*.js"))
LANGUAGES = ("en", "fr", "es", "ar")
WORDS = {code: json.loads((STATIC / "i18n" / f"{code}.json").read_text(encoding="utf-8")) for code in LANGUAGES}

MOST_MODULES, MOST_BYTES, LONGEST_MODULE = 12, 70_000, 300


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_what_is_vendored_is_what_is_listed() -> None:
    told = {f"vendor/{one['file']}": one["sha256"] for one in LISTED["modules"]}
    told |= {
        f"vendor/{Path(one['file']).with_suffix('.css')}": one["styles_sha256"]
        for one in LISTED["modules"]
        if "styles" in one
    }
    told[f"geo/{LISTED['boundaries']['file']}"] = LISTED["boundaries"]["sha256"]
    there = [*(STATIC / "vendor").glob("*.js"), *(STATIC / "vendor").glob("*.css"), STATIC / "geo" / "world.json"]
    assert {path.relative_to(STATIC).as_posix(): _digest(path) for path in there} == told


def test_every_licence_is_free_and_shipped() -> None:
    shipped = (STATIC / "vendor" / "LICENCES.txt").read_text(encoding="utf-8")
    notice = (ROOT / "NOTICE").read_text(encoding="utf-8")
    assert {one["licence"] for one in LISTED["licences"].values()} <= {"MIT", "ISC", "Apache-2.0", "BSD-3-Clause"}
    for name, one in LISTED["licences"].items():
        assert f"{name} {one['version']} ({one['licence']})" in shipped
        assert name in notice


def test_the_map_knows_countries_by_the_codes_of_the_seed() -> None:
    with (ROOT / "seeds" / "country.csv").open(newline="", encoding="utf-8") as file:
        codes = {row["country_code"]: row["iso3_code"] for row in csv.DictReader(file) if row["iso3_code"]}
    assert json.loads((STATIC / "geo" / "codes.json").read_text(encoding="utf-8")) == codes


def test_little_is_read_before_the_first_number() -> None:
    names = assets.imported(STATIC, assets.FIRST)
    assert len(names) <= MOST_MODULES, names
    files = assets.load().files
    packed = [files[f"{assets.load().base}/{name}"].packed for name in (*names, "css/main.css", "i18n/en.json")]
    assert sum(map(len, packed)) + len(assets.load().page().packed) <= MOST_BYTES


def test_modules_import_only_what_is_there_and_by_relative_names() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        wanted = re.findall(r"""(?:\bfrom |\bimport\(|\bimport )["']([^"']+)["']""", text)
        for name in wanted:
            assert name.startswith("."), (path.name, name)
            assert (path.parent / name).resolve().is_file(), (path.name, name)


def test_modules_are_small_and_put_no_text_into_the_page_as_markup() -> None:
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= LONGEST_MODULE, path.name
        assert text.startswith("//"), f"{path.name} does not say what it is for"
        for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
                          "localStorage", "sessionStorage", "indexedDB"):  # fmt: skip
            assert forbidden not in text, (path.name, forbidden)


def test_every_word_is_there_in_every_language() -> None:
    for code in LANGUAGES:
        assert WORDS[code].keys() == WORDS["en"].keys(), code
        assert all(text.strip() for text in WORDS[code].values()), code
        for key, text in WORDS[code].items():
            holes, wanted = (set(re.findall(r"\{(\w+)\}", one)) for one in (text, WORDS["en"][key]))
            assert holes == wanted, (code, key)


def test_every_word_that_is_said_is_known_and_none_is_left_over() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in MODULES)
    said = set(re.findall(r"""\bt\(\s*["']([\w.]+)["']""", text))
    said |= set(re.findall(r"""["']([a-z_]+\.[a-z_]+)["']""", text)) & WORDS["en"].keys()
    made = set(re.findall(r"\bt\(`([\w.]+?)\$\{", text))
    chosen = {end for one in re.findall(r"\bt\([^()]*? \? ([^()]*)", text) for end in re.findall(r'"([\w.]+)"', one)}
    bare = {re.sub(r"\.(zero|one|two|few|many|other)$", "", key) for key in WORDS["en"]}
    assert not [key for key in said | chosen if key not in bare | WORDS["en"].keys()]
    spoken = said | chosen
    assert not [key for key in bare if key not in spoken and not any(key.startswith(start) for start in made)]


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return load_catalog(DEFINITIONS, CodeLists())


def test_the_dashboards_that_come_with_it_ask_what_can_be_asked(catalog: Catalog) -> None:
    for board in dashboards.shipped():
        for tile in board.tiles:
            for name in (tile.ask or {}).get("indicators", ()):
                indicator = catalog.indicator(name)
                levels = [catalog.level(level) for level in (tile.ask or {}).get("by", ())]
                assert all(breaks_down(catalog, indicator, level) for level in levels), tile.id
                assert all(goes_with(catalog, indicator, catalog.level(one)) for one in board.filters), tile.id
            for texts in (tile.title, tile.text):
                assert texts is None or set(texts) == set(LANGUAGES), tile.id


def test_a_dashboard_that_is_written_is_read_again() -> None:
    for board in dashboards.shipped():
        assert dashboards.read(dashboards.written(board)) == board


TILE = "{name: a, title: A, tiles: [{id: x, kind: %s, title: X, place: [%s, 0, 6, 1], ask: {%s}}]}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("[]", "A dashboard has"),
        ("{name: a b, title: A}", "`name` is a name"),
        ("{name: a, title: A, colour: red}", "has no 'colour'"),
        ("{name: a, title: A, tiles: 3}", "`tiles` is a list"),
        (TILE % ("film", 0, "indicators: [i]"), "`kind` is one of"),
        (TILE % ("number", 9, "indicators: [i]"), "12 columns"),
        (TILE % ("number", 0, "sql: x"), "has no 'sql'"),
        (TILE % ("number", 0, "by: [b]"), "`indicators` names"),
        ("{name: a, title: &b A}", "anchors"),
        ("{name: [", "no YAML"),
        ("!!python/object/apply:os.system [id]", "no YAML"),
    ],
)  # fmt: skip
def test_what_is_no_dashboard_is_said_by_its_part(given: str, said: str) -> None:
    with pytest.raises(dashboards.BadDashboard, match=re.escape(said)):
        dashboards.read(given)


def test_files_stand_under_a_digest_and_nothing_else_is_found() -> None:
    files = assets.load()
    assert files.find(f"{files.base}/app/main.js") is not None
    for address in (f"{files.base}/../assets.py", "/static/app/main.js", f"{files.base}/", f"{files.base}/index.html"):
        assert files.find(address) is None
    page = files.page().body.decode()
    assert "{{" not in page and page.count("modulepreload") == len(assets.imported(STATIC, assets.FIRST)) - 1
    assert not re.search(r"<script(?![^>]*src=)|style=|\son\w+=", page)
