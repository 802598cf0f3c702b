"""The manual's stories, run on the engine and on the oracle; and the manual is what they render to."""

from __future__ import annotations

from typing import Any

import pytest
from agreement import expected
from figures import Desk, tuples

from dataport.disclosure import SafeTable
from dataport.errors import DataportError, Refused
from spec.render import CHAPTERS, MANUAL, pages
from spec.stories import Ask, Story

DESK = Desk()
CASES = [
    pytest.param(story, ask, id=f"{story.title}: {ask.says[:50]}")
    for chapter in CHAPTERS
    for story in chapter.stories
    for ask in story.asks
]


@pytest.mark.parametrize(("story", "ask"), CASES)
def test_the_engine_tells_the_story(story: Story, ask: Ask) -> None:
    desk = Desk(story.world, story.catalog) if story.policies else DESK.show(story.world)
    if ask.refused:
        with pytest.raises(DataportError) as refusal:
            (desk.changed if ask.why else desk.request)(ask.request, ask.who)
        assert str(refusal.value) == ask.refused
        return
    answer = (desk.changed if ask.why else desk.request)(ask.request, ask.who)
    assert _written(answer) == _cells(ask.answer)
    if ask.status is not None:
        codes = {code for _, _, code in ask.status}
        assert {(one.row, one.column, one.code) for one in answer.status if one.code in codes} == set(ask.status)


# The oracle knows no policies and no movements: their own judges are in tests/generative.
@pytest.mark.parametrize(
    ("story", "ask"), [case for case in CASES if not (case.values[0].policies or case.values[1].why)]
)  # type: ignore[union-attr]
def test_the_oracle_tells_the_same_story(story: Story, ask: Ask) -> None:
    what = story.world
    DESK.show(what)
    if ask.refused:
        try:
            DESK.scoped(ask.request)
        except DataportError:
            return  # nobody could ask this; the oracle answers only what can be asked
        with pytest.raises(Refused):
            DESK.scoped(ask.request, ask.who)
        assert expected(DESK, what, ask.request, ask.who) is None
        return
    must = expected(DESK, what, ask.request, ask.who)
    assert must is not None
    rows = [*must.rows, *(_spread(total.levels, row, ask) for total in must.totals for row in total.rows)]
    assert [[_shown(value) for value in row] for row in rows] == _cells(ask.answer)[1:]


def test_the_manual_is_what_the_stories_render_to() -> None:
    """After a story has changed, render it: `python -m spec.render` in the tests folder."""
    for name, text in pages().items():
        assert (MANUAL / name).read_text(encoding="utf-8") == text, f"docs/manual/{name} is not rendered"
    assert {path.name for path in MANUAL.glob("*")} == set(pages())


def _written(answer: SafeTable) -> list[list[str]]:
    """An answer as the cells of a story's table."""
    header = list(answer.data.column_names)
    rows = [[_shown(value) for value in row] for row in tuples(answer.data)]
    levels = [one.name for one in answer.columns if one.role == "level"]
    for total in answer.totals:
        added_up = {name for name in levels if name not in total.levels}
        for row in total.data.to_pylist():
            rows.append(["all" if name in added_up else _shown(row[name]) for name in header])
    return [header, *rows]


def _spread(levels: tuple[str, ...], row: tuple[Any, ...], ask: Ask) -> list[Any]:
    kept = iter(row[: len(levels)])
    return [*(next(kept) if name in levels else "all" for name in ask.request.by), *row[len(levels) :]]


def _shown(value: Any) -> str:
    return "-" if value is None else str(value)


def _cells(text: str) -> list[list[str]]:
    lines = [line.strip() for line in text.strip().splitlines()]
    return [[cell.strip() for cell in line.split("|")] for line in lines if not (set(line) == {"-"} and len(line) > 1)]
