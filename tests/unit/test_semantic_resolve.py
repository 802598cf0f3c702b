"""What cannot be asked: each refusal has its type and says what can be."""

from __future__ import annotations

from datetime import date, datetime
from itertools import permutations
from typing import Any

import pytest
from figures import Desk, catalog, catalog_with, world
from generative.strategies import extended_catalog

from dataport.errors import OutsideHistory, UnknownName, WrongRequest
from dataport.semantic import DateRange, Horizon, OrderBy, Question, Request, parse_day, resolve
from dataport.semantic.condition import Compare, OneOf

HORIZON = Horizon(datetime(2021, 12, 31, 23, 59, 59), datetime(2022, 2, 28, 23, 59, 59))
PERIOD = DateRange(date(2022, 1, 1), date(2022, 1, 31))


def _resolved(*indicators: str, **words: Any) -> Question:
    return resolve(Request(indicators or ("active_individuals",), **words), extended_catalog(), HORIZON)


REFUSALS: list[tuple[tuple[str, ...], dict[str, Any], type[WrongRequest], str]] = [
    (
        ("active_individual",),
        {},
        UnknownName,
        "There is no indicator called 'active_individual'. Did you mean active_individuals",
    ),
    (
        ("nonsense",),
        {},
        UnknownName,
        "There is no indicator called 'nonsense'. `dataport catalog indicators` lists them.",
    ),
    (("active_with_known_sex",), {}, UnknownName, "There is no indicator called 'active_with_known_sex'."),
    ((), {"by": ("sexx",)}, UnknownName, "There is no breakdown called 'sexx'. Did you mean sex?"),
    ((), {"by": ("SEX",)}, UnknownName, "There is no breakdown called 'SEX'. Did you mean sex?"),
    ((), {"where": ("sexx = 'F'",)}, UnknownName, "There is no breakdown called 'sexx'. Did you mean sex?"),
    ((), {"where": ("sex = 'X'",)}, UnknownName, "There is no value of sex called 'X'."),
    (
        (),
        {"where": ("sex in ('F', 'Femail')",)},
        UnknownName,
        "There is no value of sex called 'Femail'. Did you mean Female or Male?",
    ),
    ((), {"where": ("sex = 'unknown'",)}, WrongRequest, "'unknown' is no member of sex: write `sex is unknown`."),
    ((), {"where": ("sex = '-'",)}, WrongRequest, "'-' means unknown in sex: write `sex is unknown`."),
    (
        (),
        {"where": ("country_of_asylum = 'XUT'",)},
        UnknownName,
        "There is no value of country_of_asylum called 'XUT'.",
    ),
    ((), {"where": ("sex < 'M'",)}, WrongRequest, "sex has members, not sizes: use = , != or in, not <."),
    (
        (),
        {"where": ("sex between 'F' and 'M'",)},
        WrongRequest,
        "sex has members, not sizes: use = , != or in, not between.",
    ),
    ((), {"where": ("sex = 5",)}, WrongRequest, "sex is compared with text values, such as 'KEN'."),
    ((), {"where": ("number = 'five'",)}, WrongRequest, "number is compared with integer values, such as 5."),
    ((), {"where": ("number = true",)}, WrongRequest, "number is compared with integer values, such as 5."),
    (
        (),
        {"where": ("has_specific_need = 1",)},
        WrongRequest,
        "has_specific_need is compared with boolean values, such as true.",
    ),
    (
        ("happened",),
        {"where": ("event_day = 5",)},
        WrongRequest,
        "event_day is compared with date values, such as '2021-12-31'.",
    ),
    (("happened",), {"where": ("event_day = 'May'",)}, WrongRequest, "'May' is not a date. Write dates as 2021-12-31."),
    (
        (),
        {"by": ("event_type",)},
        WrongRequest,
        "active_individuals cannot be broken down or filtered by event_type: its rows do not have it. It goes with ",
    ),
    (
        ("active_groups",),
        {"by": ("sex",)},
        WrongRequest,
        "active_groups cannot be broken down or filtered by sex: a group has many members",
    ),
    (
        ("average_group_size",),
        {"where": ("sex = 'F'",)},
        WrongRequest,
        "average_group_size cannot be broken down or filtered by sex",
    ),
    ((), {"by": ("month", "year")}, WrongRequest, "One trend has one grain; asked for month and year. Choose one."),
    (
        (),
        {"by": ("month",), "grain": "day", "period": PERIOD},
        WrongRequest,
        "One trend has one grain; asked for day and month. Choose one.",
    ),
    (
        (),
        {"by": ("month",), "as_of": date(2022, 1, 1)},
        WrongRequest,
        "A trend by month needs a period FROM..TO, not one date.",
    ),
    (
        (),
        {"as_of": date(2021, 12, 30)},
        OutsideHistory,
        "2021-12-30 cannot be answered: this warehouse knows 2021-12-31 to 2022-02-28. Ask for a date in that",
    ),
    ((), {"as_of": date(2022, 3, 1)}, OutsideHistory, "2022-03-01 cannot be answered"),
    ((), {"period": DateRange(date(2021, 1, 1), date(2022, 1, 1))}, OutsideHistory, "2021-01-01 cannot be answered"),
    (
        (),
        {"order": (OrderBy("sex"),)},
        UnknownName,
        "There is no column of this answer called 'sex'. It has active_individuals.",
    ),
    (
        (),
        {"order": (OrderBy("share_of_children"),)},
        UnknownName,
        "There is no column of this answer called 'share_of_children'.",
    ),
]


