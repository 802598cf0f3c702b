"""Door 2 against a slow judge, and non-interference: whatever happens out of scope, a case stays the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from figures import OPEN_END, Row, catalog, permission, viewer
from hypothesis import given
from hypothesis import strategies as st
from opened import START, WATERMARK, group, held, member, person, write_records

from dataport.access import Viewer, open_records
from dataport.engine.fetching import Fetching
from dataport.engine.masks import NOT_SHOWN
from dataport.engines.duckdb import published_records
from dataport.errors import DataportError, NotVisible
from dataport.history import Difference, Relative, changes_of, family_of, shown_at, timeline_of
from dataport.history.show import at, subject_of
from dataport.records import Case
from dataport.records.case import Opening
from dataport.semantic import Horizon

UNITS = ("KEN-CO", "UGA-CO", "SSD-CO", None)
MOMENTS = tuple(datetime(2017, 6, 1) + timedelta(days=200 * n) for n in range(8))
OWNED = ("dim_address", "dim_document", "records_specific_need", "dim_assistance", "dim_event")
FIELDS = {
    "dim_address": "line",
    "dim_document": "number",
    "records_specific_need": "need_code",
    "dim_assistance": "sector_code",
    "dim_event": "reason_code",
}
ASKED = ("i-1", "i-2", "i-3", "KEN-00002", "F-1", "F-2", "g-7", "g-8", "none")
DAYS = (date(2018, 6, 30), date(2020, 1, 31), date(2021, 12, 31))
HORIZON = Horizon(START, WATERMARK)
Tables = dict[str, list[Row]]


class Shelf:
    """Where worlds are written, the two that were asked for last side by side: each is asked several times."""

    def __init__(self, folder: Path) -> None:
        self._free = [folder / f"records-{number}.duckdb" for number in (1, 2)]
        self._written: list[tuple[Mapping[str, Sequence[Row]], Path]] = []

    def _path(self, tables: Mapping[str, Sequence[Row]]) -> Path:
        for known, path in self._written:
            if known is tables:
                return path
        path = self._free.pop() if self._free else self._written.pop(0)[1]
        write_records(path, tables)
        self._written.append((tables, path))
        return path

    def told(self, tables: Mapping[str, Sequence[Row]], who: Viewer, case_id: str) -> Any:
        """All of a case that reaches the viewer."""
        case = self.opened(tables, who, case_id)
        if case is None or isinstance(case, str):
            return case
        days = []
        for day in DAYS:
            try:
                days.append(shown_at(case, day, HORIZON))
            except NotVisible:
                days.append(None)
        since = [_differences(case, day) for day in DAYS]
        family = [
            (one.number, [_relative(other) for other in one.relatives]) for one in family_of(case, HORIZON).groups
        ]
        return case, days, since, family

    def opened(self, tables: Mapping[str, Sequence[Row]], who: Viewer, case_id: str) -> Case | str | None:
        records = published_records(self._path(tables), 1, catalog().records)
        try:
            return Opening(open_records(who, catalog(), "Test", records.held), records, catalog().records).case(case_id)
        except DataportError as refusal:
            return str(refusal)
        finally:
            records.close()

    def fetched(
        self, tables: Mapping[str, Sequence[Row]], who: Viewer, kind: str, closing: datetime
    ) -> list[tuple[str, list[tuple[str, Any]]]]:
        """Records of one kind that belong to the three persons: whose each is, and its fields."""
        records = published_records(self._path(tables), 1, catalog().records)
        try:
            scoped = open_records(who, catalog(), "Test", records.held)
            if kind not in scoped.views:
                return []
            model = catalog().records[kind]
            fetching = Fetching(records, catalog().records, model, {"individual_key": (1, 2, 3)}, closing, scoped)
            rows = fetching.batches(fetching.openable()).read_all().to_pylist()
        except DataportError:
            return []
        finally:
            records.close()
        found = []
        for row in rows:
            hidden = row.pop(NOT_SHOWN, [])
            shown = {name: value for name, value in row.items() if name not in hidden}
            found.append((shown["individual_id"], _values(shown, kind)))
        return found


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf(tmp_path_factory.mktemp("opening"))


@st.composite
def stretches(draw: st.DrawFn) -> list[tuple[datetime, datetime]]:
    """Times one after the other, mostly without a gap, the last one often open."""
    moments = sorted(draw(st.lists(st.sampled_from(MOMENTS), min_size=1, max_size=3, unique=True)))
    ends = [*moments[1:], draw(st.sampled_from([OPEN_END, OPEN_END, WATERMARK - timedelta(days=9)]))]
    pairs = list(zip(moments, ends, strict=True))
    return [one for one in pairs if draw(st.integers(0, 6))] or pairs


@st.composite
def versions(draw: st.DrawFn, make: Any, **choices: Sequence[Any]) -> list[Row]:
    rows = []
    for first, until in draw(stretches()):
        values = {name: draw(st.sampled_from(several)) for name, several in choices.items()}
        rows.append(make(valid_from=first, valid_to=until, **values))
    return rows


@st.composite
def worlds(draw: st.DrawFn) -> Tables:
    """Three persons and two groups that move between units, and what belongs to them."""
    tables: Tables = {"dim_individual": [], "dim_group": [], "bridge_membership": [], **{one: [] for one in OWNED}}
    for key in (1, 2, 3):
        choices = {"business_unit_id": UNITS, "sex_code": ("F", "M"), "ethnicity_code": ("X1", "X2")}
        make = lambda key=key, **values: person(key, **values)  # noqa: E731
        tables["dim_individual"] += draw(versions(make, **choices, former_no=(None, "F-1", "F-2")))
    for key in (7, 8):
        make = lambda key=key, **values: group(key, **values)  # noqa: E731
        tables["dim_group"] += draw(versions(make, business_unit_id=UNITS, declared_size=(2, 5)))
        for one in draw(st.lists(st.sampled_from([1, 2, 3]), max_size=3, unique=True)):
            make = lambda one=one, key=key, **values: member(one, key, **values)  # noqa: E731
            tables["bridge_membership"] += draw(versions(make, is_active=(True, True, False)))
    for table in OWNED:
        for key in range(draw(st.integers(0, 3))):
            owner = draw(st.sampled_from([1, 2, 3]))
            more = {"group_key": draw(st.sampled_from([7, 8]))} if table == "dim_assistance" else {}
            by = None if more and draw(st.booleans()) else owner
            make = lambda t=table, k=key, b=by, m=more, **v: held(t, k + 1, b, **m, **v)  # noqa: E731
            tables[table] += draw(versions(make, **{FIELDS[table]: ("a", "b")}))
    return tables


@st.composite
def viewers(draw: st.DrawFn) -> Viewer:
    """A viewer of some units by one role or two, with all entities or some."""
    roles = []
    for role in ("Officer", "Clerk")[: draw(st.integers(1, 2))]:
        units = draw(st.lists(st.sampled_from(UNITS[:3]), max_size=2, unique=True))
        tier = draw(st.sampled_from(["T1", "T2"]))
        entities = ["individual", *(one for one in catalog().records.entities[1:] if draw(st.integers(0, 5)))]
        roles += [permission(one, units, role=role, highest_tier=tier, may_open=True, row_limit=50) for one in entities]
    return viewer(None, *roles, login="ken")


def seen_units(who: Viewer) -> frozenset[str]:
    """Units whose persons' or groups' rows any role of theirs may see at all."""
    return frozenset(unit for one in who.permissions for unit in one.units or ())


def elsewhere(tables: Tables, other: Tables, units: frozenset[str]) -> Tables:
    """The same world with other rows wherever the viewer may not look."""
    changed: Tables = {}
    for table, key in (("dim_individual", "individual_key"), ("dim_group", "group_key")):
        mine = [row for row in tables[table] if row["business_unit_id"] in units]
        theirs = [row for row in other[table] if row["business_unit_id"] not in units]
        # one record has one version at a time: what would overlap with a version in scope is left out
        changed[table] = mine + [row for row in theirs if not any(_overlap(row, own, key) for own in mine)]
    for table in ("bridge_membership", *OWNED):
        mine = [row for row in tables[table] if _is_seen(row, changed, units)]
        theirs = [row for row in other[table] if not _is_seen(row, changed, units)]
        name = {"bridge_membership": "membership_id", "dim_address": "address_id"}.get(table)
        own = {row[name or _key(row)] for row in mine}
        changed[table] = mine + [row for row in theirs if row[name or _key(row)] not in own]
    return changed


def _key(row: Row) -> str:
    return next(name for name in row if name.endswith("_key"))


def _overlap(row: Row, other: Row, key: str) -> bool:
    return row[key] == other[key] and row["valid_from"] < other["valid_to"] and other["valid_from"] < row["valid_to"]


def _is_seen(row: Row, tables: Tables, units: frozenset[str]) -> bool:
    """Whether it holds at any time at which its owner is in scope."""
    table, key = ("dim_individual", "individual_key") if row["individual_key"] else ("dim_group", "group_key")
    owners = [one for one in tables[table] if one["business_unit_id"] in units]
    return any(_overlap(one, row, key) for one in owners)


@given(st.data())
def test_what_happens_out_of_scope_changes_no_case(shelf: Shelf, data: st.DataObject) -> None:
    tables, other, who = data.draw(worlds(), "world"), data.draw(worlds(), "elsewhere"), data.draw(viewers(), "viewer")
    changed = elsewhere(tables, other, seen_units(who))
    for case_id in data.draw(st.lists(st.sampled_from(ASKED), min_size=2, max_size=3, unique=True), "asked"):
        assert repr_of(shelf.told(changed, who, case_id)) == repr_of(shelf.told(tables, who, case_id))


def repr_of(told: Any) -> str:
    """Everything, which a repr of a case would not print."""
    if not isinstance(told, tuple):
        return repr(told)
    case, days, *derived = told
    several = [
        *case.persons,
        *case.groups,
        *case.memberships,
        *(one for kind in case.belongings.values() for one in kind),
    ]
    records = [(one.entity, one.person, one.group, [_of(v) for v in one.versions]) for one in [case.main, *several]]
    shown = [
        None if day is None else [(one.name, list(map(dict, one.records))) for one in day.sections] for day in days
    ]
    return repr((records, list(case.belongings), dict(case.meta), shown, derived))


def _differences(case: Case, day: date) -> list[Any]:
    """What is different since a day, with everything that is told of it."""
    since = datetime.combine(day, time.min)
    members = changes_of(case, since, HORIZON).members
    return [
        (of.subject, [[getattr(d, name) for name in Difference.__slots__] for d in of.differences]) for of in members
    ]


def _relative(one: Relative) -> list[Any]:
    return [getattr(one, name) for name in Relative.__slots__]


def _of(version: Any) -> tuple[Any, ...]:
    return version.first, version.until, dict(version.values)


@given(st.data())
def test_a_case_is_what_a_judge_lets_through_moment_by_moment(shelf: Shelf, data: st.DataObject) -> None:
    tables, who = data.draw(worlds(), "world"), data.draw(viewers(), "viewer")
    case = shelf.opened(tables, who, "i-1")
    assert not isinstance(case, str)
    assert (case is not None) == any(_fields(row, row, "individual", who) for row in _rows(tables, "dim_individual", 1))
    if case is None:
        return
    for moment in (*MOMENTS, *(one + timedelta(days=50) for one in MOMENTS)):
        person_now = _now(_rows(tables, "dim_individual", 1), moment)
        told = [one for one in case.main.versions if one.first <= moment and (one.until is None or moment < one.until)]
        expected = _fields(person_now, person_now, "individual", who) if person_now else None
        assert [_shown(version.values, "dim_individual") for version in told] == ([expected] if expected else [])
        for table in OWNED:
            entity = table.removeprefix("dim_").removeprefix("records_")
            told_now = sorted(
                _shown(version.values, table)
                for one in case.belongings.get(entity, ())
                if one.person == 1
                for version in one.versions
                if version.first <= moment and (version.until is None or moment < version.until)
            )
            held_now = [row for row in _rows(tables, table, 1) if row["valid_from"] <= moment < row["valid_to"]]
            judged = []
            for row in held_now:
                # what happened is judged by the version of its moment, what is held by that of now
                by = _now(_rows(tables, "dim_individual", 1), row["valid_from"]) if entity == "event" else person_now
                judged.append(_fields(row, by, entity, who, table) if by else None)
            assert told_now == sorted(one for one in judged if one is not None)


def _rows(tables: Tables, table: str, key: int) -> list[Row]:
    return [row for row in tables[table] if row["individual_key"] == key]


def _now(rows: list[Row], moment: datetime) -> Row | None:
    return next((row for row in rows if row["valid_from"] <= moment < row["valid_to"]), None)


_LOOKED_AT = {"dim_individual": ("sex_code", "ethnicity_code", "former_no"), **{one: (FIELDS[one],) for one in OWNED}}
_SENSITIVE = {"ethnicity_code", "need_code"}


def _fields(row: Row, owner: Row, entity: str, who: Viewer, table: str = "dim_individual") -> Any:
    """What the roles that cover the owner's unit show of a version; None where none does."""
    roles = [one for one in who.permissions if one.entity == entity and owner["business_unit_id"] in (one.units or ())]
    if not roles:
        return None
    deep = any(one.highest_tier == "T2" for one in roles)
    return tuple((name, row[name]) for name in _LOOKED_AT[table] if deep or name not in _SENSITIVE)


