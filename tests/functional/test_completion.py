"""Completion as a shell asks for it: a process with words in its environment, and bash itself with a key pressed."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(sys.executable).with_name("dataport")
SLOW = ("duckdb", "pyarrow", "sqlglot", "polars", "yaml", "rich", "dataport.semantic", "dataport.engine")


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A cache of its own, filled by the line that installs completion, and no home to be found."""
    cache = tmp_path_factory.mktemp("cache")
    found = {**os.environ, "XDG_CACHE_HOME": str(cache), "DATAPORT_HOME": str(cache / "no-home")}
    for shell in ("zsh", "fish", "bash"):
        done = subprocess.run([SCRIPT], env={**found, "_DATAPORT_COMPLETE": f"{shell}_source"}, capture_output=True)
        assert done.returncode == 0 and b"_DATAPORT_COMPLETE" in done.stdout
    return found


@pytest.fixture(scope="module")
def offered(environment: dict[str, str]) -> Callable[..., list[str]]:
    def ask(*words: str) -> list[str]:
        """What is offered for the last of the words, as bash hears it."""
        asked = {"COMP_WORDS": "\n".join(("dataport", *words)), "COMP_CWORD": str(len(words))}
        done = subprocess.run(
            [SCRIPT],
            env={**environment, **asked, "_DATAPORT_COMPLETE": "bash_complete"},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return [line.partition(",")[2] for line in done.stdout.splitlines() if line]

    return ask


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (("as",), ["ask"]),
        (("catalog", "sh"), ["show"]),
        (("ask", "active_ref"), ["active_refugees"]),
        (("change", "active_ref"), ["active_refugees"]),
        (("ask", "active_individuals", "--by", "country_of_a"), ["country_of_asylum"]),
        (("ask", "active_individuals", "--by", "sex", "--by", "se"), ["settlement"]),
        (("ask", "active_individuals", "--by", "mon"), ["month"]),
        (("ask", "active_individuals", "--where", "sex"), ["\"sex = 'F'\"", "\"sex = 'M'\"", '"sex is unknown"']),
        (("ask", "active_individuals", "--where", "\"country_of_asylum = 'ken"), ["country_of_asylum = 'KEN'"]),
        (("ask", "x", "--where", "\"country_of_asylum = 'germ"), ["country_of_asylum = 'GFR'"]),
        (("ask", "x", "--where", "\"sex = 'F' and country_of_asylum in ('KEN', 'ugan"),
         ["sex = 'F' and country_of_asylum in ('KEN', 'UGA'"]),
        (("ask", "x", "--where", "\"country_of_asylum = 'austr"), ["country_of_asylum = 'unhcr:AUS'",
                                                                      "country_of_asylum = 'AUL'"]),
        (("ask", "x", "--period", "2021-Q"), ["2021-Q1", "2021-Q2", "2021-Q3", "2021-Q4"]),
        (("ask", "x", "--period", "last-1"), ["last-12-months"]),
        (("ask", "x", "--labels", ""), ["code", "label", "both"]),
        (("ask", "active_individuals", "--order", "active_individuals:"), ["active_individuals:desc"]),
        (("catalog", "values", "popul"), ["population_type"]),
        (("catalog", "show", "average_g"), ["average_group_size"]),
        (("ask", "active_individuals", "--as", ""), []),
        (("case", "show", ""), []),
    ],
)  # fmt: skip
def test_what_may_stand_there_is_offered(
    offered: Callable[..., list[str]], words: tuple[str, ...], first: list[str]
) -> None:
    assert sorted(offered(*words)) == sorted(first)


def test_only_breakdowns_that_the_indicators_have_are_offered(offered: Callable[..., list[str]]) -> None:
    assert "need_category" not in offered("ask", "active_individuals", "--by", "")
    assert "need_category" in offered("ask", "active_specific_needs", "--by", "")


