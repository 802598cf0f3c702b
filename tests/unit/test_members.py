"""Codes of countries: by themselves UNHCR's, by ISO's where these mean nothing else, and never one for the other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from figures import WIDE, Desk, world

from dataport.dictionary import CodeList, CodeLists, read_seed
from dataport.errors import UnknownName, WrongRequest
from dataport.semantic import Question, Request, resolve, suggesting
from dataport.semantic.condition import Compare, OneOf, atoms, values_of
from dataport.semantic.members import as_read

DESK = Desk(world([{}]))
CATALOG, HORIZON = DESK.catalog, DESK.figures.horizon
COUNTRIES = CodeLists()["country"]
SEED = read_seed("country")
LEVELS = [level.name for level in CATALOG.levels.values() if level.code_list in ("country", "operation")]


def resolved(where: str) -> Question:
    return resolve(Request(("active_individuals",), where=(where,)), CATALOG, HORIZON)


def test_three_codes_mean_two_countries() -> None:
    two = {code for code in COUNTRIES.labels if len(COUNTRIES.readings(code)) > 1}
    own, iso = {row["country_code"]: row for row in SEED}, {row["iso3_code"]: row for row in SEED if row["iso3_code"]}
    assert two == {code for code in own if code in iso and iso[code] is not own[code]} == {"AUS", "MAR", "ARE"}


@pytest.mark.parametrize("level", LEVELS)
def test_every_country_is_reached_by_each_of_its_codes(level: str) -> None:
    codes = CATALOG.code_lists[CATALOG.levels[level].code_list or ""]
    for row in SEED:
        code, iso = row["country_code"], row["iso3_code"]
        if code not in codes.labels:
            continue
        ways = [f"unhcr:{code}", codes.written(code)] + ([f"iso3:{iso}"] if iso else [])
        for way in ways:
            question = resolved(f"{level} = '{way}'")
            assert question.where == Compare(level, "=", code), way
            assert not question.readings
            # what it says of itself asks the same
            assert resolved(question.in_words().partition(" where ")[2].partition(", as of")[0]).where == question.where


def test_an_iso_code_that_means_nothing_else_is_taken_and_said() -> None:
    question = resolved("country_of_origin in ('DEU', 'SOM', 'iso3:SYR') and not country_of_birth = 'CHE'")
    assert [values_of(atom) for atom in atoms(question.where)] == [("GFR", "SOM", "SYR"), ("SWI",)]
    assert question.readings == (
        "DEU was read as the ISO code of Germany (UNHCR: GFR)",
        "CHE was read as the ISO code of Switzerland (UNHCR: SWI)",
    )


@pytest.mark.parametrize("where", ["{} = 'AUS'", "{} != 'aus'", "{} in ('KEN', 'AUS')", "{} not in ('AUS')"])
@pytest.mark.parametrize("level", LEVELS)
def test_a_code_of_two_countries_is_refused_with_both(level: str, where: str) -> None:
    with pytest.raises(WrongRequest) as refusal:
        resolved(where.format(level))
    said = str(refusal.value)
    assert "in the codes of UNHCR and" in said and "'unhcr:A" in said and "'iso3:A" in said


def test_a_code_that_its_system_does_not_have_is_refused() -> None:
    for code in ("unhcr:DEU", "iso3:GFR", "iso3:", "unhcr:", "iso2:DE", "iso3:deu"):
        with pytest.raises(UnknownName, match=f"There is no value of country_of_asylum called '{code}'"):
            resolved(f"country_of_asylum = '{code}'")


def test_a_member_that_no_list_knows_is_called_by_its_code() -> None:
    level = CATALOG.levels["country_of_asylum"]
    assert (CATALOG.label(level, "KEN"), CATALOG.label(level, "ZZZ")) == ("Kenya", "ZZZ")


@pytest.mark.parametrize(
    ("level", "text", "code", "said"),
    [
        ("country_of_asylum", "Kenya", "KEN", "Kenya was read as KEN (Kenya) of country_of_asylum"),
        ("country_of_asylum", "  kenya ", "KEN", "kenya was read as KEN (Kenya) of country_of_asylum"),
        ("country_of_origin", "ken", "KEN", "ken was read as KEN (Kenya) of country_of_origin"),
        ("country_of_origin", "deu", "GFR", "deu was read as the ISO code of Germany (UNHCR: GFR)"),
        ("country_of_origin", "germany", "GFR", "germany was read as GFR (Germany) of country_of_origin"),
        ("country_of_origin", "Egypt", "ARE", "Egypt was read as unhcr:ARE (Egypt) of country_of_origin"),
        ("country_of_origin", "turkiye", "TUR", "turkiye was read as TUR (Türkiye) of country_of_origin"),
        ("operation", "CÔTE D'IVOIRE", "ICO", "CÔTE D'IVOIRE was read as ICO (Cote d'Ivoire) of operation"),
        ("sex", "Female", "F", "Female was read as F (Female) of sex"),
        ("sex", "f", "F", "f was read as F (Female) of sex"),
        ("marital_status", "MARRIED", "MA", "MARRIED was read as MA (Married) of marital_status"),
    ],
)
def test_a_member_is_taken_by_code_or_label_in_any_case_and_said(level: str, text: str, code: str, said: str) -> None:
    quoted = text.replace("'", "''")
    for where in (f"{level} = '{quoted}'", f"{level} in ('{quoted}')", f"not {level} != '{quoted}'"):
        question = resolved(where)
        assert {value for atom in atoms(question.where) for value in values_of(atom)} == {code}
        assert question.readings == (said,)


@pytest.mark.parametrize("name", sorted(CodeLists()))
def test_every_member_is_reached_by_its_label_or_several_are_named(name: str) -> None:
    codes = CodeLists()[name]
    for code, label in codes.labels.items():
        named = codes.named(label.upper())
        assert code in named
        if len(named) == 1:
            assert codes.named(code.lower()) in ((code,), codes.named(code.upper()))


def test_a_label_of_several_members_is_refused_with_their_codes() -> None:
    with pytest.raises(WrongRequest, match=r"'partnership' names 2 members of marital_status: '\w+' .*, '\w+'"):
        resolved("marital_status = 'partnership'")
    with pytest.raises(WrongRequest, match=r"names 86 members .* and 81 more\. Write the code"):
        resolved("location_level_1 = 'dispersed in the country / territory'")


@pytest.mark.parametrize(("members", "more"), [(5, ""), (6, " and 1 more")])
def test_no_more_members_are_counted_than_are_left_out(members: int, more: str) -> None:
    named = {f"P{nth}": "Site" for nth in range(members)}
    with pytest.raises(WrongRequest) as refusal:
        as_read(Compare("sex", "=", "site"), replace(CATALOG, code_lists={"sex": CodeList("sex", named)}))
    assert str(refusal.value).startswith(f"'site' names {members} members of sex: ")
    assert f"'P4' (Site){more}. Write the code" in str(refusal.value)


def test_unknown_is_no_member() -> None:
    for text in ("Unknown", "unknown"):
        with pytest.raises(WrongRequest, match="write `sex is unknown`"):
            resolved(f"sex = '{text}'")
    with pytest.raises(WrongRequest, match="'U' means unknown"):
        resolved("sex = 'U'")


def test_what_names_no_member_is_refused_with_what_it_is_like() -> None:
    with pytest.raises(UnknownName, match=r"called 'Kenia'\. Did you mean Kenya or KEN"):
        resolved("country_of_asylum = 'Kenia'")
    with pytest.raises(UnknownName):
        resolved("sex = 'Female '' or sex = ''M'")


@pytest.mark.parametrize(
    ("where", "label"),
    [
        ("= 'unhcr:AUS'", "Austria"),
        ("!= 'Austria'", "Austria"),
        ("= 'GFR'", "Germany"),
        ("in ('KEN', 'DEU')", "Germany"),
    ],
)
def test_a_country_without_an_operation_is_none_of_them(where: str, label: str) -> None:
    """And nothing is near to it: another operation would be another country's."""
    request = Request(("active_individuals",), where=(f"operation {where}",))
    with (
        pytest.raises(UnknownName, match=f"{label} is none of them") as refusal,
        suggesting(request, CATALOG, HORIZON, lambda other: resolve(other, CATALOG, HORIZON)),
    ):
        resolve(request, CATALOG, HORIZON)
    assert refusal.value.nearest is None


