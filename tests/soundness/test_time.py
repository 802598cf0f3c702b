"""Days and instants: what a time means must not depend on its type, on the machine's zone, or on what is counted."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from owned import HISTORY, fact, indicator, level, model, opened, rows

from dataport.errors import ContractBroken, WrongRequest

HALF_YEAR = {"period": "2024-01-01..2024-06-30"}
TYPES = ["timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns", "timestamptz"]
FLOW = model(
    fact(axes="{d: d}"), level("s") + level("on_day", "on: {f: d}", "date"), indicator("n", "flow: {fact: f, axis: d}")
)
STOCK = model(
    fact(validity="{from: a, to: b}"),
    level("s") + level("since", "on: {f: a}", "date") + level("until", "on: {f: b}", "date"),
    indicator("n", "stock: {fact: f}"),
)


def _events(kind: str, *moments: str) -> str:
    values = ", ".join(f"({n}, 'a', ({moment})::{kind})" for n, moment in enumerate(moments, 1))
    return f"create table t as from (values {values}) v(id, s, d)"


ENDS = [f"timestamptz '2024-01-3{moment}+00'" for moment in ("0 23:59:59", "1 00:00:00", "1 10:00:00", "1 23:59:59")]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    ("test", "count"),
    [
        ("= '2024-01-31'", 3),
        ("!= '2024-01-31'", 2),
        ("<= '2024-01-31'", 4),
        ("< '2024-01-31'", 1),
        (">= '2024-01-31'", 4),
        ("> '2024-01-31'", 1),
        ("in ('2024-01-30', '2024-01-31')", 4),
        ("not in ('2024-01-31')", 2),
        ("between '2024-01-30' and '2024-01-31'", 4),
    ],
)
def test_a_level_of_days_over_times_compares_days(tmp_path: Path, kind: str, test: str, count: int) -> None:
    port = opened(tmp_path, _events(kind, *ENDS, "timestamptz '2024-02-01 00:00:00+00'"), FLOW)
    assert rows(port, "n", **HALF_YEAR, where=[f"on_day {test}"]) == [(count,)]


@pytest.mark.parametrize("kind", [*TYPES, "date"])
def test_a_level_of_days_over_times_groups_by_days(tmp_path: Path, kind: str) -> None:
    port = opened(tmp_path, _events(kind, *ENDS, "null"), FLOW)
    assert rows(port, "n", **HALF_YEAR, by=["on_day"], order=["on_day:desc"]) == [
        (date(2024, 1, 31), 3),
        (date(2024, 1, 30), 1),
    ]
    trend = rows(port, "n", by=["on_day"], grain="month", period="2024-01-01..2024-02-29", where=["n > 0"])
    assert trend == [(date(2024, 1, 30), date(2024, 1, 1), 1), (date(2024, 1, 31), date(2024, 1, 1), 3)]


def test_a_day_looked_up_is_a_day(tmp_path: Path) -> None:
    """Two keys that were opened at two times of one day are one member."""
    sql = _events("date", "'2024-01-31'", "'2024-01-31'") + (
        "; update t set s = 'b' where id = 2; create table g as from "
        "(values ('a', timestamp '2023-05-05 09:00'), ('b', timestamp '2023-05-05 10:00')) v(k, o)"
    )
    looked_up = FLOW.replace(
        "levels:\n",
        "dimensions:\n  g: {table: g, key: k, public: true, reason: r}\nlevels:\n"
        + level("opened_on", "via: {base: s, dimension: g, column: o}", "date"),
    )
    port = opened(tmp_path, sql, looked_up)
    assert rows(port, "n", **HALF_YEAR, by=["opened_on"]) == [(date(2023, 5, 5), 2)]
    assert rows(port, "n", **HALF_YEAR, where=["opened_on = '2023-05-05'"]) == [(2,)]


@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
def test_an_instant_with_an_offset_lies_in_the_period_of_its_utc(tmp_path: Path, grain: Any) -> None:
    moments = ["timestamptz '2023-12-31 23:30:00-01'", "timestamptz '2024-04-01 00:30:00+01'"]
    port = opened(tmp_path, _events("timestamptz", *moments), FLOW)
    counted = {first: n for first, n in rows(port, "n", **HALF_YEAR, grain=grain) if n}
    days = {
        "day": {date(2024, 1, 1): 1, date(2024, 3, 31): 1},
        "week": {date(2024, 1, 1): 1, date(2024, 3, 25): 1},
        "month": {date(2024, 1, 1): 1, date(2024, 3, 1): 1},
        "quarter": {date(2024, 1, 1): 2},
        "year": {date(2024, 1, 1): 2},
    }
    assert counted == days[grain]


def test_an_age_is_reckoned_from_the_day_of_birth(tmp_path: Path) -> None:
    born = [
        "timestamp '2020-03-01 10:00'",
        "timestamp 'infinity'",
        "timestamp '-infinity'",
        "timestamp '0010-03-01 (BC)'",
    ]
    values = ", ".join(
        f"({n}, 'a', {one}, timestamp '2024-01-05', timestamp '9999-12-31')" for n, one in enumerate(born)
    )
    ages = STOCK.replace("levels:\n", "levels:\n" + level("age", "on: {f: d}, computed: age", "integer"))
    port = opened(tmp_path, f"create table t as from (values {values}) v(id, s, d, a, b)", ages)
    assert rows(port, "n", by=["age"], as_of="2024-03-01") == [(4, 1), (2033, 1), (None, 2)]
    assert rows(port, "n", by=["age"], as_of="2024-02-29") == [(3, 1), (2032, 1), (None, 2)]


BOTH = model(
    fact(validity="{from: a, to: b}") + fact("ev", "ev", axes="{d: d}"),
    level("s", "on: {f: s, ev: s}"),
    indicator("stock", "stock: {fact: f}")
    + indicator("flow", "flow: {fact: ev, axis: d}")
    + indicator("to_date", "cumulative: {fact: ev, axis: d}")
    + indicator("distinct", "flow: {fact: ev, axis: d, aggregate: count_distinct, column: id}")
    + indicator("average", "period_average: {fact: f}")
    + indicator(
        "came",
        "conversion: {of: {fact: ev, axis: d, where: \"s = 'a'\"}, to: {fact: ev, axis: d, where: \"s = 'b'\"}, "
        "link: id, within_days: 30}",
    ),
)
NOON = (datetime(2024, 1, 1), datetime(2024, 6, 30, 12))


def _both(*moments: str) -> str:
    stock = ", ".join(f"({n}, 'a', timestamp '{one}', timestamp '9999-12-31')" for n, one in enumerate(moments))
    events = ", ".join(f"({n}, 'a', timestamp '{one}')" for n, one in enumerate(moments))
    return (
        f"create table t as from (values {stock}) v(id, s, a, b); create table ev as from (values {events}) v(id, s, d)"
    )


def test_the_watermark_cuts_everything_at_one_instant(tmp_path: Path) -> None:
    """At the instant itself nothing has happened yet: what begins then is not valid, what happens then not known."""
    sql = _both("2024-06-01 10:00", "2024-06-30 11:59:59.999999", "2024-06-30 12:00", "2024-06-30 15:00", "2024-07-01")
    port = opened(tmp_path, sql, BOTH, NOON)
    asked = ("stock", "flow", "to_date", "distinct")
    assert rows(port, *asked) == [(2, 2, 2, 2)]
    assert rows(port, *asked, **HALF_YEAR) == [(2, 2, 2, 2)]
    months = rows(port, *asked, grain="month", period="2024-05-01..2024-08-31")
    assert months == [
        (date(2024, 5, 1), 0, 0, 0, 0),
        (date(2024, 6, 1), 2, 2, 2, 2),
        (date(2024, 7, 1), None, None, None, None),
        (date(2024, 8, 1), None, None, None, None),
    ]
    compared = rows(port, "flow", "to_date", period="2024-06-30..2024-06-30", compare="previous")
    assert compared == [(1, 0, 1, 2, 1, 1)]


def test_what_is_come_to_after_the_watermark_is_not_known(tmp_path: Path) -> None:
    sql = (
        "create table t as from (values (1, 'a', timestamp '2024-01-01', timestamp '9999-12-31')) v(id, s, a, b); "
        "create table ev as from (values (1, 1, 'a', timestamp '2024-05-29 08:00'), "
        "(2, 1, 'b', timestamp '2024-06-28 09:00'), (3, 2, 'a', timestamp '2024-05-31 08:00'), "
        "(4, 2, 'b', timestamp '2024-06-30 13:00')) v(event_no, id, s, d)"
    )
    port = opened(
        tmp_path, sql, BOTH.replace("table: ev, entity: e, unit: id", "table: ev, entity: e, unit: event_no"), NOON
    )
    assert rows(port, "came", **HALF_YEAR) == [(1.0,)], "of the second one not all days have passed"


VERSIONS = """create table t as from (values
    (1, 'a', date '2024-01-05', 1.5, date '2024-01-05', date '2024-01-20'), -- changed otherwise
    (1, 'a', date '2024-01-05', 1.5, date '2024-01-20', null),
    (2, 'b', date '2024-01-06', 2.0, date '2024-01-06', date '2024-02-10'), -- its date was a mistake
    (2, 'b', date '2024-02-06', 2.0, date '2024-02-10', null)) v(id, s, d, x, a, b);