def test_it_imports_nothing_slow_looks_at_nothing_and_leaves_a_private_file(environment: dict[str, str]) -> None:
    cache = Path(environment["XDG_CACHE_HOME"]) / "dataport"
    (kept,) = cache.iterdir()
    assert (cache.stat().st_mode & 0o777, kept.stat().st_mode & 0o777) == (0o700, 0o600)
    asked = {"COMP_WORDS": "dataport\nask\nactive_", "COMP_CWORD": "2", "_DATAPORT_COMPLETE": "bash_complete"}
    seen = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "dataport"],
        env={**environment, **asked},
        capture_output=True,
        text=True,
    )
    imported = {line.rpartition("|")[2].strip() for line in seen.stderr.splitlines()}
    # what is imported by its name is not listed, but what that imports is
    assert "click.shell_completion" in imported
    assert not [name for name in imported if name.startswith(SLOW)]
    assert not (Path(environment["DATAPORT_HOME"])).exists()


def test_a_file_that_others_could_have_written_is_not_believed(environment: dict[str, str], tmp_path: Path) -> None:
    (kept,) = (Path(environment["XDG_CACHE_HOME"]) / "dataport").iterdir()
    forged = tmp_path / "dataport" / kept.name
    forged.parent.mkdir()
    words = json.loads(kept.read_text())
    words["indicators"] = {"active_forged": {"label": "F", "by": []}}
    asked = {"COMP_WORDS": "dataport\nask\nactive_ref", "COMP_CWORD": "2", "_DATAPORT_COMPLETE": "bash_complete"}
    for content, mode in ((json.dumps(words), 0o666), ("[", 0o600), ("[]", 0o600)):
        forged.unlink(missing_ok=True)
        forged.write_text(content)
        forged.chmod(mode)
        done = subprocess.run(
            [SCRIPT], env={**environment, **asked, "XDG_CACHE_HOME": str(tmp_path)}, capture_output=True, text=True
        )
        assert (done.stdout, done.stderr) == ("plain,active_refugees\n", "")


def test_it_works_without_a_place_for_the_file(environment: dict[str, str]) -> None:
    asked = {"COMP_WORDS": "dataport\nask\nactive_ref", "COMP_CWORD": "2", "_DATAPORT_COMPLETE": "bash_complete"}
    bare = {name: value for name, value in environment.items() if name not in ("XDG_CACHE_HOME", "HOME")}
    for place in ({}, {"XDG_CACHE_HOME": "/dev/null/x"}):
        done = subprocess.run([SCRIPT], env={**bare, **asked, **place}, capture_output=True, text=True)
        assert (done.stdout, done.stderr) == ("plain,active_refugees\n", "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("dataport ask active_ref", ["active_refugees"]),
        ("dataport ask active_individuals --by country_of_a", ["country_of_asylum"]),
        ("dataport ask active_individuals --where \"country_of_asylum = 'keny", ["country_of_asylum = 'KEN'"]),
        ("dataport ask active_individuals --where sex", ["\"sex = 'F'\"", "\"sex = 'M'\"", '"sex is unknown"']),
    ],
)
def test_bash_itself_completes(environment: dict[str, str], typed: str, words: list[str]) -> None:
    """bash runs the script that it was given, over the words as it splits them."""
    function = subprocess.run(
        [SCRIPT], env={**environment, "_DATAPORT_COMPLETE": "bash_source"}, capture_output=True, text=True
    ).stdout
    split = _as_bash_splits(typed)
    program = f"""
        {function}
        COMP_WORDS=({" ".join(shlex.quote(word) for word in split)}); COMP_CWORD={len(split) - 1}
        compopt() {{ :; }}
        _dataport_completion dataport
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    path = f"{SCRIPT.parent}:{environment['PATH']}"
    done = subprocess.run(["bash", "-c", program], env={**environment, "PATH": path}, capture_output=True, text=True)
    assert (done.stdout.splitlines(), done.stderr) == (words, "")


def _as_bash_splits(typed: str) -> list[str]:
    """An open quote is one word to its end."""
    before, quote, opened = typed.partition('"')
    return [*before.split(), *([quote + opened] if quote else [])]
