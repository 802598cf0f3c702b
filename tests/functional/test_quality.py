"""KPIs are what a slow reading of the store says: today, and of a past day as the journal tells it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from oracle.quality import Store, completeness, judge_groups, judge_persons, said

from dataport.ask import Asker, ask, change, open_house
from dataport.checks import load_checks, of_kpi
from dataport.checks.sql import judgements
from dataport.errors import Refused
from dataport.house import House
from dataport.semantic import Request
from dataport.semantic.kpi import Kpi
from dataport.store import connect
from dataport.warehouse.sealed import open_sealed

from .conftest import DATES, Lived
from .replaying import replayed

pytestmark = pytest.mark.xdist_group("homes")
HQ, KENYA, BUREAU = "statistician.hq@example.org", "analyst.ken@example.org", "analyst.mena@example.org"
CHECKED = load_checks()
PARTS = ("global", "own", "socio_economic")
# What is asked for beside the numbers of the KPIs themselves.
OF_QUALITY = (
    "judged_records", "mandatory_fields_filled", "mandatory_fields_asked", "completeness_global", "completeness_own",
    "completeness_socio_economic", "complete_records", "share_of_complete_records", "open_issues", "issues_per_record",
    "quality_score", "quality_score_basic",
)  # fmt: skip
# Held against the stretches that they are made of.
OF_EPISODES = ("issues_begun", "issues_corrected", "median_days_to_correction", "corrected_within_90_days")
EPISODES_BY = "quality_kpi"
# Its members are counted by those numbers.
BROKEN_DOWN_BY = "has_all_mandatory_fields"


@pytest.fixture(scope="module")
def house(sqlite_home: Lived) -> House:
    return open_house(sqlite_home.settings)


@pytest.fixture(scope="module")
def stores(sqlite_home: Lived) -> Mapping[date, Store]:
    """The store as its journal tells it at the end of each day."""
    order = dict(_rows(sqlite_home, "records", "select distinct individual_id, individual_key from dim_individual"))
    store = connect(sqlite_home.settings.sources[0].url.reveal())
    try:
        return {day: replayed(store, day, order) for day in DATES}
    finally:
        store.close()


def _rows(home: Lived, file: str, sql: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
    newest = max((home.settings.home / "published").glob("0*"))
    with open_sealed(newest / f"{file}.duckdb") as connection:
        return connection.execute(sql, list(values)).fetchall()


@pytest.mark.parametrize("day", DATES, ids=str)
def test_every_verdict_is_that_of_the_slow_reading(sqlite_home: Lived, stores: Mapping[date, Store], day: date) -> None:
    """Check by check and record by record, in scope or not, on days that have passed long before the last build."""
    until = datetime.combine(day, time()) + timedelta(days=1)
    for table, key, owner, number, judge in (
        ("fct_quality", "individual_key", "dim_individual", "individual_id", judge_persons),
        ("fct_group_quality", "group_key", "dim_group", "group_id", judge_groups),
    ):
        ids = dict(_rows(sqlite_home, "records", f"select distinct {key}, {number} from {owner}"))
        told = {
            ids[one]: {
                which.check.name: bool(sets[which.word - 1] & which.mask)
                for which in judgements(CHECKED)
                if sets[which.word + 1] & which.mask
            }
            for one, *sets in _rows(
                sqlite_home,
                "figures",
                f"select {key}, failed_1, failed_2, known_1, known_2 from {table} "
                "where valid_from < $1 and $1 <= valid_to",
                (until,),
            )
        }
        assert told == judge(stores[day])


@pytest.mark.parametrize("day", DATES, ids=str)
def test_ask_says_what_the_slow_reading_adds_up_to(
    sqlite_home: Lived, house: House, stores: Mapping[date, Store], day: date
) -> None:
    names = [*OF_QUALITY, *(name for kpi in house.catalog.kpis for name in (kpi.numerator, kpi.indicator))]
    for login, level, unit in ((HQ, "country_of_asylum", None), (HQ, "operation", None)):
        told = ask(Request(tuple(names), (level,), as_of=day), Asker(login, "tests"), house).data.to_pylist()
        counted = _numbers(stores[day], f"{level}_code", house.catalog.kpis)
        assert unit is None
        for row in told:
            for name in names:
                assert row[name] == pytest.approx(counted[row[level]].get(name), abs=1e-12), (row[level], name)


def _numbers(store: Store, column: str, kpis: tuple[Kpi, ...]) -> dict[Any, dict[str, Any]]:
    """Member to indicator to number."""
    sums: dict[Any, Counter[str]] = defaultdict(Counter)
    for table, judge in (("individual", judge_persons), ("registration_group", judge_groups)):
        for key, verdicts in judge(store).items():
            one = sums[said(store.tables[table][key], column)]
            for kpi in (one_of for one_of in kpis if one_of.column):
                of = [verdicts[check.name] for check in of_kpi(CHECKED, kpi.name) if check.name in verdicts]
                one[kpi.numerator] += any(of)
                one[kpi.denominator] += bool(of)
            if table == "individual":
                _add_up(one, verdicts, completeness(store, key))
    return {member: _quotients(one, kpis) for member, one in sums.items()}


def _add_up(one: Counter[str], verdicts: Mapping[str, bool], parts: Mapping[str, tuple[int, int]]) -> None:
    one["judged_records"] += 1
    one["open_issues"] += sum(verdicts.values())
    one["complete_records"] += all(filled == asked for filled, asked in parts.values())
    for part, (filled, asked) in parts.items():
        one[f"{part}_filled"] += filled
        one[f"{part}_asked"] += asked
        one["mandatory_fields_filled"] += filled
        one["mandatory_fields_asked"] += asked


def _quotients(one: Counter[str], kpis: tuple[Kpi, ...]) -> dict[str, Any]:
    counts = ("judged_records", "complete_records", "mandatory_fields_filled", "mandatory_fields_asked", "open_issues")
    # sums of nothing are unknown, counts of nothing are none
    found: dict[str, Any] = {name: one[name] if name in one or name in counts[:2] else None for name in counts}
    found |= {name: one[name] for kpi in kpis for name in (kpi.numerator, kpi.denominator) if kpi.column}
    for kpi in kpis:
        found[kpi.indicator] = _over(one[kpi.numerator], one[kpi.denominator])
    for part in PARTS:
        found[f"completeness_{part}"] = _over(one[f"{part}_filled"], one[f"{part}_asked"])
    found["share_of_complete_records"] = _over(one["complete_records"], one["judged_records"])
    found["issues_per_record"] = _over(one["open_issues"], one["judged_records"])
    basic = [kpi for kpi in kpis if kpi.tier == "T1" and not kpi.entities]
    for name, several in (("quality_score", kpis), ("quality_score_basic", basic)):
        judged = sum(kpi.weight * one[kpi.denominator] for kpi in several)
        failing = sum(kpi.weight * one[kpi.numerator] for kpi in several)
        found[name] = _over(judged - failing, judged)
    return found


def _over(one: int, other: int) -> float | None:
    return one / other if other else None


def test_who_may_not_read_a_field_is_refused_its_kpi_in_every_way(house: House) -> None:
    """The count, its quotient, the breakdown and the filter by it, the order, and what is made of it."""
    for kpi in house.catalog.kpis:
        if "document" in kpi.entities or kpi.tier == "T2":
            asked = [Request((name,)) for name in (kpi.indicator, kpi.numerator, kpi.denominator)]
            asked += [Request(("judged_records",), where=(f"{kpi.column} = true",))]
            asked += [Request(("judged_records",), (kpi.column,))]
            for request in (*asked, Request(("quality_score",)), Request(("open_issues",))):
                with pytest.raises(Refused):
                    ask(request, Asker(BUREAU, "tests"), house)
    assert ask(Request(("quality_score_basic", "kpi_k05")), Asker(BUREAU, "tests"), house).data.num_rows == 1


def test_an_answer_says_which_checks_it_was_judged_by(house: House) -> None:
    told = ask(Request(("kpi_k05",)), Asker(HQ, "tests"), house).meta["checks"]
    assert told.startswith(f"{len(CHECKED)} checks, ")
    assert "checks" not in ask(Request(("active_individuals",)), Asker(HQ, "tests"), house).meta


def test_episodes_are_the_times_in_which_a_record_failed(sqlite_home: Lived, house: House) -> None:
    """Each begins where a stretch that fails follows one that does not, and ends where the next does not.

    All within one business unit: whether a record was corrected after it had left is not theirs to know.
    """
    codes = [kpi.column for kpi in house.catalog.kpis if kpi.fact == "quality" and kpi.column]
    rows = _rows(
        sqlite_home, "figures",
        f"select (individual_key, business_unit_id), valid_from, valid_to, {', '.join(codes)} from fct_quality "
        "order by individual_key, valid_from",
    )  # fmt: skip
    onboarded = "select individual_key, valid_from from fct_population where start_cause_code = 'onboarded'"
    there_before = set(_rows(sqlite_home, "figures", onboarded))
    counted: set[tuple[Any, ...]] = set()
    open_: dict[str, datetime] = {}
    for nth, (key, since, until, *fails) in enumerate(rows):
        before, after = (rows[n] if 0 <= n < len(rows) else (None, None, None) for n in (nth - 1, nth + 1))
        goes_on = after[0] == key and after[1] == until
        for place, code in enumerate(codes):
            if fails[place]:
                was = before[0] == key and before[2] == since and before[3 + place]
                open_[code] = open_[code] if was else since
                if not (goes_on and after[3 + place]):
                    counted.add((key[0], code.upper(), open_[code], until if goes_on else None))
    told = _rows(
        sqlite_home, "figures", "select individual_key, kpi_code, wrong_at, corrected_at from fct_quality_episode"
    )
    assert set(told) == {one for one in counted if (one[0], one[2]) not in there_before}
    assert len(told) == len(set(told))


def test_a_kpi_moves_for_reasons_that_add_up(house: House) -> None:
    for name in ("kpi_k31_failing", "kpi_k05_failing", "kpi_k09_judged"):
        request = Request((name,), as_of=DATES[-1], compare=DATES[0])
        [row] = change(request, Asker(HQ, "tests"), house).data.to_pylist()
        moved = {key: value for key, value in row.items() if key not in ("start", "end")}
        assert row["start"] + sum(value for value in moved.values() if value is not None) == row["end"]
        assert "moved_in" not in moved
