"""An example for each indicator, asked of a fixed world of invented people: ``python -m spec.examples`` writes them.

`dataport catalog show` tells them. So it shows an answer without a look at anybody: what stands in the file was asked
of the rows below, and a test asks it again.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from figures import OF_GROUPS_KPIS, OF_PERSONS_KPIS, OPEN_END, Desk, Row, World, world

from dataport.disclosure import SafeTable, heading, member_text, number_text
from dataport.errors import WrongRequest
from dataport.semantic import DEFINITIONS, Catalog, Request, breaks_down, parse_period
from dataport.semantic.examples import EXAMPLES
from dataport.semantic.model import Indicator

FILE = DEFINITIONS / EXAMPLES
PEOPLE, START, END = 96, datetime(2019, 12, 31, 23, 59, 59), datetime(2022, 3, 1)
SAYS = f"{PEOPLE} invented people in Kenya, Uganda and South Sudan, known from 2020 to February 2022"
# The first of these that an indicator has is what its example is broken down by.
_BY = ("country_of_asylum", "sex")
_PERIOD = "2021"
_PLACES = (("KEN", "KEN-CO", "20KEN000"), ("UGA", "UGA-CO", "20UGA000"), ("SSD", "SSD-CO", "20KEN000"))
_AGES = (("0-4", 2), ("5-11", 8), ("12-17", 14), ("18-24", 21), ("25-49", 33), ("50-59", 54), ("60+", 66))
_EVENTS = ("birth", "departure", "death", "resettlement", "return", "inactivation", "reactivation", "verification")


def _person(number: int) -> Row:
    country, unit, place = _PLACES[(number // 4) % 5 % 3]
    ages, years = _AGES[number % 7]
    later = datetime(2021, 6, 1) + timedelta(days=7 * (number - 60))
    return {
        "individual_key": number, "group_key": number // 4 if number < 93 else number,
        "country_of_asylum_code": country, "operation_code": country, "business_unit_id": unit, "place_id": place,
        "country_of_origin_code": ("SOM", "SSD", "SYR")[number % 5 % 3], "birth_country_code": "SOM",
        "sex_code": None if number == 17 else "FM"[(number * 5 // 3) % 2], "age_group_code": ages,
        "birth_date": date(2022 - years, 1 + number % 12, 11), "has_specific_need": number % 5 == 0,
        "population_type_code": ("REF", "REF", "ASY")[number % 3],
        "legal_status_code": ("REF", "REF", "ASR")[number % 3],
        "education_level_code": ("NE", "3", "03", "UG", None)[number % 5],
        "occupation_code": ("2320", "61", None)[number % 3], "is_focal_point": number % 4 == 0 or number > 92,
        "has_valid_document": number % 5 != 0, "has_recent_contact": number % 8 != 0,
        "process_status_code": "H" if number % 24 == 7 else "A",
        "arrival_date": date(2020, 3, 5) + timedelta(days=7 * number),
        "valid_from": START if number < 60 else later, "valid_to": OPEN_END,
    }  # fmt: skip


_SHARED = (
    "individual_key", "country_of_asylum_code", "country_of_origin_code", "operation_code", "business_unit_id",
    "place_id", "population_type_code", "process_status_code", "sex_code", "age_group_code",
)  # fmt: skip


def the_world() -> World:
    """The fixed world, row by row from the number of each person."""
    people = [_person(number) for number in range(PEOPLE)]
    of = [{name: one[name] for name in _SHARED} for one in people]
    days = [datetime(2020, 1, 6, 10) + timedelta(days=8 * number) for number in range(PEOPLE)]
    events = [
        {**one, "event_type_code": _EVENTS[number // 2 % 8] if number % 2 else "registration",
         "event_date": day.date(), "recorded_at": day}
        for number, (one, day) in enumerate(zip(of, days, strict=True))
    ]  # fmt: skip
    needs = [
        {**one, "valid_from": START, "need_category_code": ("DS", "SM", "SC")[number // 5 % 3],
         "need_code": ("DS-DF", "SM-MI", "SC-UC")[number // 5 % 3]}
        for number, one in enumerate(of) if number % 5 == 0
    ]  # fmt: skip
    documents = [{**one, "valid_from": START, "is_valid": number % 5 != 0} for number, one in enumerate(of)]
    assistance = [
        {**one, "group_key": people[number]["group_key"], "assistance_type_code": ("CSH", "NFI")[number % 3 // 2],
         "provided_date": day.date(), "value_usd": 20 + 5 * (number % 7), "valid_from": day}
        for number, (one, day) in enumerate(zip(of, days, strict=True)) if number % 2
    ]  # fmt: skip
    groups = _groups(people)
    judged = {
        "quality": [_judged(one) for one in people], "group_quality": [_judged_group(one) for one in groups],
        "episodes": [_episode(number, one) for number, one in enumerate(of)],
    }  # fmt: skip
    return world(people, groups, events, needs, documents, assistance, start=START, watermark=END, **judged)


def _judged(one: Row) -> Row:
    """What checks say of a person: the nth KPI is failed by every so many, and is not known of the one after."""
    number = one["individual_key"]
    fails = {
        code: None if (number + nth) % 23 == 1 else (number + nth) % (3 + nth) == 0
        for nth, code in enumerate(OF_PERSONS_KPIS)
    }
    own = {name: one[name] for name in (*_SHARED, "valid_from")}
    filled = {
        "global_filled": 7 - (number % 11 == 0),
        "own_filled": 3 - number % 2,
        "socio_economic_filled": 3 - number % 3,
    }
    asked = {"global_asked": 7, "own_asked": 3, "socio_economic_asked": 3}
    sums = {"filled": sum(filled.values()), "asked": sum(asked.values()), "issue_count": sum(map(bool, fails.values()))}
    return {**own, **fails, **filled, **asked, **sums, "is_complete": sums["filled"] == sums["asked"]}


def _episode(number: int, one: Row) -> Row:
    """When a record went wrong, and when it was put right."""
    begun = datetime(2021, 1, 4, 10) + timedelta(days=3 * number)
    days = 10 + 7 * (number % 17)
    return {**one, "episode_key": number, "kpi_code": f"K{5 + number % 4:02d}", "wrong_at": begun,
            "corrected_at": begun + timedelta(days=days) if number % 3 else None,
            "days_to_correction": days if number % 3 else None}  # fmt: skip


def _judged_group(one: Row) -> Row:
    names = ("group_key", *_SHARED[1:-2], "valid_from")
    fails = {code: one["group_key"] % (5 + nth) == 0 for nth, code in enumerate(OF_GROUPS_KPIS)}
    return {**{name: one[name] for name in names}, **fails, "issue_count": sum(fails.values())}


def _groups(people: list[Row]) -> list[Row]:
    found = []
    for head in people:
        if head["is_focal_point"]:
            members = [one for one in people if one["group_key"] == head["group_key"]]
            active = sum(one["process_status_code"] == "A" for one in members)
            own = {name: head[name] for name in ("group_key", *_SHARED[1:-2])}
            found.append({**own, "active_member_count": active, "focal_point_sex_code": head["sex_code"],
                          "valid_from": max(one["valid_from"] for one in members)})  # fmt: skip
    return found


def written() -> str:
    """The file, as it must be."""
    desk = Desk(the_world())
    found = {name: _example(name, desk) for name in desk.catalog.public_indicators()}
    return json.dumps({"of": SAYS, "examples": found}, ensure_ascii=False, indent=1) + "\n"


def _example(name: str, desk: Desk) -> dict[str, Any]:
    one = desk.catalog.indicator(name)
    by = tuple(level for level in _BY if _has(one, level, desk.catalog))[:1]
    on_a_day = Request((name,), by)
    over_days = Request((name,), by, period=parse_period(_PERIOD))
    try:
        request = over_days if desk.scoped(on_a_day).question.has_flows else on_a_day
    except WrongRequest:
        request = over_days
    table = desk.request(request)
    words = [name, *(f"--by {level}" for level in by), *([f"--period {_PERIOD}"] if request.period else [])]
    columns = [heading(column) for column in table.columns]
    return {"command": " ".join(["dataport ask", *words]), "columns": columns, "rows": _rows(table)}


def _has(one: Indicator, level: str, catalog: Catalog) -> bool:
    return breaks_down(catalog, one, catalog.levels[level])


def _rows(table: SafeTable) -> list[list[str]]:
    found = []
    for row, codes in table.parts()[0].rows():
        names = [member_text(row[one.name], one, table) for one in table.columns if one.role == "level"]
        numbers = [number_text(row[one.name], one, codes.get(one.name)) for one in table.columns if one.role != "level"]
        found.append(names + numbers)
    return found


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