@pytest.mark.parametrize(
    ("level", "text", "is_of"),
    [
        ("occupation_minor_group", "House Builders", "occupation_unit_group"),
        ("location_level_2", "Nairobi : County", "location_level_1"),
        ("location_level_1", "Ifo : Point", "location"),
        ("location_level_4", "Nairobi : County", "location_level_1"),
    ],
)
def test_a_level_has_the_members_that_are_its_own(level: str, text: str, is_of: str) -> None:
    """A place of another level, or an occupation of more digits, is in no row of this one."""
    with pytest.raises(UnknownName):
        resolved(f"{level} != '{text}'")
    assert resolved(f"{is_of} != '{text}'").readings


def test_a_label_that_one_level_has_once_is_clear_there() -> None:
    assert resolved("occupation_sub_major_group = 'General managers'").where == Compare(
        "occupation_sub_major_group", "=", "13"
    )


def test_a_code_that_rows_may_have_is_told_how_to_be_written() -> None:
    with pytest.raises(UnknownName, match=r"is written 'unlisted:419'"):
        resolved("occupation_minor_group = '419'")
    with pytest.raises(UnknownName) as refusal:
        resolved("country_of_asylum = 'Nowhereland'")
    assert "unlisted:" not in str(refusal.value)


def test_a_member_that_its_list_does_not_know_can_be_written() -> None:
    codes = CATALOG.code_lists["occupation"]
    assert codes.written("no such") == "unlisted:no such"
    question = resolved("occupation_minor_group in ('unlisted:no such', 'unlisted:x')")
    assert question.where == OneOf("occupation_minor_group", ("no such", "x"))
    assert "'unlisted:no such'" in question.in_words()
    # it may be anything that somebody typed
    assert "such" not in question.logged() and "in ('…')" in question.logged()


def test_definitions_are_written_in_the_lists_own_codes() -> None:
    codes = CodeList("x", {"A": "Ay", "B": "Bee"}, system="unhcr", others={"iso3": {"A": ("B",), "C": ("A", "B")}})
    assert [one.code for one in codes.readings("A")] == ["A", "B"]
    assert [one.code for one in codes.readings("C")] == ["A", "B"]
    assert [one.code for one in codes.readings("B")] == ["B"]
    assert [one.code for one in codes.readings("iso3:A")] == ["B"]
    assert (codes.written("A"), codes.written("B")) == ("unhcr:A", "B")


def test_the_two_readings_count_different_people() -> None:
    desk = Desk(world([{"country_of_origin_code": code} for code in ("AUS", "AUS", "AUL")]))
    numbers = [
        desk.request(Request(("active_individuals",), where=(f"country_of_origin {where}",)), WIDE)
        for where in ("= 'unhcr:AUS'", "= 'iso3:AUS'", "!= 'iso3:AUS'", "= 'AUL'")
    ]
    assert [one.data.column(0).to_pylist()[0] for one in numbers] == [2, 1, 2, 1]
