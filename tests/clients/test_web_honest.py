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


def test_a_number_that_is_told_with_a_mark_keeps_both_and_the_mark_has_words(page: Page) -> None:
    status = [(0, "kept"), (1, "not_for_release")]
    answering(page, told(["sex"], [["F", 1000], ["M", 4]], status))
    goto(page, "/#/ask?indicators=active_individuals&by=sex&view=table")
    assert [one.split()[0] for one in page.get_by_role("gridcell").all_inner_texts()] == ["1,000†", "4*"]
    notes = page.locator(".result .notes")
    expect(notes).to_contain_text("† of an earlier month, because a new number would tell of a few people")
    expect(notes).to_contain_text("* few people behind it")
    goto(page, "/#/ask?indicators=active_individuals&by=sex&view=bars")
    mark = page.locator("svg [role=button]").first
    assert "F: 1,000† (of an earlier month" in (mark.get_attribute("aria-label") or "")


def test_no_two_ticks_of_an_axis_read_alike(page: Page) -> None:
    """A line that hardly moves fills its axis; that it hardly moves is seen by the numbers beside it."""
    rows: list[list[Any]] = [["2021-12-01", 0.02701], ["2022-01-01", 0.02697], ["2022-02-01", 0.02696]]
    answer = told(["period"], rows, [])
    answer["columns"][0]["label"] = "Month"
    answer["columns"][1] |= {"unit": "share", "type": "number"}
    answering(page, answer)
    goto(page, "/#/ask?indicators=share_of_children&grain=month&period=last-3-months&view=lines")
    ticks = page.locator(".chart svg text.axis[text-anchor=end]")
    expect(ticks.first).to_contain_text("%")
    said = ticks.all_text_contents()
    assert len(set(said)) == len(said) > 2


def test_the_end_of_what_moved_stands_where_the_movements_led(page: Page) -> None:
    answer = told([], [[1000, 50, None, 1050]], [])
    (number,) = answer["columns"]
    roles = {"start": "start", "births": "movement", "arrivals": "movement", "end": "end"}
    answer["columns"] = [{**number, "name": one, "label": one, "role": role} for one, role in roles.items()]
    answering(page, answer, "**/api/v1/change")
    goto(page, "/#/why?indicators=active_individuals&between=2022-01-31..2022-02-28")
    said = page.locator(".chart svg text.axis")
    expect(said).to_have_text(["1,000", "+50", "n/a", "1,050"])
    start, births, unknown, end = (one.bounding_box() or {"x": 0} for one in said.all())
    assert start["x"] < end["x"] == births["x"]
    hatch = page.locator(".chart rect.none").bounding_box()
    assert hatch and unknown["x"] >= hatch["x"] + hatch["width"]


def test_places_of_one_name_are_told_apart_by_their_codes(page: Page) -> None:
    names = {"ETH9": "Dispersed", "SDN9": "Dispersed", "KEN1": "Garissa"}
    answer = told(["location"], [["ETH9", 3], ["SDN9", 2], ["KEN1", 1]], [], members={"location": names})
    answering(page, answer)
    goto(page, "/#/ask?indicators=active_individuals&by=location&view=table")
    expect(page.get_by_role("rowheader")).to_have_text(["ETH9 · Dispersed", "SDN9 · Dispersed", "Garissa"])


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
