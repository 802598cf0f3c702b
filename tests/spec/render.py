"""Render the stories as pages of the manual: ``python -m spec.render`` in the tests folder, or `write`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

from figures import KENYA, NOBODY, WIDE

from dataport.access import Viewer
from spec import computing, counting, family, filtering, judging, measuring, moving, people, permitted
from spec.stories import Ask, Chapter, Story

CHAPTERS: tuple[Chapter, ...] = tuple(
    one.CHAPTER for one in (counting, filtering, computing, measuring, moving, judging, permitted)
)
MANUAL = Path(__file__).parents[2] / "docs" / "manual"

_NOTICE = "<!-- Rendered from tests/spec, whose stories are tests: change them there, then `python -m spec.render`. -->"
_TABLES = {
    "population": "Individuals",
    "groups": "Groups",
    "events": "Events",
    "needs": "Specific needs",
    "documents": "Documents",
    "assistance": "Assistance",
    "countries": "Countries",
    "quality": "What checks say, by person",
}


def pages() -> dict[str, str]:
    """File name to text."""
    case = "\n".join((_NOTICE, "", *family.page())) + "\n"
    played = {f"{who}.md": f"{_NOTICE}\n\n{people.page(who)}" for who in people.PEOPLE}
    return (
        {"README.md": _contents(), family.FILE: case} | played | {chapter.file: _page(chapter) for chapter in CHAPTERS}
    )


def write(folder: Path = MANUAL) -> None:
    """Write the pages."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


def _contents() -> str:
    lines = [_NOTICE, "", "# Manual", ""]
    lines += [
        "Every example is run by the tests, on the engine and on a slow and obvious oracle. What its rows do not say is"
    ]
    lines += ["ordinary: an active refugee, a woman of 25-49, registered in Kenya by its office. `-` is unknown.", ""]
    lines += [f"* [{chapter.title}]({chapter.file}): {chapter.says}" for chapter in CHAPTERS]
    lines += [f"* [{family.TITLE}]({family.FILE}): {family.SAYS}"]
    lines += ["", "From question to answer, as five people type it:", ""]
    lines += [f"* [{people.page(who).splitlines()[0].removeprefix('# ')}]({who}.md)" for who in people.PEOPLE]
    return "\n".join(lines) + "\n"


def _page(chapter: Chapter) -> str:
    lines = [_NOTICE, "", f"# {chapter.title}", "", chapter.says, ""]
    for story in chapter.stories:
        lines += _story(story)
    return "\n".join(lines).rstrip() + "\n"


def _story(story: Story) -> Iterator[str]:
    yield from (f"## {story.title}", "", story.says, "")
    for name, label in _TABLES.items():
        text = getattr(story, name, None) or story.more.get(name)
        if text:
            yield from (f"{label}:", "", *_table(text), "")
    if story.policies:
        yield from ("Policies beside the project's own:", "", "```yaml", *dedent(story.policies).strip().splitlines())
        yield from ("```", "")
    for ask in story.asks:
        yield from _ask(ask)


def _ask(ask: Ask) -> Iterator[str]:
    yield from (ask.says, "")
    yield from ("```", f"$ {ask.typed}{_viewer(ask.who)}", "```", "")
    if ask.refused:
        yield from (f"> {ask.refused}", "")
        return
    yield from (*_table(ask.answer), "")
    if ask.status:
        yield from (f"Row {row + 1}, {column}: `{code}`." for row, column, code in ask.status)
        yield ""


def _table(text: str) -> Iterator[str]:
    """An ASCII table as Markdown; totals, below a line of dashes, in bold."""
    lines = [line.strip() for line in text.strip().splitlines()]
    is_total = False
    for number, line in enumerate(lines):
        if set(line) == {"-"} and len(line) > 1:
            is_total = True
            continue
        cells = [cell.strip() for cell in line.split("|")]
        yield "| " + " | ".join(f"**{cell}**" if is_total else cell for cell in cells) + " |"
        if number == 0:
            yield "|" + "---|" * len(cells)


def _viewer(who: Viewer) -> str:
    """Unlimited viewers are not named; the others are by what they are."""
    if who == WIDE:
        return ""
    names = {KENYA: "kenya", NOBODY: "nobody"}
    roles = sorted({one.role.lower() for one in who.permissions})
    return f" --as {names.get(who, '-and-'.join(roles) or who.viewer_class.value)}"


if __name__ == "__main__":
    write()