create table ev as from (values (1, 'a', date '2024-01-01', 1), (2, 'b', date '2024-01-01', 2)) v(no, s, d, id)"""
OF_VERSIONS = model(
    fact(validity="{from: a, to: b}", axes="{d: d}")
    + "  ev: {label: F, table: ev, entity: e, unit: no, scope: s, axes: {d: d}}\n",
    level("s", "on: {f: s, ev: s}"),
    indicator("flow", "flow: {fact: f, axis: d}")
    + indicator("to_date", "cumulative: {fact: f, axis: d}")
    + indicator("sum", "cumulative: {fact: f, axis: d, aggregate: sum, column: x}")
    + indicator("came", "conversion: {of: {fact: ev, axis: d}, to: {fact: f, axis: d}, link: id, within_days: 20}"),
)


def test_what_has_several_versions_is_counted_by_date_once(tmp_path: Path) -> None:
    """By the version that is known at the end of the period; what is come to, by the one that is known now."""
    port = opened(tmp_path, VERSIONS, OF_VERSIONS)
    asked = ("flow", "to_date", "sum")
    assert rows(port, *asked, period="2024-01-01..2024-03-31") == [(2, 2, Decimal("3.5"))]
    assert rows(port, *asked, grain="month", period="2024-01-01..2024-03-31") == [
        (date(2024, 1, 1), 2, 2, Decimal("3.5")),
        (date(2024, 2, 1), 1, 2, Decimal("3.5")),
        (date(2024, 3, 1), 0, 2, Decimal("3.5")),
    ]
    assert rows(port, "to_date", as_of="2024-01-31", by="s") == [("a", 1), ("b", 1)]
    assert rows(port, "to_date", as_of="2024-02-29", compare="2024-01-31") == [(2, 2, 0)]
    assert rows(port, "came", **HALF_YEAR, by="s") == [("a", 1.0), ("b", 0.0)]


def test_days_of_an_average_end_at_the_watermark(tmp_path: Path) -> None:
    """One was there on both days; one came after the watermark; one goes after it, and was there when it was."""
    sql = _both("2024-06-01 10:00", "2024-06-30 15:00")
    assert rows(opened(tmp_path, sql, BOTH, NOON), "average", period="2024-06-29..2024-06-30") == [(1.0,)]
    for end, average in (("2024-06-30 12:00", 1.0), ("2024-06-30 11:59", 0.5), ("2024-06-30 13:00", 1.0)):
        gone = sql.replace("9999-12-31", end, 1)
        port = opened(tmp_path, gone, BOTH, NOON)
        assert rows(port, "average", period="2024-06-29..2024-06-30") == [(average,)]
        assert rows(port, "stock") == [(int(average),)], "as the stock does on its last day"


def test_ends_of_time_are_before_and_after_everything(tmp_path: Path) -> None:
    sql = (
        "create table t as from (values (1, 'a', timestamp '-infinity', timestamp 'infinity'),"
        " (2, 'a', timestamp '-infinity', timestamp '2024-02-10'), (3, 'a', timestamp '0044-03-15 (BC)', timestamp"
        " '2024-03-10')) v(id, s, a, b)"
    )
    port = opened(tmp_path, sql, STOCK)
    assert rows(port, "n", as_of="2024-01-31") == [(3,)]
    for grain, counts in (("month", [3, 2, 1]), ("quarter", [1]), ("year", [1])):
        assert [n for _, n in rows(port, "n", grain=grain, period="2024-01-01..2024-03-31")] == counts
    weeks = rows(port, "n", grain="week", period="2024-01-29..2024-02-18")
    assert [n for _, n in weeks] == [3, 2, 2]
    assert [n for _, n in rows(port, "n", grain="day", period="2024-02-09..2024-02-10")] == [3, 2]
    assert rows(port, "n", as_of="2024-01-31", where=["until <= '2024-02-10'"]) == [(1,)]
    assert rows(port, "n", as_of="2024-01-31", where=["since < '0001-01-01'"]) == [(3,)]


@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
@pytest.mark.parametrize("day", ["infinity", "-infinity", "0044-03-15 (BC)", "12024-01-05"])
def test_a_day_that_no_calendar_of_an_answer_holds_is_not_shown_as_another(tmp_path: Path, kind: str, day: str) -> None:
    """Neither the last day of 9999, nor the first there is, nor a failure without words."""
    values = f"(1, 'a', date '2024-01-05', {kind} '{day}'), (2, 'a', date '2024-01-05', {kind} '2024-01-06')"
    days = FLOW.replace("on: {f: d}", "on: {f: x}")
    port = opened(tmp_path, f"create table t as from (values {values}) v(id, s, d, x)", days)
    with pytest.raises(WrongRequest, match="on_day has days before the year 1, after 9999, or without end"):
        port.ask(["n"], by=["on_day"], **HALF_YEAR)
    shown = ["on_day between '0001-01-01' and '9999-12-31'"]
    assert rows(port, "n", by=["on_day"], where=shown, **HALF_YEAR) == [(date(2024, 1, 6), 1)]
    assert rows(port, "n", where=["on_day > '2024-01-06'"], **HALF_YEAR) == [(int(day[0] in "1i"),)]


def test_history_with_an_offset_is_the_same_instant(tmp_path: Path) -> None:
    zone = timezone(timedelta(hours=9))
    history = (HISTORY[0].replace(tzinfo=UTC).astimezone(zone), datetime(2024, 6, 30, 21, tzinfo=zone))
    port = opened(tmp_path, _both("2024-06-30 11:00", "2024-06-30 13:00"), BOTH, history)
    assert rows(port, "stock", "flow") == [(1, 1)]


MONTH = {"grain": "month", "period": "2024-01-20..2024-02-10"}
CHANGES = model(
    fact(axes="{d: d}"),
    level("s") + level("r", "on: {f: r}"),
    indicator("n", "flow: {fact: f, axis: d}")
    + indicator("to_date", "cumulative: {fact: f, axis: d}")
    + indicator("distinct", "flow: {fact: f, axis: d, aggregate: count_distinct, column: id}")
    + indicator("since_before", "change: {of: n, since: previous}")
    + indicator("since_year", "change: {of: n, since: year-ago}"),
)


def _dated(*days: str, s: str = "'a'", r: str = "'x'") -> str:
    values = ", ".join(f"({n}, {s}, {r}, date '{day}')" for n, day in enumerate(days))
    return f"create table t as from (values {values}) v(id, s, r, d)"


def test_a_trend_counts_the_days_that_were_asked(tmp_path: Path) -> None:
    days = ["2024-01-19", "2024-01-20", "2024-01-31", "2024-02-01", "2024-02-10", "2024-02-11"]
    answer = opened(tmp_path, _dated(*days), CHANGES).ask(["n", "to_date", "distinct"], **MONTH)
    assert [tuple(row.values()) for row in answer.to_dicts()] == [
        (date(2024, 1, 1), 2, 3, 2),
        (date(2024, 2, 1), 2, 5, 2),
    ]
    assert answer.meta["flows"] == "2024-01-20..2024-02-10"
    assert "flows of the month of 2024-01-01 are counted from 2024-01-20" in answer.meta["limits"]
    assert "the month of 2024-02-01 runs to 2024-02-10" in answer.meta["limits"]
    assert "each month to 2024-02-10; flows 2024-01-20..2024-02-10" in answer.meta["question"]


def test_a_change_in_part_of_a_month_is_since_as_many_days(tmp_path: Path) -> None:
    """Neither since the whole month before, nor since days of another length; and it is said."""
    days = ["2024-02-12", "2024-02-13", "2024-02-29", "2024-03-12", "2024-03-12", "2024-03-13", "2024-01-12"]
    history = (datetime(2022, 1, 1), datetime(2024, 3, 13))
    port = opened(tmp_path, _dated(*days, "2023-03-12", "2023-03-13"), CHANGES, history)
    answer = port.ask(["n", "since_before", "since_year"], grain="month", period="2024-02-01..2024-03-31")
    assert [tuple(row.values()) for row in answer.to_dicts()] == [
        (date(2024, 2, 1), 3, 2, 3),
        (date(2024, 3, 1), 2, 1, 1),
    ]
    assert "a change in the month of 2024-03-01 is since 2024-02-01 to 2024-02-12" in answer.meta["limits"]
    assert "a change in the month of 2024-03-01 is since 2023-03-01 to 2023-03-12" in answer.meta["limits"]
    assert rows(port, "since_before", period="2024-03-01..2024-03-12") == [(1,)], "since the 12 days before"


def test_a_change_of_an_average_knows_how_long_the_earlier_month_was(tmp_path: Path) -> None:
    sql = "create table t as from (values (1, 'a', timestamp '2023-01-01', timestamp '9999-12-31')) v(id, s, a, b)"
    averages = STOCK + indicator("average", "period_average: {fact: f}")
    averages += indicator("c", "change: {of: average, since: previous}", "number")
    port = opened(tmp_path, sql, averages, (datetime(2023, 1, 1), datetime(2024, 7, 1)))
    assert [c for _, c in rows(port, "c", grain="month", period="2024-01-01..2024-03-20")] == [0, 0, 0]
    assert rows(port, "c", period="2024-02-01..2024-02-29") == [(0,)]


def test_flows_say_their_span_wherever_the_date_is_said(tmp_path: Path) -> None:
    port = opened(tmp_path, _dated("2024-02-10"), CHANGES)
    assert port.ask(["n"], as_of="2024-02-10").meta["question"] == "i, as of 2024-02-10; flows 2024-01-01..2024-02-10"
    compared = port.ask(["n"], period="2024-02-01..2024-02-29", compare="previous").meta["question"]
    assert compared == (
        "i, as of 2024-02-29; flows 2024-02-01..2024-02-29 compared with 2024-01-31; flows 2024-01-01..2024-01-31"
    )
    assert port.ask(["to_date"], as_of="2024-02-10").meta["question"] == "i, as of 2024-02-10"


def test_days_on_both_sides_of_a_comparison_are_refused_or_said(tmp_path: Path) -> None:
    port = opened(tmp_path, _dated("2024-02-10"), CHANGES, (datetime(2020, 1, 1), datetime(2024, 7, 1)))
    for asked in ({"compare": "year-ago"}, {}):
        with pytest.raises(WrongRequest, match="more than a year shares days"):
            port.ask(["n" if asked else "since_year"], period="2022-07-01..2023-12-31", **asked)
    limits = port.ask(["n"], period="2024-02-01..2024-02-29", compare="2024-02-15").meta["limits"]
    assert limits == [
        "flows of 2024-02-01 to 2024-02-29 are beside those of 2024-01-18 to 2024-02-15; 15 days are in both"
    ]


def test_a_year_of_which_less_was_recorded_is_no_other_side(tmp_path: Path) -> None:
    """Two months beside twelve are no change of a year: nothing is told but that it lies outside history."""
    days = ["2022-02-20", "2022-03-01", "2023-02-28", "2023-06-01", "2024-02-28"]
    port = opened(tmp_path, _dated(*days), CHANGES, (datetime(2022, 1, 1, 12), datetime(2024, 7, 1)))
    for asked in ({"as_of": "2023-02-28"}, {"period": "2023-01-01..2023-12-30"}):
        answer = port.ask(["n", "since_year"], **asked)
        assert [row["since_year"] for row in answer.to_dicts()] == [None], asked
        assert ("since_year", "outside_history") in [(one.column, one.code) for one in answer.status]
        answer = port.ask(["n", "to_date"], compare="year-ago", **asked)
        assert [(row["n_before"], row["n_change"]) for row in answer.to_dicts()] == [(None, None)], asked
        assert all(row["to_date_before"] for row in answer.to_dicts()), "what is counted up to a day is known"
        assert any(one.startswith("before: flows are known from 2022-01-02") for one in answer.meta["limits"])
    # twelve months that were recorded whole have those before them
    assert rows(port, "n", "since_year", as_of="2024-02-28") == [(2, 0)]
    assert rows(port, "n", as_of="2024-02-28", compare="year-ago") == [(2, 2, 0)]


def test_a_top_in_a_trend_takes_members_over_all_of_it(tmp_path: Path) -> None:
    """The largest row of a period is not the largest member, and nobody loses a period."""
    many = [("a", "2024-01-05"), ("a", "2024-01-06"), ("b", "2024-02-05"), ("b", "2024-02-06"), ("b", "2024-01-07")]
    many += [
        ("c", "2024-01-08"),
        (None, "2024-01-09"),
        (None, "2024-01-10"),
        (None, "2024-02-10"),
        (None, "2024-02-11"),
    ]
    values = ", ".join(
        f"({n}, {repr(member) if member else 'null'}, '{'x' if n % 2 else 'y'}', date '{day}')"
        for n, (member, day) in enumerate(many)
    )
    port = opened(tmp_path, f"create table t as from (values {values}) v(id, r, s, d)", CHANGES)
    january, february = date(2024, 1, 1), date(2024, 2, 1)
    asked = {"grain": "month", "period": "2024-01-01..2024-02-29", "by": ["r"]}
    both = [("b", january, 1), ("b", february, 2), (None, january, 2), (None, february, 2)]
    assert rows(port, "n", **asked, top=2) == both, "unknown is a member"
    assert rows(port, "n", **asked, top=1, order=["n"]) == [("c", february, 0), ("c", january, 1)]
    assert rows(port, "n", **asked, top=2, where=["n > 1"]) == [both[1], *both[2:]]
    answer = port.ask(["n"], **asked, top=2, totals=True)
    assert "the first 2 members of r over the whole time, each with all its periods" in answer.meta["limits"]
    assert rows(port, "distinct", **asked, top=2) == both
    cells = rows(port, "n", **(asked | {"by": ["r", "s"]}), top=1)
    assert cells == [("b", "y", january, 1), ("b", "y", february, 1)], "of equal ones the first by name"
    with pytest.raises(WrongRequest, match="takes members and shows all their periods") as refused:
        port.ask(["n"], grain="month", period="2024-01-01..2024-02-29", top=2)
    assert refused.value.nearest == "n --period 2024-01-01..2024-02-29 --grain month"


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles"])
def test_all_of_it_holds_wherever_the_machine_stands(zone: str, tmp_path: Path) -> None:
    if os.environ.get("TZ") == zone:
        pytest.skip("this is that machine")
    others = "not wherever_the_machine_stands"
    # in a folder of its own: two runs that clear away what is left of earlier ones meet
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-k", others]
    command += ["--basetemp", str(tmp_path / "others"), __file__]
    done = subprocess.run(command, env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_rows_without_a_date_are_in_no_period_and_the_answer_says_so(tmp_path: Path) -> None:
    """Nobody knows when they were: they are not counted, and how many there are in scope is told."""
    made = "create table t as from (values (1,'a',date '2024-02-05',1.5),(2,'a',null,2.5),(3,'b',null,4.0)) v(id,s,d,x)"
    total = indicator("total", "flow: {fact: f, axis: d, aggregate: sum, column: x}")
    count = indicator("n", "flow: {fact: f, axis: d}")
    held = model(fact(axes="{d: d}"), level("s"), count + total)
    words: dict[str, Any] = {"period": "2024-01-01..2024-06-30"}
    port = opened(tmp_path, made, held)
    for names in (["n"], ["total"], ["n", "total"]):
        answer = port.ask(names, **words)
        assert "2 rows of t without d are in no period, and not counted" in answer.meta["limits"]
    assert rows(port, "n", **words) == [(1,)]
    # rows out of scope are not told of
    mine = opened(tmp_path, made, held, units=["a"])
    assert "1 row of t without d is in no period, and not counted" in mine.ask("n", **words).meta["limits"]
    whole = opened(tmp_path, made.replace("null", "date '2024-03-01'"), held)
    assert not any("in no period" in note for note in whole.ask("n", **words).meta["limits"])


def test_a_day_beyond_all_instants_is_far_away(tmp_path: Path) -> None:
    """Days reach farther than instants: what ends then is open, what is come to then is not come to in time."""
    far = "date '5000000-01-01'"
    sql = (
        f"create table t as from (values (1, 'a', date '2024-01-05', {far}), (2, 'a', {far}, null)) v(id, s, a, b);"
        "create table ev as select id, s, date '2024-01-05' as d, id as k from t;"
        f"create table later as select id, s, {far} as d, id as k from t"
    )
    port = opened(tmp_path, sql, STOCK)
    assert rows(port, "n", as_of="2024-02-01") == [(1,)]
    assert [n for _, n in rows(port, "n", grain="month", period="2024-01-01..2024-02-29")] == [1, 1]
    came = "conversion: {of: {fact: ev, axis: d}, to: {fact: later, axis: d}, link: k, within_days: 30}"
    yaml = model(
        fact("ev", "ev", axes="{d: d}") + fact("later", "later", axes="{d: d}"),
        level("s", "on: {ev: s, later: s}"),
        indicator("came", came) + indicator("late", "flow: {fact: later, axis: d}"),
    )
    assert rows(opened(tmp_path, sql, yaml), "came", "late", **HALF_YEAR) == [(0.0, 0)]


_CALENDAR = """dimensions:
  g: {table: g, key: k, public: true, reason: r}
