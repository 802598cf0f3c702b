"""No word of a question is lost on its way: into an address and back, a command, curl, Python, a tile, a drill.

A word that is dropped makes another question, whose number is right and is not the one that was clicked.
"""

from __future__ import annotations

import json
import shlex
from datetime import date
from typing import Any

import pytest
from playwright.sync_api import Page

from dataport.api import given
from dataport.cli.ask import ask as ask_command
from dataport.cli.change import change as change_command
from dataport.cli.options import request_of
from dataport.semantic import Request
from dataport.serve.routes.saved import Kept
from dataport.serve.words import ChangeWords, QueryWords
from dataport.web import dashboards

from .browsing import goto

# How members are named in a file, and no part of what is counted.
NOT_OF_THE_PAGES = {"labels"}
QUESTIONS: tuple[dict[str, Any], ...] = (
    {
        "indicators": ["active_individuals", "share_of_children"], "by": ["country_of_asylum", "sex"],
        "where": ["country_of_origin in ('unhcr:SSD', 'unhcr:SOM')", "active_individuals >= 3",
                  "not (location = 'it''s')"],
        "as_of": "2022-02-28", "compare": "2021-12-31", "geography": "as-was", "totals": True,
        "subtotals": [["country_of_asylum"], ["sex"], []], "order": ["active_individuals:desc", "sex"], "top": 7,
        "across": "sex",
    },
    {
        "indicators": ["new_registrations"], "by": ["country_of_asylum"], "where": ["sex is unknown"],
        "period": "2022-01-01..2022-02-28", "grain": "month", "geography": "as-was", "top": 3, "other": True,
        "totals": True,
    },
    {"indicators": ["births"], "period": "last-12-months", "compare": "previous", "by": ["sex"]},
)  # fmt: skip
WHY: dict[str, Any] = {
    "indicators": ["active_individuals"], "compare": "2021-12-31", "as_of": "2022-02-28", "by": ["unhcr_bureau"],
    "where": ["sex = 'F'"], "geography": "as-was", "totals": True, "subtotals": [[]],
}  # fmt: skip


def request_of_words(words: dict[str, Any]) -> Request:
    return QueryWords.model_validate(words).request()


def why_of_words(words: dict[str, Any]) -> Request:
    return ChangeWords.model_validate(words).request()


@pytest.fixture
def modules(page: Page) -> Page:
    """A page in which our modules can be called by themselves."""
    return with_modules(goto(page, "/#/look/operations"))


def with_modules(page: Page) -> Page:
    base = page.locator("script[src]").first.get_attribute("src") or ""
    page.evaluate("base => { window.module = name => import(base + '/' + name + '.js'); }", base.rpartition("/")[0])
    return page


def test_the_examples_have_every_word_of_the_service() -> None:
    assert {name for words in QUESTIONS for name in words} == set(QueryWords.model_fields) - NOT_OF_THE_PAGES
    changed = {*WHY, "indicator", "between"} - {"indicators", "compare", "as_of"}
    assert changed == set(ChangeWords.model_fields) - NOT_OF_THE_PAGES


@pytest.mark.parametrize("words", QUESTIONS)
def test_an_address_is_the_whole_question_and_so_is_the_page_that_it_opens(
    modules: Page, words: dict[str, Any]
) -> None:
    back = modules.evaluate(
        "words => module('address').then(a => a.toQuestion(new URLSearchParams(String(a.toParams(words)))))", words
    )
    assert request_of_words(back) == request_of_words(words)
    asked = modules.evaluate(
        "words => Promise.all([module('address'), module('plan')]).then(([a, p]) =>"
        " p.asked(p.readPlan(new URLSearchParams(String(p.writePlan(p.readPlan(a.toParams(words))))))))",
        words,
    )
    opened = request_of_words({name: one for name, one in asked.items() if one is not None})
    whole = request_of_words(words)
    # a table with columns has totals of its margins besides
    assert set(whole.subtotals) <= set(opened.subtotals)
    assert {name: getattr(opened, name) for name in QueryWords.model_fields if name not in ("labels", "subtotals")} == {
        name: getattr(whole, name) for name in QueryWords.model_fields if name not in ("labels", "subtotals")
    }


def copied(modules: Page, words: dict[str, Any], *, is_change: bool) -> dict[str, str]:
    found: dict[str, str] = modules.evaluate(
        "([words, isChange]) => module('copying').then(c => ({ command: c.command(words, isChange),"
        " curl: c.curl(words, isChange), python: c.python(words, isChange) }))",
        [words, is_change],
    )
    return found


class Noted:
    """A port that answers nothing, and knows what it was asked."""

    def __init__(self) -> None:
        self.asked: Request | None = None

    def ask(self, indicators: list[str], by: Any = (), where: Any = (), **more: Any) -> Noted:
        rest = {name: more.pop(name, None) for name in ("as_of", "period", "grain", "compare", "top", "across")}
        rest["span"] = rest.pop("period")
        asked = given.question(
            by, where, **rest, geography=more.pop("geography", "today"), totals=more.pop("totals", False),
            order=more.pop("order", ()), other=more.pop("other", False), subtotals=more.pop("subtotals", ()),
        )  # fmt: skip
        assert not more
        self.asked = Request(tuple(indicators), **asked)
        return self

    def change(self, indicator: str, between: tuple[str, str], by: Any = (), where: Any = (), **more: Any) -> Noted:
        first, last = given.between(between)
        lists = given.lists("subtotals", more.pop("subtotals", ()))
        self.asked = Request(
            (indicator,), tuple(by), tuple(where), as_of=last, compare=first, subtotals=lists, **more
        )  # fmt: skip
        return self

    def to_polars(self) -> None:
        """What the copied lines end with."""


