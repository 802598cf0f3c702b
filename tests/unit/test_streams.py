"""Whoever reads standard output, and whatever letters it knows: what was answered is answered, with exit code 0."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dataport.cli.streams import standard_output

PLAIN = {"PYTHONIOENCODING": "ascii"}


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "dataport", *words]
    return subprocess.run(command, capture_output=True, env=os.environ | environment, check=False)


@pytest.mark.parametrize(
    "words", [("catalog", "indicators"), ("catalog", "breakdowns", "--format", "json"), ("--help",)]
)
def test_a_reader_that_leaves_is_no_error(words: tuple[str, ...]) -> None:
    job = subprocess.Popen(
        [sys.executable, "-m", "dataport", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )  # fmt: skip
    assert job.stdout is not None and job.stderr is not None
    job.stdout.close()  # before anything is written
    with job.stderr:
        said = job.stderr.read()
    assert (job.wait(), said) == (0, b"")


def test_a_terminal_that_knows_few_letters_is_told_everything() -> None:
    told = run("catalog", "show", "population_type", **PLAIN)
    assert told.returncode == 0
    told.stdout.decode("ascii")
    assert run("catalog", "show", "nix", **PLAIN).returncode == 2


def test_words_are_read_in_any_locale() -> None:
    few = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    told = run("catalog", "search", "Ünknöwn", **few)
    assert (told.returncode, told.stderr) == (0, b"")


def test_no_colour_where_none_is_wanted() -> None:
    assert b"\x1b" not in run("catalog", "indicators", NO_COLOR="1", FORCE_COLOR="").stdout


def test_streams_are_as_they_were_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as file, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", file)
        with standard_output():
            print("a – b · Türkiye █")
            assert sys.stdout is not file
        assert sys.stdout is file
    assert (tmp_path / "out").read_text() == "a - b . T\\xfcrkiye #\n"