def _shown(values: Mapping[str, Any], table: str) -> Any:
    return tuple((name, values[name]) for name in _LOOKED_AT[table] if name in values)


@given(st.data())
def test_history_replayed_forwards_is_the_case_at_every_date(shelf: Shelf, data: st.DataObject) -> None:
    tables, who = data.draw(worlds(), "world"), data.draw(viewers(), "viewer")
    for case_id in ("i-1", "g-7"):
        case = shelf.opened(tables, who, case_id)
        if case is None or isinstance(case, str):
            continue
        told = timeline_of(case, START)
        assert [one.recorded_at for one in told.entries] == sorted(one.recorded_at for one in told.entries)
        for day in (*DAYS, *(moment.date() for moment in MOMENTS)):
            closing = HORIZON.closing(day)
            now: dict[int, Any] = {}
            for entry in told.entries:
                if entry.recorded_at < closing:
                    now |= {id(step.record): step.after for step in entry.steps}
            expected = {id(one): version for one in subject_of(case) if (version := at(one, closing))}
            assert {key: version for key, version in now.items() if version} == expected


@given(st.data())
def test_records_of_a_kind_are_those_of_the_cases(shelf: Shelf, data: st.DataObject) -> None:
    """Two ways to the same rows: case by case, and all of one kind at once."""
    tables, who = data.draw(worlds(), "world"), data.draw(viewers(), "viewer")
    day = HORIZON.closing(data.draw(st.sampled_from(DAYS), "day"))
    cases = {key: shelf.opened(tables, who, f"i-{key}") for key in (1, 2, 3)}
    for kind in ("individual", *(one.name for one in catalog().records.belongings(catalog().records["individual"]))):
        expected = []
        for key, case in cases.items():
            assert not isinstance(case, str)
            if case is not None:
                held = [case.main] if kind == "individual" else case.belongings.get(kind, ())
                now = [(one, at(one, day)) for one in held if one.person == key]
                expected += [(f"i-{key}", _values(version.values, kind)) for _, version in now if version]
        fetched = shelf.fetched(tables, who, kind, day)
        assert sorted(fetched, key=repr) == sorted(expected, key=repr)


