"""Who is counted is decided by two truth values, and values never become anything but values."""

from __future__ import annotations

import pytest
from figures import Desk, catalog_with, world
from generative.strategies import extended_catalog

from dataport.errors import UnknownName, WrongRequest
from dataport.semantic.parse import MAX_DEPTH

PERSONS = world([{"sex_code": sex} for sex in ("F", "F", "M", None)])


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(PERSONS, extended_catalog())


@pytest.mark.parametrize(
    ("where", "count"),
    [
        ("sex = 'F'", 2),
        ("sex != 'F'", 2),
        ("sex <> 'F'", 2),
        ("not sex = 'F'", 2),
        ("sex in ('F', 'M')", 3),
        ("sex not in ('F', 'M')", 1),
        ("not (sex in ('F'))", 2),
        ("sex is unknown", 1),
        ("sex is not unknown", 3),
        ("not sex is unknown", 3),
        ("sex = 'F' or sex is unknown", 3),
        ("not (sex = 'F' or sex = 'M')", 1),
        ("not (sex = 'F' and process_status = 'A')", 2),
        ("not not sex = 'F'", 2),
        ("sex = 'F' and sex = 'M'", 0),
        ("number < 3", 2),
        ("not number < 3", 2),
        ("number between 2 and 3", 2),
        ("number between 3 and 2", 0),
        ("has_specific_need != true", 4),
    ],
)
def test_everybody_is_counted_on_one_side_of_a_filter(desk: Desk, where: str, count: int) -> None:
    assert desk.rows("active_individuals", where=(where,)) == [(count,)]


def test_an_unknown_size_is_neither_small_nor_large() -> None:
    events = [{"event_date": day} for day in (None,)]
    desk = Desk(world((), (), events), extended_catalog())
    for where, count in [
        ("event_day < '2022-01-01'", 0),
        ("event_day >= '2022-01-01'", 0),
        ("not event_day < '2022-01-01'", 1),
        ("event_day between '1900-01-01' and '2100-01-01'", 0),
        ("event_day != '2022-01-01'", 1),
    ]:
        assert desk.rows("new_registrations", where=(where,)) == [(count,)], where


def test_a_filter_on_a_reached_level_includes_its_unknown_member() -> None:
    desk = Desk(world([{"country_of_asylum_code": key} for key in ("KEN", "SYR", "XXX", None)]))
    assert desk.rows("active_individuals", where=("unhcr_bureau != 'MENA'",)) == [(3,)]
    assert desk.rows("active_individuals", where=("unhcr_bureau is unknown",)) == [(2,)]
    assert desk.rows("active_individuals", where=("not (unhcr_bureau = 'MENA' or sex = 'M')",)) == [(3,)]


def test_filters_of_the_question_do_not_replace_those_of_the_indicator(desk: Desk) -> None:
    assert desk.rows("active_women_and_girls", where=("sex = 'M'",)) == [(0,)]
    assert desk.rows("active_individuals", where=("process_status = 'I'",)) == [(0,)]


HOSTILE = ["'; drop table fct_population; --", "F' or '1'='1", '" or 1=1 --', "Ａ\u202e\u0000", "$p1", "%", "💥" * 100]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_member_is_refused_by_the_list_of_members(desk: Desk, value: str) -> None:
    with pytest.raises(UnknownName, match="There is no value of sex called"):
        desk.ask("active_individuals", where=(f"sex = {_quoted(value)}",))
    assert desk.rows("active_individuals") == [(4,)]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_without_a_list_is_only_a_value(value: str) -> None:
    """Where no list stands in the way, it reaches the engine as a parameter, and finds itself."""
    levels = "levels: {word: {label: W, tier: T0, on: {population: sex_code}}}\n"
    desk = Desk(world([{"sex_code": value}, {"sex_code": "F"}]), catalog_with(levels))
    assert desk.rows("active_individuals", where=(f"word = {_quoted(value)}",), by=("word",)) == [(value, 1)]
    assert desk.rows("active_individuals", where=(f"word not in ({_quoted(value)})",)) == [(1,)]


def test_a_hundred_thousand_members_are_one_parameter(desk: Desk) -> None:
    numbers = ", ".join(map(str, range(2, 100_002)))
    assert desk.rows("active_individuals", where=(f"number in ({numbers})",)) == [(3,)]
    assert desk.rows("active_individuals", where=(f"number not in ({numbers})",)) == [(1,)]


def test_nesting_has_an_end(desk: Desk) -> None:
    deep = "(" * (MAX_DEPTH - 1) + "sex = 'F'" + ")" * (MAX_DEPTH - 1)
    assert desk.rows("active_individuals", where=(deep,)) == [(2,)]
    with pytest.raises(WrongRequest, match=f"nested {MAX_DEPTH} deep at most"):
        desk.ask("active_individuals", where=("(" * 100_000 + "sex = 'F'" + ")" * 100_000,))
    with pytest.raises(WrongRequest, match=f"nested {MAX_DEPTH} deep at most"):
        desk.ask("active_individuals", where=("not " * 100_000 + "sex = 'F'",))


@pytest.mark.parametrize("word", ["and", "or"])
def test_a_long_row_of_conditions_is_answered_or_refused_but_not_a_crash(desk: Desk, word: str) -> None:
    few = f" {word} ".join(["sex = 'F'"] * 200)
    assert desk.rows("active_individuals", where=(few,)) == [(2,)]
    many = f" {word} ".join(["sex = 'F'"] * 20_000)
    with pytest.raises(WrongRequest, match="conditions at most"):
        desk.ask("active_individuals", where=(many,))


def test_a_number_too_long_to_be_one_is_refused(desk: Desk) -> None:
    with pytest.raises(WrongRequest, match="too large"):
        desk.ask("active_individuals", where=("number = " + "9" * 5000,))
    with pytest.raises(WrongRequest, match="too large"):
        desk.ask("active_individuals", where=("number < 9223372036854775808",))
    assert desk.rows("active_individuals", where=("number <= 9223372036854775807",)) == [(4,)]
    assert desk.rows("active_individuals", where=("number > -9223372036854775808",)) == [(4,)]


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
