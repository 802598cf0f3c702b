"""What the pages for those who ask say can be typed is answered, and their Python runs."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from dataport.cli.main import cli

from .conftest import Lived
from .test_cli import run

pytestmark = pytest.mark.xdist_group("homes")

ROOT = Path(__file__).resolve().parents[2]
ASKS = frozenset({"ask", "change", "explain", "catalog", "case", "access", "status"})


def blocks(page: str, kind: str = "") -> Iterator[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    yield from re.findall(rf"^```{kind}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def typed(page: str) -> Iterator[list[str]]:
    """Every command of ours in the blocks of a page, with the variables that it sets put in."""
    known: dict[str, str] = {}
    for block in (*blocks(page), *blocks(page, "bash")):
        for line in block.splitlines():
            for name, value in re.findall(r'(\w+)="([^"]*)"', line) if line.startswith("export ") else ():
                known[name] = value
            found = re.match(r"(?:\$ )?(?:\.venv/bin/)?dataport (.*)", line)
            if found:
                yield shlex.split(_filled(found[1], known), comments=True)


def _filled(line: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        line = line.replace(f'"${name}"', f'"{value}"').replace(f"${name}", value)
    return line


def test_what_is_typed_is_answered(sqlite_home: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = [words for page in ("README.md", "docs/ask.md") for words in typed(page) if words[0] in ASKS]
    assert len(found) >= 15
    for words in found:
        done = run(*words, home=sqlite_home.settings.home)
        # the home that tests share is not the demo's: nobody may be called so; a check that finds something says 1
        fine = {("case", "find"): 4, ("access", "check"): 1}.get(tuple(words[:2]), 0)
        assert done.returncode in (0, fine), (words, done.stderr.decode())
        assert done.stdout or b"Written to" in done.stderr or done.returncode == 4, words


@pytest.mark.parametrize("page", ["README.md", "docs/ask.md", "docs/connect.md", "docs/embed.md", "DEVELOPERS.md"])
def test_every_command_is_one_with_its_options(page: str) -> None:
    for words in typed(page):
        command: click.Command | None = cli
        context = click.Context(cli)
        rest = list(words)
        while isinstance(command, click.Group) and rest:
            command = command.get_command(context, rest.pop(0))
        assert command is not None and not isinstance(command, click.Group), words
        known = {name for one in command.params for name in one.opts}
        assert {word for word in rest if word.startswith("--")} <= known, words


@pytest.mark.parametrize("page", ["README.md", "docs/embed.md"])
def test_the_python_of_a_page_runs(
    page: str, sqlite_home: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".dataport").symlink_to(sqlite_home.settings.home)
    found = list(blocks(page, "python"))
    assert found
    for code in found:
        exec(compile(code, page, "exec"), {})