@pytest.mark.parametrize(("indicators", "words", "kind", "said"), REFUSALS, ids=[one[3][:60] for one in REFUSALS])
def test_a_refusal_says_what_and_what_next(
    indicators: tuple[str, ...], words: dict[str, Any], kind: type[WrongRequest], said: str
) -> None:
    with pytest.raises(WrongRequest) as refusal:
        _resolved(*indicators, **words)
    assert type(refusal.value) is kind
    assert str(refusal.value).startswith(said)
    assert refusal.value.exit_code == 2


WRONG_WORDS = [
    ({"indicators": ()}, "Name at least one indicator"),
    ({"as_of": date(2022, 1, 1), "period": PERIOD}, "Give either one date"),
    ({"top": 0}, "The top may be 1 to 1,000,000,000 members."),
    ({"where": ("sex = 'F'",) * 21}, "20 filters at most"),
]


@pytest.mark.parametrize(("words", "said"), WRONG_WORDS)
def test_a_request_is_valid_by_construction(words: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongRequest, match=said):
        Request(**({"indicators": ("active_individuals",)} | words))


def test_conditions_of_all_filters_are_counted_together() -> None:
    most = " or ".join(["sex = 'F'"] * 150)
    with pytest.raises(WrongRequest, match="200 conditions at most; these have 300"):
        _resolved(where=(most, most))


@pytest.mark.parametrize("text", ["", "2022-1-1", "01/02/2022", "2022-02-30", "yesterday"])
def test_a_day_is_written_in_one_way(text: str) -> None:
    with pytest.raises(WrongRequest, match=r"is not a date\. Write dates as 2021-12-31"):
        parse_day(text)


def test_a_period_has_two_ends_in_order() -> None:
    assert DateRange.parse("2022-01-01..2022-01-31") == PERIOD
    with pytest.raises(WrongRequest, match=r"A period is FROM..TO"):
        DateRange.parse("2022-01-01")
    with pytest.raises(WrongRequest, match=r"ends .2022-01-01. before it begins .2022-01-31."):
        DateRange.parse("2022-01-31..2022-01-01")


def test_an_order_has_a_direction() -> None:
    assert [OrderBy.parse(text) for text in ("a", "a:asc", "a:desc")] == [
        OrderBy("a"),
        OrderBy("a"),
        OrderBy("a", descending=True),
    ]
    with pytest.raises(WrongRequest, match="NAME, NAME:asc or NAME:desc; 'a:down' is none of them"):
        OrderBy.parse("a:down")


@pytest.mark.parametrize("names", list(permutations(("sex", "operation", "age_group"))))
def test_breakdowns_and_totals_are_in_the_order_asked(names: tuple[str, ...]) -> None:
    question = _resolved(by=names, totals=True)
    assert tuple(level.name for level in question.by) == names
    assert question.subtotals == ((), names[:1], names[:2])
    values = {"sex": "M", "operation": "UGA", "age_group": "18-59"}
    row = {"sex_code": "M", "operation_code": "UGA", "age_group_code": "18-24"}
    assert Desk(world([row])).rows("active_individuals", by=names) == [(*(values[name] for name in names), 1)]


def test_values_are_bound_to_their_types() -> None:
    where = _resolved("happened", where=("event_day = '2022-01-05'",)).where
    assert where == Compare("event_day", "=", date(2022, 1, 5))
    assert _resolved(where=("sex in ('F', 'M', 'F')",)).where == OneOf("sex", ("F", "M"))
    more = "levels: {weight: {label: W, type: number, tier: T0, on: {population: individual_key}}}"
    asked = Request(("active_individuals",), where=("weight < 2",))
    assert resolve(asked, catalog_with(more), HORIZON).where == Compare("weight", "<", 2)


def test_a_grain_is_the_same_by_either_word() -> None:
    by = _resolved(by=("sex", "month"), period=PERIOD)
    assert by.timeline == _resolved(by=("sex",), grain="month", period=PERIOD).timeline
    assert [level.name for level in by.by] == ["sex"]


def test_suggestions_are_public_names_only() -> None:
    with pytest.raises(UnknownName) as refusal:
        _resolved("active_with_known_se")
    internal = [one.name for one in catalog().indicators.values() if one.internal]
    assert not any(name in str(refusal.value) for name in internal)


def test_a_period_is_no_level_and_the_refusal_says_how_days_are_chosen() -> None:
    with pytest.raises(WrongRequest, match=r"--period FROM\.\.TO.*--grain month"):
        resolve(Request(("active_individuals",), where=("month = '2022-01'",)), catalog(), HORIZON)


def test_what_is_written_down_of_a_question_are_members_of_public_lists() -> None:
    logged = _resolved(
        "active_individuals", where=("sex = 'F' and country_of_asylum in ('KEN', 'UGA') and age > 5",)
    ).logged()
    assert "sex = 'F'" in logged and "('KEN', 'UGA')" in logged and "age > 5" in logged
    unlisted = _resolved("active_individuals", where=("country_of_asylum = 'unlisted:somebody'",)).logged()
    assert "somebody" not in unlisted and "…" in unlisted