"""


@pytest.mark.parametrize("kind", TYPES)
def test_a_day_leads_to_a_key_that_is_an_instant_of_it(tmp_path: Path, kind: str) -> None:
    yaml = FLOW.replace(
        "levels:\n", _CALENDAR + "levels:\n" + level("name", "via: {base: on_day, dimension: g, column: r}")
    )
    morning, noon = "timestamptz '2024-01-30 09:00+00'", "timestamptz '2024-01-30 12:00+00'"
    sql = _events(kind, noon) + f"; create table g as select {morning}::{kind} k, 'Tuesday' r"
    assert rows(opened(tmp_path, sql, yaml), "n", **HALF_YEAR, by=["name"]) == [("Tuesday", 1)]
    with pytest.raises(ContractBroken, match=r"the same key \(the day of k\)"):
        opened(tmp_path, f"{sql}; insert into g select {noon}, 'Feast'", yaml).ask(["n"], **HALF_YEAR, by=["name"])


def test_a_day_that_is_looked_up_leads_on(tmp_path: Path) -> None:
    further = level("opened_on", "via: {base: s, dimension: g, column: o}") + level(
        "name", "via: {base: opened_on, dimension: h, column: r}"
    )
    more = "dimensions:\n" + "".join(f"  {one}: {{table: {one}, key: k, public: true, reason: r}}\n" for one in "gh")
    sql = _events("date", "'2024-01-31'") + (
        "; create table g as select 'a' k, timestamp '2023-05-05 09:00' o"
        "; create table h as select date '2023-05-05' k, 'Friday' r"
    )
    port = opened(tmp_path, sql, FLOW.replace("levels:\n", more + "levels:\n" + further))
    assert rows(port, "n", **HALF_YEAR, by=["name"]) == [("Friday", 1)]


def test_the_end_of_a_day_is_in_it_however_fine(tmp_path: Path) -> None:
    """A cast to microseconds takes the nearest one, which is the next day's midnight."""
    port = opened(tmp_path, _events("timestamp_ns", "'2024-01-31 23:59:59.999999999'", "'1969-12-31'"), FLOW)
    assert rows(port, "n", period="2024-01-01..2024-02-29", grain="month") == [
        (date(2024, 1, 1), 1),
        (date(2024, 2, 1), 0),
    ]
    assert rows(port, "n", **HALF_YEAR, where=["on_day = '2024-01-31'"]) == [(1,)]
    assert rows(port, "n", **HALF_YEAR, by=["on_day"]) == [(date(2024, 1, 31), 1)]
    spans = "create table t as select 1 id, 'a' s, '{}'::timestamp_ns a, '{}'::timestamp_ns b"
    late = "2024-01-31 23:59:59.9999999"
    stock = model(fact(validity="{from: a, to: b}"), level("s"), indicator("n", "stock: {fact: f}"))
    for start, end, right in (("2024-01-01", late, [1, 0]), (late, "infinity", [0, 1]), ("-infinity", late, [1, 0])):
        port = opened(tmp_path, spans.format(start, end), stock)
        assert [rows(port, "n", as_of=day) for day in ("2024-01-30", "2024-01-31")] == [[(n,)] for n in right]
