"""The history of a case: one entry for one act, in plain words, and nothing from beyond the scope's edge."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from figures import OPEN_END, Row
from opened import START, group, held, house_of, member, opener, person

from dataport.api.case import CaseDoor
from dataport.errors import NotVisible, WrongRequest
from dataport.history import Entry, case_comparison, case_family, case_history
from dataport.house import House
from dataport.visit import Asker

KEN = Asker("ken", "op", purpose="Complaint 17")
ABROAD = {"business_unit_id": "UGA-CO"}


def at(year: int, month: int = 1, day: int = 1) -> datetime:
    return datetime(year, month, day, 9)


def event(key: int, code: str, when: datetime, **values: Any) -> Row:
    own = {"event_type_code": code, "event_date": when.date(), "valid_from": when, **values}
    return held("dim_event", key, 1, **own)


def told(home: House, case_id: str = "i-1") -> tuple[Entry, ...]:
    return case_history(case_id, KEN, home).entries


def life() -> dict[str, list[Row]]:
    """Registered, verified, moved, recognised as a refugee, described wrongly once, split from the family."""
    first = {"modified_on": at(2018), "modified_by": "u-1", "entry_channel_code": "office"}
    base = {**first, "legal_status_code": "ASR", "birth_date": date(2000, 1, 1), "place_id": "20KEN001"}
    steps = [
        (at(2018), {}),
        (at(2019, 3), {"last_contact_date": date(2019, 3, 1)}),
        (at(2019, 6), {"place_id": "20KEN002", "place_date": date(2019, 5, 20)}),
        (at(2020, 2), {"legal_status_code": "REF", "legal_status_date": date(2020, 1, 15)}),
        (at(2020, 8), {"birth_date": date(2001, 1, 1), "modified_on": at(2020, 7, 2), "entry_channel_code": "mobile"}),
    ]
    rows, values = [], dict(base)
    for n, (when, change) in enumerate(steps):
        values |= {"modified_on": when, **change}
        until = steps[n + 1][0] if n + 1 < len(steps) else OPEN_END
        rows.append(person(1, **values, valid_from=when, valid_to=until))
    split = at(2021, 4)
    return {
        "dim_individual": [*rows, person(2, valid_from=at(2018))],
        "dim_group": [group(7, valid_from=at(2018)), group(8, valid_from=split)],
        "bridge_membership": [
            member(1, 7, valid_from=at(2018), valid_to=split),
            member(1, 7, is_active=False, valid_from=split),
            member(1, 8, valid_from=split),
            member(2, 7, valid_from=at(2018)),
        ],
        "dim_document": [held("dim_document", 1, 1, document_type_code="PC", number="A1", valid_from=at(2019, 9))],
        "dim_event": [
            event(1, "registration", at(2018)),
            event(2, "verification", at(2019, 3)),
            event(3, "transfer", at(2019, 6), event_date=date(2019, 5, 20)),
            event(4, "status_change", at(2020, 2), event_date=date(2020, 1, 15)),
            event(5, "group_change", split),
        ],
    }


def test_each_act_is_one_entry_with_both_times(tmp_path: Path) -> None:
    entries = told(house_of(tmp_path / "home", life()))
    assert [(one.recorded_at, one.happened_on, one.words) for one in entries] == [
        (at(2018), date(2018, 1, 1), "Registration"),
        (at(2019, 3), date(2019, 3, 1), "Verified"),
        (at(2019, 6), date(2019, 5, 20), "Change of place"),
        (at(2019, 9), None, entries[3].words),
        (at(2020, 2), date(2020, 1, 15), "Change of legal status"),
        (at(2020, 8), None, "Corrected: birth date"),
        (at(2021, 4), date(2021, 4, 1), "Change of registration group"),
    ]
    assert entries[3].words.startswith("Document recorded")
    assert entries[6].details == ("Moved from group G-00007 to group G-00008",)
    assert any("Legal status: " in line and " → " in line for line in entries[4].details)


def test_a_correction_is_told_from_a_change_and_a_late_sync_is_marked(tmp_path: Path) -> None:
    entries = told(house_of(tmp_path / "home", life()))
    corrected = entries[5]
    assert (corrected.kind, corrected.channel, corrected.late_days) == ("correction", "mobile", 30)
    assert [change.name for change in corrected.changes] == ["birth_date"]
    assert {one.kind for one in entries[:5]} == {"event", "change"}


def test_the_edge_of_the_scope_is_told_from_this_side_alone(tmp_path: Path) -> None:
    came, left = at(2019), at(2020)
    tables = {
        "dim_individual": [
            person(1, **ABROAD, given_name="Sentinel", valid_from=at(2018), valid_to=came),
            person(1, valid_from=came, valid_to=left),
            person(1, **ABROAD, given_name="Sentinel", valid_from=left),
        ],
        "dim_document": [held("dim_document", 1, 1, document_type_code="PC", valid_from=at(2018))],
        "dim_event": [event(1, "registration", at(2018)), event(2, "transfer", came), event(3, "transfer", left)],
    }
    entries = told(house_of(tmp_path / "home", tables))
    assert [(one.recorded_at, one.kind, one.words) for one in entries] == [
        (came, "entered scope", "Entered scope"),
        (left, "left scope", "Left scope"),
    ]
    assert not any(one.details or one.changes for one in entries)
    assert "Sentinel" not in repr([(one.words, one.details, one.subject) for one in entries])


def test_what_was_there_when_history_begins_is_told_as_such(tmp_path: Path) -> None:
    entries = told(house_of(tmp_path / "home", {"dim_individual": [person(1, valid_from=START)]}))
    assert [one.words for one in entries] == ["Known from the start of history"]


def test_with_the_start_of_history_nothing_happened_but_joining_a_group(tmp_path: Path) -> None:
    """The newest of all dates that a record says was taken for the day on which somebody joined."""
    dates = {"legal_status_date": date(2017, 5, 1), "process_status_date": date(2017, 6, 1)}
    tables = {
        "dim_individual": [person(1, valid_from=START, **dates)],
        "dim_group": [group(7, valid_from=START)],
        "bridge_membership": [member(1, 7, valid_from=START, effective_date=date(2015, 3, 2))],
    }
    home = house_of(tmp_path / "home", tables)
    assert [one.happened_on for one in told(home)] == [date(2015, 3, 2)]
    (found,) = case_family("g-7", KEN, home).groups[0].relatives
    assert [(one.joined_on, one.has_joined) for one in found.stays] == [(date(2015, 3, 2), True)]


def test_two_days_side_by_side(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", life())
    found = case_comparison("i-1", date(2019, 12, 31), date(2021, 12, 31), KEN, home)
    changed = {(line.record, line.name): (line.before, line.after) for line in found.lines if line.is_changed}
    assert changed == {
        ("", "legal_status_code"): ("ASR", "REF"),
        ("", "legal_status_date"): (None, date(2020, 1, 15)),
        ("", "birth_date"): (date(2000, 1, 1), date(2001, 1, 1)),
        ("", "age"): (19, 20),
        ("", "members in scope"): (2, 1),
    }
    assert found.came == () and [name.split()[0] for name in found.went] == ["KEN-00002"]


@pytest.mark.parametrize(
    ("born", "day_before", "birthday"),
    [
        (date(2000, 5, 17), date(2020, 5, 16), date(2020, 5, 17)),
        (date(2000, 12, 1), date(2020, 11, 30), date(2020, 12, 1)),
        (date(2000, 2, 29), date(2020, 2, 28), date(2020, 2, 29)),
        (date(2001, 2, 28), date(2021, 2, 27), date(2021, 2, 28)),
    ],
)
def test_who_has_a_birthday_is_a_year_older_on_that_day(
    tmp_path: Path, born: date, day_before: date, birthday: date
) -> None:
    tables = {
        "dim_individual": [person(1, birth_date=born)],
        "dim_group": [group(7)],
        "bridge_membership": [member(1, 7)],
    }
    home = house_of(tmp_path / "home", tables)
    for case_id in ("i-1", "g-7"):
        found = case_comparison(case_id, day_before, birthday, KEN, home)
        assert [(one.before, one.after) for one in found.lines if one.name == "age"] == [(19, 20)]


def test_who_was_born_on_29_february_is_a_year_older_on_1_march(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1, birth_date=date(2000, 2, 29))]})
    found = case_comparison("i-1", date(2021, 2, 28), date(2021, 3, 1), KEN, home)
    assert [(one.before, one.after) for one in found.lines if one.name == "age"] == [(20, 21)]


def test_days_out_of_order_or_out_of_scope_are_refused(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", {"dim_individual": [person(1, valid_from=at(2020))]})
    with pytest.raises(WrongRequest, match="earlier day with a later"):
        case_comparison("i-1", date(2021, 1, 1), date(2020, 1, 1), KEN, home)
    with pytest.raises(NotVisible):
        case_comparison("i-1", date(2018, 1, 1), date(2019, 1, 1), KEN, home)
    one_side = case_comparison("i-1", date(2018, 1, 1), date(2021, 1, 1), KEN, home)
    assert all(line.before in (None, 0) for line in one_side.lines)


def test_a_group_tells_of_itself_and_its_members(tmp_path: Path) -> None:
    home = house_of(tmp_path / "home", life())
    entries = told(home, "g-7")
    assert {one.subject for one in entries} == {"group G-00007", "KEN-00001 Given1", "KEN-00002 Given2"}
    found = case_comparison("g-7", date(2019, 12, 31), date(2021, 12, 31), KEN, home)
    assert [name.split()[0] for name in found.went] == ["KEN-00001"]


def test_a_notebook_shows_a_case_and_a_log_does_not(tmp_path: Path) -> None:
    tables = {"dim_individual": [person(1, given_name="<b>Amina</b>")]}
    home = house_of(tmp_path / "home", tables, opener())
    case = CaseDoor("i-1", KEN, lambda: home)
    for view in (case.show(), case.history(), case.compare("2019-01-01", "2020-01-01")):
        assert "Amina" not in repr(view) and "Amina" not in str(view)
        html = view._repr_html_()
        assert html.startswith("<") and "<b>" not in html
    assert [one["door"] for one in home.audit().entries()] == ["case show", "case history", "case compare"]


def test_a_line_tells_the_provenance_of_its_own_row(tmp_path: Path) -> None:
    """Twenty-five families, migrated and then verified by offices and devices: a person's row keeps the channel it came
    by, and an act of an office is that office's."""
    draw = Random(16)
    tables: dict[str, list[Row]] = defaultdict(list)
    told_by: dict[tuple[str, datetime], tuple[str, str | None]] = {}
    for nth in range(1, 26):
        came: Row = {"created_by": "migration", "created_on": at(2016), "entry_channel_code": "migration"}
        came |= {} if nth % 5 else {"created_by": None}  # a store may not say who it was
        days = sorted(draw.sample(range(1, 700), 6))
        moments = [START + timedelta(days=day) for day in days]
        for n, moment in enumerate(moments):
            until = moments[n + 1] if n + 1 < len(moments) else OPEN_END
            office = draw.choice(["registrar.ken", "registrar.dadaab"])
            values = came | {"modified_by": office, "modified_on": moment, "last_contact_date": moment.date()}
            if n == 0:
                values |= {"modified_by": "migration", "modified_on": at(2016)}
            if n == 5:
                values |= {"phone": "1", "entry_channel_code": "rapp"}
            tables["dim_individual"].append(person(nth, **values, valid_from=moment, valid_to=until))
            told_by[f"i-{nth}", moment] = (values["modified_by"], {0: "migration", 5: "rapp"}.get(n))
            if 0 < n < 5 and draw.random() < 0.8:
                own = (office, draw.choice(["office", "rapp"]))
                tables["dim_event"].append(
                    held(
                        "dim_event",
                        nth * 10 + n,
                        nth,
                        event_type_code="verification",
                        event_date=moment.date(),
                        valid_from=moment,
                        created_by=own[0],
                        entry_channel_code=own[1],
                    )
                )
                told_by[f"i-{nth}", moment] = own
    names = ("migration", "registrar.ken", "registrar.dadaab")
    home = house_of(tmp_path / "home", tables, accounts=[(one, one, None, "KEN-CO") for one in names])
    found = {
        (f"i-{nth}", one.recorded_at): (one.by, one.channel) for nth in range(1, 26) for one in told(home, f"i-{nth}")
    }
    assert found == told_by
    assert sum(channel == "migration" for _, channel in found.values()) == 25, "each was migrated once"
