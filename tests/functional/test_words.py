"""What the product writes can be read back: members, suggestions, examples."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import click
import forked
import pytest
from click.testing import CliRunner

import dataport
from dataport.ask import Asker, members, open_house
from dataport.cli.main import cli
from dataport.errors import DataportError, WrongRequest
from dataport.render.catalog import values_of
from dataport.semantic import Request, resolve
from dataport.semantic.condition import Compare

from .conftest import Lived

pytestmark = pytest.mark.xdist_group("homes")

WHO = "statistician.hq@example.org"
# asks about days that only a home with years of history knows
OLDER = ("year-ago", "2021-12-01")


def _filter(level: str, value: object) -> str:
    text = "'" + value.replace("'", "''") + "'" if isinstance(value, str) else json.dumps(value)
    return f"{level} = {text}"


def test_every_value_that_is_listed_can_be_asked_for(sqlite_home: Lived) -> None:
    house, asker = open_house(sqlite_home.settings), Asker(WHO, "operator")
    port, horizon = dataport.open(home=sqlite_home.settings.home, viewer=WHO), house.figures().horizon
    met = set()
    for name, level in house.catalog.levels.items():
        try:
            found = members(name, asker, house)
        except WrongRequest as refusal:
            assert "its members cannot be listed" in str(refusal)
            continue
        listed = [value for value, _ in values_of(found, level, house.catalog)]
        rows = {row[name]: row[found.columns[-1].name] for row in found.data.to_pylist() if row[name] is not None}
        indicator = found.columns[-1].name
        for number, (code, value) in enumerate(zip(rows, listed, strict=True)):
            question = resolve(Request((indicator,), where=(_filter(name, value),)), house.catalog, horizon)
            assert question.where == Compare(name, "=", code) and not question.readings, (name, value)
            if number == 0 or value != code:
                (told,) = port.ask([indicator], where=[_filter(name, value)]).to_dicts()
                assert told[indicator] == rows[code], (name, value)
            met.add(str(value).partition(":")[0] if value != code else level.type)
    assert {"unhcr", "text", "boolean", "integer"} <= met
    words = ["catalog", "values", "country_of_asylum", "--as", WHO, "--format", "json"]
    told = json.loads(CliRunner().invoke(cli, [*words, "--home", str(sqlite_home.settings.home)]).stdout)
    assert {"code": "unhcr:ARE", "label": "Egypt"} in told["values"]


@pytest.mark.parametrize(
    "words",
    [
        ("active_individual", "--by", "countryof_asylum", "--totals"),
        ("active_individuals", "--where", "country_of_origin = 'Egypte'"),
        ("active_individuals", "--where", "country_of_origin in ('are', 'DEUU')"),
        ("active_individuals", "--by", "sexx", "--where", "sex = 'Female' and age >= 18"),
        ("active_individuals", "--where", "legal_statuss != 'REF' or sex = 'Male'", "--as-of", "2030-01-01"),
        ("active_groups", "--by", "sex", "--by", "operation", "--order", "active_group:desc"),
    ],
)
def test_every_suggestion_is_answered(sqlite_home: Lived, words: tuple[str, ...]) -> None:
    def run(*asked: str) -> subprocess.CompletedProcess[bytes]:
        return forked.run("ask", *asked, "--as", WHO, "--home", str(sqlite_home.settings.home))

    refused = run(*words)
    assert refused.returncode == 2
    found = re.search(r"The nearest that can be answered: dataport ask (.*)", refused.stderr.decode())
    if found is None:
        # a code of two countries: both readings are in the refusal, and neither is proposed
        assert "are" in words[-1]
        return
    suggested = shlex.split(found[1])
    assert suggested.count("--where") == words.count("--where")
    # as somebody else it would be another question
    assert suggested[suggested.index("--as") + 1] == WHO
    assert run(*suggested).returncode == 0, suggested


def _examples(command: click.Command, words: tuple[str, ...]) -> list[list[str]]:
    found = re.findall(r"^ +dataport (.*)$", command.help or "", re.MULTILINE)
    return [shlex.split(one) for one in found if one.startswith(" ".join(words))]


def test_every_example_of_a_question_is_answered(
    sqlite_home: Lived, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # one of them writes a file
    asked = 0
    for words in (("ask",), ("explain",), ("change",), ("catalog", "values"), ("catalog", "show")):
        command: click.Command = cli
        for word in words:
            found = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
            assert found
            command = found
        for example in _examples(command, words):
            where = ["--home", str(sqlite_home.settings.home), "--as", WHO] if words[-1] != "show" else []
            done = CliRunner().invoke(cli, [*example, *where])
            if any(day in " ".join(example) for day in OLDER):
                continue
            assert done.exit_code == 0, (example, done.output)
            asked += 1
    assert asked >= 8


def test_the_code_of_a_row_is_taken_or_refused_with_both_readings(sqlite_home: Lived) -> None:
    port = dataport.open(home=sqlite_home.settings.home, viewer=WHO)
    for row in port.ask(["active_individuals"], by=["country_of_asylum"]).to_dicts():
        code = row["country_of_asylum"]
        try:
            (told,) = port.ask(["active_individuals"], where=[f"country_of_asylum = '{code}'"]).to_dicts()
        except DataportError as refusal:
            assert f"'unhcr:{code}'" in str(refusal) and f"'iso3:{code}'" in str(refusal)
            (told,) = port.ask(["active_individuals"], where=[f"country_of_asylum = 'unhcr:{code}'"]).to_dicts()
        assert told["active_individuals"] == row["active_individuals"]
