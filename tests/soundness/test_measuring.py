"""Medians, distinct counts, averages, changes, conversions, ages, sizes, the rollup: how they could be wrong."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from figures import COUNTRIES, KENYA, OPEN_END, WATERMARK, Desk, Row, catalog_with, tuples, world
from generative.strategies import extended_catalog

from dataport.errors import BadDefinition, OutsideHistory, WrongRequest
from dataport.semantic import DateRange, Request
from dataport.semantic.timeline import MAX_DATES

JANUARY, FEBRUARY = DateRange(date(2022, 1, 1), date(2022, 1, 31)), DateRange(date(2022, 2, 1), date(2022, 2, 28))
MONTHS = DateRange(date(2022, 1, 1), date(2022, 2, 28))
NEWBORN, OLD = date(2022, 2, 1), date(1950, 1, 1)


def verified(key: int, *countries: str) -> list[Row]:
    """Somebody who was seen again in each of some countries."""
    return [
        {"individual_key": key, "event_type_code": "verification", "country_of_asylum_code": one} for one in countries
    ]


def test_a_median_of_nothing_known_is_none_and_of_newborns_zero() -> None:
    people = [{"birth_date": None, "country_of_asylum_code": "KEN"}, {"birth_date": NEWBORN}]
    desk = Desk(world([people[0], {**people[1], "country_of_asylum_code": "UGA"}]))
    assert desk.rows("median_age", by=("country_of_asylum",)) == [("KEN", None), ("UGA", 0.0)]


def test_a_total_is_of_the_values_and_not_of_medians_or_distinct_counts() -> None:
    people = [{"birth_date": OLD, "country_of_asylum_code": "UGA"}]
    people += [{"birth_date": NEWBORN, "country_of_asylum_code": "KEN"}] * 3
    events = [
        {"individual_key": 1, "event_type_code": "verification", "country_of_asylum_code": one}
        for one in ("KEN", "UGA")
    ]
    desk = Desk(world(people, events=events))
    assert tuples(desk.ask("median_age", by=("country_of_asylum",), totals=True).totals[0].data) == [(None, 0.0)]
    answer = desk.ask("persons_verified", by=("country_of_asylum",), totals=True)
    assert [row[1] for row in tuples(answer.data)] == [1, 1]
    assert tuples(answer.totals[0].data) == [(None, 1)]


def test_a_distinct_count_is_not_added_up_over_the_places_of_a_region() -> None:
    events = [
        {"individual_key": 7, "event_type_code": "verification", "country_of_asylum_code": one}
        for one in ("KEN", "UGA")
    ]
    assert Desk(world(events=events)).rows("persons_verified", by=("unhcr_bureau",)) == [("EHAGL", 1)]


def test_unknown_values_are_no_distinct_value() -> None:
    desk = Desk(world([{"group_key": None}, {"group_key": 1}, {"group_key": 1}]), extended_catalog())
    assert desk.rows("groups_of_persons") == [(1,)]


def test_an_age_is_of_the_date_and_not_of_today() -> None:
    desk = Desk(world([{"birth_date": date(2004, 2, 15)}]))
    assert desk.rows("active_individuals", where=("age >= 18",), as_of=date(2022, 2, 14)) == [(0,)]
    assert desk.rows("active_individuals", where=("age >= 18",), as_of=date(2022, 2, 15)) == [(1,)]
    assert desk.rows("active_individuals", where=("age >= 18",), period=MONTHS, grain="month") == [
        (date(2022, 1, 1), 0),
        (date(2022, 2, 1), 1),
    ]


def test_who_is_born_on_29_february_is_older_on_1_march() -> None:
    what = world([{"birth_date": date(2000, 2, 29)}], watermark=datetime(2022, 3, 5))
    desk = Desk(what)
    ages = [desk.rows("active_individuals", by=("age",), as_of=date(2022, *day))[0][0] for day in ((2, 28), (3, 1))]
    assert ages == [21, 22]


def test_a_date_of_birth_that_lies_ahead_is_no_age() -> None:
    desk = Desk(world([{"birth_date": date(2022, 2, 15)}]))
    assert desk.rows("active_individuals", by=("age",), as_of=date(2022, 2, 1)) == [(None, 1)]
    assert desk.rows("active_individuals", by=("age_in_five_years",), as_of=date(2022, 2, 1)) == [(None, 1)]


def test_what_is_counted_date_by_date_says_how_many_dates_it_takes() -> None:
    desk = Desk(world([{}], watermark=datetime(2022, 12, 31)))
    days = DateRange(date(2022, 1, 1), date(2022, 12, 30))
    with pytest.raises(WrongRequest, match=f"for {MAX_DATES} dates at most; this trend has 364"):
        desk.ask("median_age", period=days, grain="day")
    assert len(desk.rows("active_individuals", period=days, grain="day")) == 364
    for most, is_told in ((MAX_DATES, True), (MAX_DATES + 1, False)):
        words = {"period": DateRange(days.first, days.first + timedelta(days=most - 1)), "grain": "day"}
        if is_told:
            assert len(desk.rows("median_age", **words)) == most  # type: ignore[arg-type]
        else:
            with pytest.raises(WrongRequest, match=f"this trend has {most}"):
                desk.ask("median_age", **words)  # type: ignore[arg-type]


def test_a_trend_as_places_were_moves_when_they_do() -> None:
    kenya = next(one for one in COUNTRIES if one["country_code"] == "KEN")
    moved = datetime(2022, 2, 10)
    countries = [{**kenya, "valid_to": moved}, {**kenya, "bureau_code": "MENA", "valid_from": moved}]
    desk = Desk(world([{}], countries=countries))
    asked = {"by": ("unhcr_bureau",), "period": MONTHS, "grain": "month"}
    january, february = date(2022, 1, 1), date(2022, 2, 1)
    assert desk.rows("active_individuals", **asked, geography="as-was") == [
        ("EHAGL", january, 1), ("EHAGL", february, 0), ("MENA", january, 0), ("MENA", february, 1),
    ]  # fmt: skip
    assert desk.rows("active_individuals", **asked) == [("MENA", january, 1), ("MENA", february, 1)]


def test_who_has_not_had_the_days_yet_is_not_counted_as_having_failed() -> None:
    """Registered on 20 January, known until the end of February: nobody can say what 90 days will bring."""
    desk = Desk(world(events=[{"recorded_at": datetime(2022, 1, 20)}]))
    answer = desk.ask("documented_within_90_days", period=JANUARY)
    assert tuples(answer.data) == [(None,)]
    assert [one.code for one in answer.status] == ["outside_history"]


@pytest.mark.parametrize(
    ("watermark", "counted"),
    [
        (datetime(2022, 1, 31), False),
        (datetime(2022, 1, 31, 23, 59), False),
        (datetime(2022, 2, 1), True),
        (datetime(2022, 2, 1, 9), True),
    ],
)
@pytest.mark.parametrize("grain", [None, "day"])
def test_who_has_had_the_days_is_counted_from_the_end_of_the_last(
    watermark: datetime, counted: bool, grain: str | None
) -> None:
    """Of 2 November, day 90 is 31 January: it has passed at midnight, and not while it runs."""
    events = [{"recorded_at": datetime(2021, 11, 2, 8)}]
    desk = Desk(world(events=events, start=datetime(2021, 11, 1), watermark=watermark))
    period = DateRange(date(2021, 11, 2), date(2021, 11, 2))
    (row,) = desk.rows("documented_within_90_days", period=period, grain=grain)
    assert row[-1] == (0.0 if counted else None)


def test_a_conversion_counts_who_registered_and_each_once() -> None:
    start = datetime(2021, 10, 1)
    events = [{"individual_key": key, "recorded_at": datetime(2021, 10, 2, key)} for key in (1, 2)]
    papers = [{"individual_key": 1, "valid_from": datetime(2021, 10, 3)} for _ in range(3)]
    papers.append({"individual_key": 2, "valid_from": datetime(2021, 10, 3), "business_unit_id": "UGA-CO"})
    desk = Desk(world(events=events, documents=papers, start=start))
    asked = {"period": DateRange(date(2021, 10, 2), date(2021, 10, 31))}
    assert desk.rows("documented_within_90_days", **asked) == [(1.0,)]
    assert desk.rows("documented_within_90_days", **asked, who=KENYA) == [(0.5,)]


def test_days_of_a_conversion_are_days_and_not_hours() -> None:
    start, late = datetime(2021, 10, 1), datetime(2022, 1, 1, 23, 59)
    events = [{"individual_key": 1, "recorded_at": datetime(2021, 10, 3, 8)}]
    asked = {"period": DateRange(date(2021, 10, 2), date(2021, 10, 31))}
    on_day_90 = world(events=events, documents=[{"individual_key": 1, "valid_from": late}], start=start)
    assert Desk(on_day_90).rows("documented_within_90_days", **asked) == [(1.0,)]
    on_day_91 = world(events=events, documents=[{"individual_key": 1, "valid_from": datetime(2022, 1, 2)}], start=start)
    assert Desk(on_day_91).rows("documented_within_90_days", **asked) == [(0.0,)]


def test_a_change_shifts_months_and_not_days() -> None:
    """The end of March is held against the end of February, and 31 January is not lost."""
    people = [{"valid_from": datetime(2022, 1, 31, 12)}, {"valid_from": datetime(2022, 3, 31, 12)}]
    desk = Desk(world(people, watermark=datetime(2022, 4, 1)))
    asked = {"period": DateRange(date(2022, 1, 1), date(2022, 3, 31)), "grain": "month"}
    assert [row[1] for row in desk.rows("change_in_active_individuals", **asked)] == [1, 0, 1]


def test_a_change_from_before_history_is_no_number() -> None:
    desk = Desk(world([{}], start=datetime(2022, 1, 10)))
    answer = desk.ask("change_in_active_individuals", period=MONTHS, grain="month")
    assert tuples(answer.data) == [(date(2022, 1, 1), None), (date(2022, 2, 1), 0)]
    assert [(one.row, one.code) for one in answer.status if one.code == "outside_history"] == [(0, "outside_history")]
    with pytest.raises(OutsideHistory):
        desk.ask("change_in_active_individuals", period=JANUARY)


def test_a_change_of_nothing_as_a_share_is_no_number() -> None:
    desk = Desk(world(events=[{"recorded_at": datetime(2022, 2, 3)}], start=datetime(2021, 1, 1)))
    assert desk.rows("yearly_change_in_registrations", period=FEBRUARY) == [(None,)]


def test_an_average_counts_every_day_once_and_the_last_up_to_the_watermark() -> None:
    """In on the second of four days and out on the last: the third is the second day at whose end they are there."""
    what = world(
        [{"valid_from": datetime(2022, 2, 2, 9), "valid_to": datetime(2022, 2, 4, 9)}],
        watermark=datetime(2022, 2, 4, 12),
    )
    asked = {"period": DateRange(date(2022, 2, 1), date(2022, 2, 4))}
    assert Desk(what).rows("average_active_individuals", **asked) == [(0.5,)]


@pytest.mark.parametrize(("grain", "periods"), [("day", 45), ("week", 8), ("month", 2), ("quarter", 1)])
def test_the_average_of_who_is_always_there_is_one_in_every_period(grain: str, periods: int) -> None:
    """A period is divided by its own days, the last by those that have begun: 1 January to 14 February."""
    begins = datetime(2021, 12, 1)
    desk = Desk(world([{"valid_from": begins}], start=begins, watermark=datetime(2022, 2, 14, 12)))
    asked = {"period": DateRange(date(2022, 1, 1), date(2022, 2, 28)), "grain": grain}
    averages = [row[1] for row in desk.rows("average_active_individuals", **asked)]
    assert [one for one in averages if one is not None] == [1.0] * periods


def test_others_are_counted_together_and_not_added_up() -> None:
    people = [{"country_of_origin_code": "SOM"}] * 3
    people += [{"country_of_origin_code": "SSD", "sex_code": "M"}, {"country_of_origin_code": None}]
    answer = Desk(world(people)).ask(
        "active_individuals", "share_of_women_and_girls", by=("country_of_origin",), top=1, other=True, totals=True
    )
    assert tuples(answer.data) == [("SOM", 3, 1.0), ("(other)", 2, 0.5)]
    assert tuples(answer.totals[0].data) == [(None, 5, 0.8)]
    assert answer.members["country_of_origin"]["(other)"] == "Other"


def test_the_first_are_the_same_in_every_part_of_an_answer() -> None:
    """The largest origin is that of all, not another one for each sex."""
    people = [{"country_of_origin_code": "SOM", "sex_code": "F"}] * 3
    people += [{"country_of_origin_code": "SSD", "sex_code": "M"}] * 2
    desk = Desk(world(people))
    rows = desk.rows("active_individuals", by=("country_of_origin", "sex"), top=1, other=True)
    assert rows == [("SOM", "F", 3), ("(other)", "M", 2)]


def test_sizes_of_groups_tell_nothing_of_members_out_of_scope() -> None:
    people = [{"group_key": 1}, {"group_key": 1, "business_unit_id": "UGA-CO"}]
    desk = Desk(world(people, [{"active_member_count": 2}]))
    for who, size in ((KENYA, 1), (None, 2)):
        asked = {"who": who} if who else {}
        assert desk.rows("active_groups", by=("group_size",), **asked) == [(size, 1)]
        assert desk.rows("one_person_groups", where=(f"group_size = {size}",), **asked) == [(2 - size,)]
        assert desk.rows("median_group_size", **asked) == [(float(size),)]


@pytest.mark.parametrize(
    ("opened", "closed", "counts"),
    [
        (datetime(2022, 1, 10), OPEN_END, [0, 1, 1]),  # at midnight: the tenth has not closed yet
        (datetime(2022, 1, 9, 23, 59), datetime(2022, 1, 10), [1, 0, 0]),
        (datetime(2022, 1, 10, 8), datetime(2022, 1, 10, 9), [0, 0, 0]),
        (datetime(2022, 1, 9), datetime(2022, 1, 11), [1, 1, 0]),
    ],
)
def test_the_rollup_closes_its_days_as_the_facts_do(opened: datetime, closed: datetime, counts: list[int]) -> None:
    desk = Desk(world([{"valid_from": opened, "valid_to": closed}]))
    for day, count in zip((9, 10, 11), counts, strict=True):
        request = Request(("active_individuals",), as_of=date(2022, 1, day))
        for rollups in (True, False):
            assert tuples(desk.request(request, rollups=rollups).data) == [(count,)]


def test_the_rollup_does_not_know_more_of_the_last_day_than_the_facts() -> None:
    """One source has been heard until later than the other: nothing after the lower watermark counts."""
    later = datetime(2022, 2, 10, 18)
    rows = [{"valid_from": later}, {"valid_from": later}, {"valid_to": later}]
    desk = Desk(world(rows, watermark=datetime(2022, 2, 10, 12)))
    for words in ({}, {"period": DateRange(date(2022, 2, 1), date(2022, 2, 10)), "grain": "day"}):
        request = Request(("registered_individuals",), **words)
        for rollups in (True, False):
            assert tuples(desk.request(request, rollups=rollups).data)[-1][-1] == 1


def test_the_rollup_is_guarded_like_its_fact() -> None:
    desk = Desk(world([{}, {"business_unit_id": "UGA-CO"}, {"business_unit_id": None}]))
    told = desk.explained(Request(("active_individuals",), as_of=date(2022, 1, 15)), KENYA)
    for table in ("months", "steps"):
        assert any(f"rollup_population_{table}, the rollup of fct_population: only rows" in line for line in told)
    assert desk.rows("active_individuals", who=KENYA) == [(1,)]


@pytest.mark.parametrize("day", [date(2022, 1, 31), date(2022, 2, 1), date(2022, 2, 2), date(2022, 2, 9)])
def test_whole_months_and_the_days_after_them_are_each_counted_once(day: date) -> None:
    moments = [datetime(2022, 1, 31, 8), datetime(2022, 2, 1, 0), datetime(2022, 2, 1, 9), datetime(2022, 2, 2, 1)]
    rows = [{"valid_from": moment} for moment in moments] + [{"valid_to": moment} for moment in moments]
    desk = Desk(world(rows, watermark=datetime(2022, 2, 10, 12)))
    request = Request(("registered_individuals",), as_of=day)
    told = [tuples(desk.request(request, rollups=rollups).data) for rollups in (True, False)]
    assert told[0] == told[1]
    assert any("whole months" in line for line in desk.explained(request)) == (day.month == 2)


def test_what_the_rollup_does_not_hold_is_not_asked_of_it() -> None:
    desk = Desk(world([{}]))
    for words in (
        {"by": ("location", "country_of_origin")},
        {"where": ("marital_status = 'MA'",)},
        {"where": ("age < 5",)},
        {"by": ("legal_status",), "where": ("is_focal_point = true",)},
    ):
        assert not any("rollup" in line for line in desk.explained(Request(("active_individuals",), **words)))


@pytest.mark.parametrize(
    "definition",
    [
        "derived: median_age / 2",
        "share: {of: persons_verified, within: total}",
        "change: {of: median_age, since: previous}",
    ],
)
def test_nothing_is_computed_from_what_cannot_be_added_up(definition: str) -> None:
    wrong = f"indicators:\n  wrong:\n    label: x\n    description: x\n    unit: x\n    tier: T0\n    {definition}\n"
    with pytest.raises(BadDefinition):
        catalog_with(wrong)


def test_weeks_begin_on_monday() -> None:
    rows = Desk(world([{}])).rows(
        "active_individuals", period=DateRange(date(2022, 1, 5), date(2022, 1, 12)), grain="week"
    )
    assert [row[0] for row in rows] == [date(2022, 1, 3), date(2022, 1, 10)]
    assert all(row[0].weekday() == 0 for row in rows)


def test_a_filter_of_a_hundred_thousand_members_is_one_parameter() -> None:
    desk = Desk(world([{"birth_date": OLD}, {"birth_date": None}]))
    where = (f"age in ({', '.join(map(str, range(100_000)))})",)
    assert desk.rows("active_individuals", where=where) == [(1,)]
    assert len(desk.explained(Request(("active_individuals",), where=where))[-1]) < 2_000


def test_names_and_values_that_are_statements_are_names_and_values() -> None:
    hostile = "x'; drop table fct_population; -- \U0001f4a3"
    desk = Desk(world([{"relationship_code": hostile, "birth_date": OLD}]))
    where = ("relationship = 'unlisted:x''; drop table fct_population; -- \U0001f4a3'", "age > 60")
    assert desk.rows("active_individuals", by=("relationship",), where=where) == [(hostile, 1)]
    assert desk.rows("active_individuals", by=("relationship",), top=1, other=True) == [(hostile, 1)]


@pytest.mark.parametrize("ages", [(3,), (3, 4), (0, 0, 90), (1, 2, 3, 4), (5, 5, 5, 6, 7), tuple(range(60))])
def test_quantiles_read_off_counts_by_value_are_those_of_the_values(ages: tuple[int, ...]) -> None:
    """Of several at once, with the average, in cells, in totals, and beside people of unknown age and other status."""
    born = [{"birth_date": WATERMARK.date().replace(year=WATERMARK.year - age)} for age in ages]
    others = [{"birth_date": date(1900, 1, 1), "process_status_code": "I"}, {"birth_date": None}]
    elsewhere = [{**one, "country_of_asylum_code": "UGA"} for one in born[:2]]
    desk = Desk(world([*born, *others, *elsewhere]))
    asked = ("median_age", "upper_quartile_of_age", "average_age")
    answer = desk.ask(*asked, by=("country_of_asylum",), totals=True)

    def told(values: Sequence[int]) -> tuple[float, ...]:
        whole = sorted(values)
        place = Fraction(3, 4) * (len(whole) - 1)
        low, high = whole[int(place)], whole[min(int(place) + 1, len(whole) - 1)]
        return statistics.median(whole), float(low + (high - low) * (place - int(place))), sum(whole) / len(whole)

    assert tuples(answer.data) == [("KEN", *told(ages)), ("UGA", *told(ages[:2]))]
    assert tuples(answer.totals[0].data) == [(None, *told((*ages, *ages[:2])))]


@pytest.mark.parametrize("ages", [(3,), (3, 4), (0, 0, 90), (5, 5, 5, 6, 7), tuple(range(60))])
def test_quantiles_by_what_is_looked_up_are_those_of_the_values(ages: tuple[int, ...]) -> None:
    """Rows that are alike are put together before a level is looked up, and each still counts as often as it occurs."""
    born = [{"birth_date": WATERMARK.date().replace(year=WATERMARK.year - age)} for age in (*ages, *ages)]
    unknown = [{"birth_date": None}, {"birth_date": None, "country_of_asylum_code": "UGA"}]
    elsewhere = [{**one, "country_of_asylum_code": "UGA"} for one in born[: len(ages)]]
    nowhere = [{**one, "country_of_asylum_code": "???"} for one in born[:1]]
    desk = Desk(world([*born, *unknown, *elsewhere, *nowhere]))
    asked = ("median_age", "upper_quartile_of_age")

    def told(values: Sequence[int]) -> tuple[float, float]:
        whole = sorted(values)
        place = Fraction(3, 4) * (len(whole) - 1)
        low, high = whole[int(place)], whole[min(int(place) + 1, len(whole) - 1)]
        return statistics.median(whole), float(low + (high - low) * (place - int(place)))

    bureaus = [("EHAGL", *told(ages * 3)), (None, *told(ages[:1]))]
    answer = desk.ask(*asked, by=("unhcr_bureau",), totals=True)
    assert tuples(answer.data) == bureaus
    assert tuples(answer.totals[0].data) == [(None, *told((*ages * 3, ages[0])))]
    assert desk.rows(*asked, by=("unhcr_bureau",), where=("unhcr_bureau = 'EHAGL'",)) == bureaus[:1]
    assert desk.rows(*asked, where=("unhcr_bureau = 'EHAGL'",)) == [bureaus[0][1:]]
    assert "count alike" in str(desk.explained(Request(asked, by=("unhcr_bureau",))))
