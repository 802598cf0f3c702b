"""What can be asked is found by the words that people have for it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from figures import Desk, world

from dataport.cli.catalog import search as command
from dataport.semantic import DEFINITIONS, search
from dataport.semantic.search import synonyms

CATALOG = Desk(world([{}])).catalog


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (["gender"], "sex"),
        (["Nationality"], "country_of_origin"),
        (["household"], "active_groups"),
        (["household", "size"], "average_group_size"),
        (["camp"], "settlement"),
        (["elderly"], "active_older_persons"),
        (["women"], "active_women_and_girls"),
        (["percentage children"], "share_of_children"),
        (["active_individuals"], "active_individuals"),
    ],
)
def test_a_word_of_the_field_finds_what_it_means(words: list[str], name: str) -> None:
    assert name in [one.name for one in search(CATALOG, words)]


def test_what_was_taken_for_what_is_said() -> None:
    (found,) = (one for one in search(CATALOG, ["gender"]) if one.name == "sex")
    assert (found.kind, found.through) == ("breakdown", ("gender: sex",))
    assert not [one for one in search(CATALOG, ["camp"]) if "resettlement" in one.name]
    assert search(CATALOG, []) == search(CATALOG, ["no such word"]) == ()


def test_every_synonym_leads_somewhere() -> None:
    assert not [word for word in synonyms(DEFINITIONS) if not search(CATALOG, [word])]


def test_the_command_gives_real_lists(capsys: Any) -> None:
    command(["gender", "--format", "json"], standalone_mode=False)
    (first, *_) = json.loads(capsys.readouterr().out)["found"]
    assert (first["name"], first["kind"], first["through"]) == ("sex", "breakdown", ["gender: sex"])
