"""The filter language: what it accepts, and the whole sentence for what it does not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from generative.strategies import conditions, extended_catalog
from hypothesis import given, settings
from hypothesis import strategies as st

from dataport.errors import WrongRequest
from dataport.semantic.condition import (
    AllOf,
    AnyOf,
    Between,
    Compare,
    Condition,
    IsUnknown,
    Not,
    OneOf,
    for_the_log,
    in_words,
)
from dataport.semantic.parse import MAX_CONDITIONS, MAX_LENGTH, MAX_MEMBERS, parse_condition

F, M = Compare("sex", "=", "F"), Compare("sex", "=", "M")

GOOD: dict[str, Condition] = {
    "sex = 'F'": F,
    "  sex='F'  ": F,
    "sex <> 'F'": Compare("sex", "!=", "F"),
    "sex = 'F' or sex = 'M' and number < -5": AnyOf((F, AllOf((M, Compare("number", "<", -5))))),
    "(sex = 'F' or sex = 'M') and number >= 5": AllOf((AnyOf((F, M)), Compare("number", ">=", 5))),
    "not sex = 'F' and sex = 'M'": AllOf((Not(F), M)),
    "NOT (sex = 'F' AND sex = 'M')": Not(AllOf((F, M))),
    "sex in ('F', 'M', 'F')": OneOf("sex", ("F", "M")),
    "sex not in ('F')": Not(OneOf("sex", ("F",))),
    "number between 1 and 3 and sex = 'F'": AllOf((Between("number", 1, 3), F)),
    "sex is unknown": IsUnknown("sex"),
    "sex is not unknown": Not(IsUnknown("sex")),
    "flag = true or flag = FALSE": AnyOf((Compare("flag", "=", True), Compare("flag", "=", False))),
    "sex = 'it''s'": Compare("sex", "=", "it's"),
    "sex = ''": Compare("sex", "=", ""),
    "number > 1e3": Compare("number", ">", 1000),
    "number > 1.5E+3 or number < -25e-1": AnyOf(
        (Compare("number", ">", 1500), Compare("number", "<", Decimal("-2.5")))
    ),
    "number = 1e-7": Compare("number", "=", Decimal("1e-7")),
    "sex = 'and or not ( '": Compare("sex", "=", "and or not ( "),
}


@pytest.mark.parametrize("text", GOOD)
def test_what_is_written_is_what_is_meant(text: str) -> None:
    assert parse_condition(text) == GOOD[text]


WRONG = {
    "": "In the filter, at character 1: expected the name of a breakdown, found the end.",
    "sex": (
        "In the filter, at character 4: expected =, !=, <, <=, >, >=, in, not in, between, or is unknown, "
        "found the end."
    ),
    "sex = ": (
        "In the filter, at character 7: "
        "expected a number, true, false or a text in single quotes ('KEN'), found the end."
    ),
    "sex = F": (
        "In the filter, at character 7: expected a number, true, false or a text in single quotes ('KEN'), found 'F'."
    ),
    "sex = sex": (
        "In the filter, at character 7: expected a number, true, false or a text in single quotes ('KEN'), found 'sex'."
    ),
    "'F' = sex": "In the filter, at character 1: expected the name of a breakdown, found \"'F'\".",
    "sex = 'F' sex": "In the filter, at character 11: expected and, or, or the end of the filter, found 'sex'.",
    "sex = 'F' and": "In the filter, at character 14: expected the name of a breakdown, found the end.",
    "sex in 'F'": "In the filter, at character 8: expected (, found \"'F'\".",
    "sex in ()": (
        "In the filter, at character 9: expected a number, true, false or a text in single quotes ('KEN'), found ')'."
    ),
    "sex in ('F'": "In the filter, at character 12: expected ), found the end.",
    "(sex = 'F'": "In the filter, at character 11: expected ), found the end.",
    "sex not 'F'": "In the filter, at character 9: expected in, found \"'F'\".",
    "sex is 'F'": "In the filter, at character 8: expected unknown, found \"'F'\".",
    "sex is null": "In the filter, at character 8: expected unknown, found 'null'.",
    "number between 1 or 2": "In the filter, at character 18: expected and, found 'or'.",
    "lower(sex) = 'f'": (
        "In the filter, at character 6: expected =, !=, <, <=, >, >=, in, not in, between, or is unknown, found '('."
    ),
    "sex = 'F": (
        'In the filter, at character 7: "\'F" is not part of the language. '
        "Write text in single quotes, as in sex = 'F'."
    ),
    "sex = 'F'; drop": (
        "In the filter, at character 10: '; drop' is not part of the language. "
        "Write text in single quotes, as in sex = 'F'."
    ),
    "number = 1.5.2": (
        "In the filter, at character 10: '1.5.2' is not part of the language. "
        "Write text in single quotes, as in sex = 'F'."
    ),
    "number = 1 + 1": (
        "In the filter, at character 12: '+ 1' is not part of the language. "
        "Write text in single quotes, as in sex = 'F'."
    ),
    'sex = "F"': (
        "In the filter, at character 7: '\"F\"' is not part of the language. "
        "Write text in single quotes, as in sex = 'F'."
    ),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_is_pointed_at(text: str) -> None:
    with pytest.raises(WrongRequest) as refusal:
        parse_condition(text)
    assert str(refusal.value) == WRONG[text]


def test_everything_has_an_end() -> None:
    with pytest.raises(WrongRequest, match=r"at most; this one has 2,000,009"):
        parse_condition("sex = '" + "F" * (MAX_LENGTH + 1) + "'")
    with pytest.raises(WrongRequest, match="200,000 members at most"):
        parse_condition("n in (" + ",".join(["1"] * (MAX_MEMBERS + 1)) + ")")
    with pytest.raises(WrongRequest, match=f"{MAX_CONDITIONS} conditions at most"):
        parse_condition(" or ".join(["n = 1"] * (MAX_CONDITIONS + 1)))


@settings(max_examples=200, derandomize=True, deadline=None, database=None)
@given(conditions(list(extended_catalog().levels.values())))
def test_a_condition_in_words_is_the_same_condition(condition: Condition) -> None:
    assert parse_condition(in_words(condition)) == condition


@settings(max_examples=300, derandomize=True, deadline=None, database=None)
@given(st.text(st.sampled_from("sex n1='F'()<>!, andorti\"-;é\n"), max_size=30))
def test_any_text_is_a_condition_or_a_wrong_request(text: str) -> None:
    try:
        parse_condition(text)
    except WrongRequest as refusal:
        assert str(refusal).endswith(".")


def test_dates_are_text_until_they_are_bound() -> None:
    assert parse_condition("day < '2022-01-01'") == Compare("day", "<", "2022-01-01")
    assert in_words(Compare("day", "<", date(2022, 1, 1))) == "day < '2022-01-01'"


@pytest.mark.parametrize(
    ("written", "logged"),
    [
        ("sex = 'F'", "sex = 'F'"),
        ("sex = 'Amina'", "sex = '…'"),
        ("camp != 'F'", "camp != '…'"),
        ("age between 5 and 10", "age between 5 and 10"),
        ("camp between 'A' and 'B'", "camp between '…' and '…'"),
        ("sex between 'F' and 'Amina'", "sex between 'F' and '…'"),
        ("sex in ('F', 'Amina', 'Omar')", "sex in ('F', '…')"),
        ("age in (1, 2, 3)", "age in (1, 2, 3)"),
        ("camp is unknown", "camp is unknown"),
        ("not (sex = 'F' and age > 5) or sex = 'Amina'", "not (sex = 'F' and age > 5) or sex = '…'"),
    ],
)
def test_a_log_holds_what_public_lists_know_and_no_other_text(written: str, logged: str) -> None:
    condition = for_the_log(parse_condition(written), lambda level, value: (level, value) == ("sex", "F"))
    assert in_words(condition) == logged


def test_a_log_holds_short_lists() -> None:
    several = parse_condition(f"age in ({', '.join(map(str, range(50)))})")
    told = in_words(for_the_log(several, lambda level, value: False))
    assert told.startswith("age in (0, 1, ") and " more" in told and "49" not in told


@pytest.mark.parametrize("text", ["O'Neil", "'", "''", "a'b'c", ""])
def test_a_text_with_quotes_can_be_read_back(text: str) -> None:
    one = Compare("camp", "=", text)
    assert parse_condition(in_words(one)) == one