def _values(values: Mapping[str, Any], kind: str) -> list[tuple[str, Any]]:
    return [(name, values[name]) for name in catalog().records[kind].fields if name in values]


@given(st.data())
def test_changes_lead_from_the_one_day_to_the_other(shelf: Shelf, data: st.DataObject) -> None:
    """What is told to be different of a person is what differs between the two versions, and nothing else."""
    tables, who = data.draw(worlds(), "world"), data.draw(viewers(), "viewer")
    day = data.draw(st.sampled_from([*DAYS, *(moment.date() for moment in MOMENTS[1:])]), "since")
    case = shelf.opened(tables, who, "i-1")
    if case is None or isinstance(case, str):
        return
    since = datetime.combine(day, time.min)
    old, new = at(case.main, since), case.main.versions[-1]
    differences = [one for of in changes_of(case, since, HORIZON).members for one in of.differences if not one.record]
    if old is not None and new.until is None:
        both = old.said.keys() & new.said.keys()
        expected = {(name, old.said[name], new.said[name]) for name in both if old.said[name] != new.said[name]}
        told = [(one.name, one.before, one.after) for one in differences if one.how == "changed"]
        assert len(told) == len(set(told)) and set(told) == expected
    undone = [one for one in differences if one.how == "undone" and one.name]
    assert all(one.before == one.after and one.between for one in undone)
