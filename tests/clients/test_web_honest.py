"""Cells that are no plain number never look like one, nor like nothing; and no text becomes markup."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .browsing import answering, goto

CODES = ("withheld", "not_permitted", "outside_history")
MARKS = {"withheld": ":", "not_permitted": ":", "outside_history": "–"}


def told(levels: list[str], rows: list[list[Any]], status: list[tuple[int, str]], **more: Any) -> dict[str, Any]:
    """An answer as the service tells it, of one indicator."""
    columns = [{"name": one, "label": one, "type": "text", "unit": None, "role": "level"} for one in levels]
    columns += [{"name": "n", "label": "Number", "type": "integer", "unit": "persons", "role": "indicator"}]
    meta = {"question": "number", "data_version": 1, "as_of": "2022-02-28", "scope": "all rows", "limits": []}
    meta |= {"viewer_class": "registration", "viewer": "x", "flows": None, "compared_with": None}
    said = [{"row": row, "column": "n", "code": code} for row, code in status]
    return {"columns": columns, "rows": rows, "status": said, "totals": [], "members": {}, "meta": meta, **more}


@pytest.mark.parametrize("view", ["table", "bars", "map"])
@pytest.mark.parametrize("code", CODES)
def test_a_cell_that_is_not_shown_has_its_mark_and_words(page: Page, view: str, code: str) -> None:
    answering(page, told(["country_of_asylum"], [["KEN", 5], ["UGA", None]], [(1, code)]))
    goto(page, f"/#/ask?indicators=active_individuals&by=country_of_asylum&view={view}")
    expect(page.locator(".result .notes")).to_contain_text(MARKS[code])
    if view == "table":
        cell = page.get_by_role("gridcell").nth(1)
        expect(cell).to_have_text(f"{MARKS[code]} {cell.get_attribute('title')}")
    else:
        mark = page.locator("svg [role=button]", has=page.locator(".none"))
        assert f"UGA: {MARKS[code]} (" in (mark.get_attribute("aria-label") or "")
    assert page.locator("svg [role=button][aria-label^='UGA: 0']").count() == 0


def test_what_nobody_knows_is_neither_0_nor_blank(page: Page) -> None:
    answering(page, told(["sex"], [["F", None], ["M", 0]], []))
    goto(page, "/#/ask?indicators=active_individuals&by=sex&view=table")
    assert [one.split()[0] for one in page.get_by_role("gridcell").all_inner_texts()] == ["n/a", "0"]


def test_a_gap_of_a_protected_answer_says_no_more_than_what_is_withheld(page: Page) -> None:
    rows: list[list[Any]] = [["KEN", "F", 5], ["KEN", "M", None], ["UGA", "F", 7]]
    answer = told(["country_of_asylum", "sex"], rows, [(1, "withheld")])
    answer["meta"]["viewer_class"] = "statistics"
    answering(page, answer)
    goto(page, "/#/ask?indicators=active_individuals&by=country_of_asylum&by=sex&across_table=sex&view=table")
    cells = page.get_by_role("gridcell")
    expect(cells).to_have_count(4)
    assert cells.nth(1).inner_text() == cells.nth(3).inner_text()
    assert (
        cells.nth(1).get_attribute("class", timeout=1000).split()[:2] == cells.nth(3).get_attribute("class").split()[:2]
    )  # type: ignore[union-attr]


def test_shares_are_not_drawn_where_a_part_is_not_shown(page: Page) -> None:
    rows: list[list[Any]] = [["KEN", "F", 5], ["KEN", "M", None], ["UGA", "F", 7], ["UGA", "M", 7]]
    answering(page, told(["country_of_asylum", "sex"], rows, [(1, "withheld")]))
    goto(page, "/#/ask?indicators=active_individuals&by=country_of_asylum&by=sex&view=share")
    expect(page.locator(".chart svg[role=group]")).to_contain_text("no shares")
    assert page.locator("svg [role=button][aria-label^='KEN']").count() == 0
    assert page.locator("svg [role=button][aria-label^='UGA']").count() == 2


def test_no_text_becomes_markup_or_code(page: Page) -> None:
    evil = "<img src=x onerror=window.evil=1><script>window.evil=1</script>\"'`javascript:window.evil=1"
    answer = told(
        ["country_of_asylum"], [["KEN", 5]], [(0, "not_for_release")], members={"country_of_asylum": {"KEN": evil}}
    )
    for column in answer["columns"]:
        column["label"] = evil
    answer["meta"] |= {"question": evil, "scope": evil, "limits": [evil]}
    for view in ("table", "bars", "map"):
        answering(page, answer)
        goto(page, f"/#/ask?indicators=active_individuals&by=country_of_asylum&view={view}&where={evil}")
        expect(page.locator(".result .asked")).to_have_text(evil)
    board = {"name": "evil", "title": evil, "about": evil, "filters": [evil],
             "tiles": [{"id": "a", "kind": "text", "title": evil, "text": evil, "place": [0, 0, 6, 2]}]}  # fmt: skip
    answering(page, {"dashboards": [board]}, "**/api/v1/dashboards")
    goto(page, "/#/look/evil")
    expect(page.get_by_role("heading", level=1)).to_have_text(evil)
    page.route(
        "**/api/v1/query", lambda route: route.fulfill(status=422, json={"code": "x", "detail": evil, "nearest": evil})
    )
    page.goto("/#/ask?indicators=active_individuals&by=sex")
    expect(page.get_by_role("alert")).to_contain_text(evil)
    assert page.evaluate("window.evil") is None
    assert page.locator("img, main script").count() == 0
