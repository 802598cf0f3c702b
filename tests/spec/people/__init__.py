"""Transcripts: pages of what five people type, from question to answer, with what they are told.

A page holds blocks of ```` ```console ````, each with one command and its answer, and files that are written before:
a line "`NAME`:" and the block below it. `played` runs a page again and gives it with the answers of now.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
PEOPLE = ("statistician", "case_manager", "operator", "data_engineer", "quality_officer")
_BLOCK = re.compile(
    r"```console\n\$ (?P<typed>[^\n]*)\n.*?```|`(?P<file>[^`\n]+)`:\n\n```\w+\n(?P<text>.*?)```", re.DOTALL
)
# What is another one each time, or on each machine.
_MOMENTS = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC(?= in |$|\s*$)", re.MULTILINE), "2022-03-01 04:00 UTC"),
    (re.compile(r"in \d+(\.\d+)? s\b"), "in 48 s"),
    (re.compile(r"\d+(\.\d+)? [kMG]B"), "5.0 MB"),
    (re.compile(r"^[\d,]+ looks", re.MULTILINE), "12 looks"),
    (re.compile(r"sqlite:///\S+/"), "sqlite:////srv/dataport/home/"),
)


def page(who: str) -> str:
    """The page as it stands."""
    return (HERE / f"{who}.md").read_text(encoding="utf-8")


def played(text: str, folder: Path, environment: Mapping[str, str]) -> str:
    """The page with the answers that its commands give now, typed one after the other in a folder."""

    def block(found: re.Match[str]) -> str:
        if found["file"]:
            (folder / found["file"]).parent.mkdir(parents=True, exist_ok=True)
            (folder / found["file"]).write_text(found["text"], encoding="utf-8")
            return found[0]
        return f"```console\n$ {found['typed']}\n{_answer(found['typed'], folder, environment)}```"

    return _BLOCK.sub(block, text)


def _answer(typed: str, folder: Path, environment: Mapping[str, str]) -> str:
    program, *words = shlex.split(typed)
    command = [sys.executable, *({"dataport": ("-m", "dataport"), "python": ()}[program]), *words]
    settings = {**os.environ, "COLUMNS": "100", "PYTHONUTF8": "1", **environment}
    done = subprocess.run(
        command, cwd=folder, env=settings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    told = "".join(f"{line}\n" for line in lines).strip("\n") + "\n"
    if words == ["doctor"]:
        # a line that names a place of this machine breaks by how long it is
        told = told.replace("\n" + " " * 9, " ")
    for moment, instead in _MOMENTS:
        told = moment.sub(instead, told)
    return told