def run_python(text: str) -> Request | None:
    """What lines of Python ask."""
    noted = Noted()
    body = text.replace("import dataport", "").replace("dataport.open()", "noted")
    exec(body, {"noted": noted})  # the lines are our own, and a test is to run them
    return noted.asked


def body_of(curl: str) -> dict[str, Any]:
    parts = shlex.split(curl.replace("\\\n", " "))
    found: dict[str, Any] = json.loads(parts[parts.index("--data") + 1])
    return found


@pytest.mark.parametrize("words", QUESTIONS)
def test_what_is_copied_is_the_same_question_everywhere(modules: Page, words: dict[str, Any]) -> None:
    whole, said = request_of_words(words), copied(modules, words, is_change=False)
    assert request_of_words(body_of(said["curl"])) == whole
    assert run_python(said["python"]) == whole
    typed = shlex.split(said["command"])
    assert typed[:2] == ["dataport", "ask"]
    options = ask_command.make_context("ask", typed[2:]).params
    across = options["pivot"]
    names = ("indicators", "by", "where", "as_of", "period", "grain", "geography", "totals", "top", "order", "compare",
             "other", "subtotals")  # fmt: skip
    assert request_of(**{name: options[name] for name in names}, across=across) == whole


def test_what_is_copied_of_a_change_is_the_same_change_everywhere(modules: Page) -> None:
    said = copied(modules, WHY, is_change=True)
    words = modules.evaluate("words => module('why_words').then(w => w.changeWords(words))", WHY)
    whole = why_of_words(words)
    assert (whole.as_of, whole.compare, whole.geography) == (date(2022, 2, 28), date(2021, 12, 31), "as-was")
    assert why_of_words(body_of(said["curl"])) == whole
    assert run_python(said["python"]) == whole
    typed = shlex.split(said["command"])
    assert typed[:2] == ["dataport", "change"]
    options = change_command.make_context("change", typed[2:]).params
    first, last = options["between"]
    assert Request(
        (options["indicator"],), options["by"], options["where"], as_of=last, compare=first,
        geography=options["geography"], totals=options["totals"], subtotals=options["subtotals"],
    ) == whole  # fmt: skip


@pytest.mark.parametrize("words", QUESTIONS)
def test_a_tile_in_yaml_and_a_saved_question_have_every_word(words: dict[str, Any]) -> None:
    tile = {"id": "a", "kind": "chart", "title": "A", "place": [0, 0, 6, 4], "ask": words}
    board = dashboards.made({"name": "a", "title": "A", "tiles": [tile]})
    again = dashboards.told(dashboards.read(dashboards.written(board)))
    assert request_of_words(again["tiles"][0]["ask"]) == request_of_words(words)
    kept = Kept(name="a", question=QueryWords.model_validate(words)).content()
    assert request_of_words(kept["question"]) == request_of_words(words)


def test_a_tile_that_is_edited_keeps_every_word_that_its_form_does_not_show(modules: Page) -> None:
    tiles = [
        {"id": f"t{place}", "kind": "chart", "chart": "table", "title": f"T{place}", "place": [0, place * 2, 6, 2],
         "ask": words}
        for place, words in enumerate(QUESTIONS)
    ]  # fmt: skip
    change = {name: one for name, one in WHY.items() if name != "subtotals"}
    tiles.append({"id": "c", "kind": "change", "title": "C", "place": [6, 0, 6, 4], "ask": change})
    board = {"name": "words", "title": {"en": "Words"}, "filters": [], "tiles": tiles}
    kept = modules.evaluate("board => module('api').then(api => api.boards.keep(board))", board)
    goto(modules, f"/#/look/{kept['saved']['number']}")
    modules.get_by_role("button", name="Arrange").click()
    for one in tiles:
        handle = modules.locator(".held .handle")
        handle.get_by_role("button", name=f"What can be done with {one['title']}", exact=True).click()
        modules.get_by_role("menuitem", name="Change this tile").click()
        modules.get_by_role("dialog").get_by_role("button", name="Done").click()
    with modules.expect_request("**/api/v1/dashboards/*") as sent:
        modules.get_by_role("button", name="Save", exact=True).click()
    asked = {one["id"]: one["ask"] for one in sent.value.post_data_json["dashboard"]["tiles"]}
    for one in tiles:
        assert request_of_words(asked[str(one["id"])]) == request_of_words(one["ask"]), one["id"]  # type: ignore[arg-type]
    with_modules(modules).evaluate(
        "number => module('api').then(api => api.boards.remove(number))", kept["saved"]["number"]
    )


def test_series_are_told_apart_by_their_colours(modules: Page) -> None:
    colours = modules.evaluate("module('chart/parts').then(parts => [...Array(32).keys()].map(parts.colour))")
    shown = modules.evaluate(
        """colours => colours.map(one => {
          const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
          box.setAttribute("fill", one);
          document.querySelector("main").append(box);
          return getComputedStyle(box).fill;
        })""",
        colours,
    )
    assert len(set(shown)) == 32
