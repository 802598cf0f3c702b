"""Tiny hand-made figures: the tables that questions are asked of, from a few rows, without a warehouse.

A `World` is rows of Python values. `Desk` puts one into DuckDB and takes a request down the whole road, from `resolve`
to `release`, for a viewer with real permissions. `write_home` makes a home folder of it for the doors.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import duckdb
import pyarrow as pa

from dataport.access import Permission, ScopedQuestion, Viewer, ViewerClass, guard
from dataport.dictionary import CodeLists
from dataport.disclosure import SafeTable, release
from dataport.engine import Figures, RawAnswer, explain, finish_change, lower, plan, seal, why_empty
from dataport.engines.duckdb import DuckDB
from dataport.semantic import DEFINITIONS, Catalog, Horizon, Request, load_catalog, resolve, resolve_change
from dataport.semantic.rollup import Rollup
from dataport.warehouse.narrow import FACTS, KEPT_AS_TEXT, enum_of

Row: TypeAlias = Mapping[str, Any]

START = datetime(2021, 12, 31, 23, 59, 59)
WATERMARK = datetime(2022, 2, 28, 23, 59, 59, 1)
ALWAYS_FROM = datetime(1900, 1, 1)
OPEN_END = datetime(9999, 12, 31)

_TEXT, _KEY, _FLAG, _STAMP, _DAY = pa.string(), pa.int64(), pa.bool_(), pa.timestamp("us"), pa.date32()

_PLACED = {
    "business_unit_id": _TEXT,
    "operation_code": _TEXT,
    "country_of_asylum_code": _TEXT,
    "country_of_origin_code": _TEXT,
    "place_id": _TEXT,
    "population_type_code": _TEXT,
    "process_status_code": _TEXT,
}
_PERSONAL = {
    "legal_status_code": _TEXT,
    "marital_status_code": _TEXT,
    "education_level_code": _TEXT,
    "occupation_code": _TEXT,
    "accommodation_code": _TEXT,
    "settlement_code": _TEXT,
    "relationship_code": _TEXT,
    "is_focal_point": _FLAG,
    "has_valid_document": _FLAG,
    "has_recent_contact": _FLAG,
}
_REGISTERED = {"registration_key": _KEY, "registration_rank": pa.int32()}
_VALIDITY = {"valid_from": _STAMP, "valid_to": _STAMP}
_CAUSES = {"start_cause_code": _TEXT, "end_cause_code": _TEXT}

# What checks say, as the definitions read it: whether a record fails each KPI, and what is added up of it.
OF_PERSONS_KPIS = tuple(f"k{number:02d}" for number in (*range(2, 24), *range(27, 32)))
OF_GROUPS_KPIS = ("k24", "k25", "k26")
PARTS = tuple(f"{part}_{how}" for part in ("global", "own", "socio_economic") for how in ("filled", "asked"))
_JUDGED = {
    **dict.fromkeys(OF_PERSONS_KPIS, _FLAG),
    **dict.fromkeys((*PARTS, "filled", "asked", "issue_count"), pa.int32()),
}

_FACTS: Mapping[str, Mapping[str, pa.DataType]] = {
    "fct_population": {
        "individual_key": _KEY,
        **_REGISTERED,
        "group_key": _KEY,
        **_PLACED,
        "sex_code": _TEXT,
        "age_group_code": _TEXT,
        "has_specific_need": _FLAG,
        "birth_country_code": _TEXT,
        "birth_date": _DAY,
        "arrival_date": _DAY,
        **_PERSONAL,
        **_VALIDITY,
        **_CAUSES,
        "start_changes": pa.int32(),
        "end_changes": pa.int32(),
    },
    "fct_group": {
        "group_key": _KEY,
        **_PLACED,
        "active_member_count": pa.int32(),
        "focal_point_sex_code": _TEXT,
        **_VALIDITY,
        **_CAUSES,
    },
    "fct_registration_event": {
        "event_key": _KEY,
        "individual_key": _KEY,
        **_REGISTERED,
        "event_type_code": _TEXT,
        "event_date": _DAY,
        "recorded_at": _STAMP,
        "state_at": _STAMP,
        **_PLACED,
        "sex_code": _TEXT,
        "age_group_code": _TEXT,
    },
    "fct_specific_need": {
        "specific_need_key": _KEY,
        "individual_key": _KEY,
        **_REGISTERED,
        "need_category_code": _TEXT,
        "need_code": _TEXT,
        "need_status_code": _TEXT,
        **_PLACED,
        "sex_code": _TEXT,
        "age_group_code": _TEXT,
        **_VALIDITY,
    },
    "fct_document": {
        "document_key": _KEY,
        "individual_key": _KEY,
        **_REGISTERED,
        "document_type_code": _TEXT,
        "is_valid": _FLAG,
        **_PLACED,
        "sex_code": _TEXT,
        "age_group_code": _TEXT,
        **_VALIDITY,
    },
    "fct_assistance": {
        "assistance_key": _KEY,
        "individual_key": _KEY,
        **_REGISTERED,
        "group_key": _KEY,
        "assistance_type_code": _TEXT,
        "sector_code": _TEXT,
        "assistance_status_code": _TEXT,
        "provided_date": _DAY,
        "value_usd": _KEY,
        **_PLACED,
        "sex_code": _TEXT,
        "age_group_code": _TEXT,
        **_VALIDITY,
    },
    "fct_quality": {
        "individual_key": _KEY,
        **_REGISTERED,
        **_PLACED,
        "sex_code": _TEXT,
        "age_group_code": _TEXT,
        **_JUDGED,
        "is_complete": _FLAG,
        **_VALIDITY,
        **_CAUSES,
        "start_changes": pa.int32(),
        "end_changes": pa.int32(),
    },
    "fct_quality_episode": {
        "episode_key": _KEY,
        "individual_key": _KEY,
        **_REGISTERED,
        **_PLACED,
        "sex_code": _TEXT,
        "age_group_code": _TEXT,
        "kpi_code": _TEXT,
        "wrong_at": _STAMP,
        "corrected_at": _STAMP,
        "days_to_correction": pa.int32(),
    },
    "fct_group_quality": {
        "group_key": _KEY,
        **_PLACED,
        **dict.fromkeys(OF_GROUPS_KPIS, _FLAG),
        "issue_count": pa.int32(),
        **_VALIDITY,
        **_CAUSES,
    },
    "dim_check": {"check_name": _TEXT, "version": pa.int32(), "condition_digest": _TEXT},
    "dim_country": {"country_code": _TEXT, "bureau_code": _TEXT, "region_code": _TEXT, **_VALIDITY},
    "dim_place": {"place_id": _TEXT, **{f"level_{n}_id": _TEXT for n in range(1, 5)}, **_VALIDITY},
    "dim_education": {"education_level_code": _TEXT, "education_band_code": _TEXT},
    "dim_occupation": {
        "occupation_code": _TEXT,
        **{f"{group}_group_code": _TEXT for group in ("major", "sub_major", "minor", "unit")},
    },
    "dim_age_group": {"age_group_code": _TEXT, "standard_age_group_code": _TEXT},
    "dim_unit_source": {"business_unit_id": _TEXT, "source_id": _TEXT, "operation_code": _TEXT},
    "dim_business_unit": {
        "business_unit_id": _TEXT,
        "parent_business_unit_id": _TEXT,
        "business_unit_name": _TEXT,
        "kind_code": _TEXT,
        **_VALIDITY,
        "is_current": _FLAG,
    },
}

# The reporting attributes of somebody about whom a story says nothing else.
_ORDINARY = {
    "business_unit_id": "KEN-CO",
    "operation_code": "KEN",
    "country_of_asylum_code": "KEN",
    "country_of_origin_code": "SOM",
    "place_id": "20KEN000",
    "population_type_code": "REF",
    "process_status_code": "A",
}
_LASTING = {"valid_from": START, "valid_to": OPEN_END}
_DEFAULTS: Mapping[str, Row] = {
    "fct_population": {
        **_ORDINARY,
        "group_key": 1,
        "sex_code": "F",
        "age_group_code": "25-49",
        "has_specific_need": False,
        "legal_status_code": "REF",
        "is_focal_point": False,
        "has_valid_document": True,
        "has_recent_contact": True,
        **_LASTING,
    },
    "fct_group": {**_ORDINARY, "active_member_count": 1, "focal_point_sex_code": "F", **_LASTING},
    "fct_registration_event": {
        **_ORDINARY,
        "event_type_code": "registration",
        "event_date": date(2022, 1, 10),
        "recorded_at": datetime(2022, 1, 10, 12),
        "sex_code": "F",
        "age_group_code": "25-49",
    },
    "fct_specific_need": {
        **_ORDINARY,
        "need_category_code": "DS",
        "need_code": "DS-DF",
        "need_status_code": "A",
        "sex_code": "F",
        "age_group_code": "25-49",
        **_LASTING,
    },
    "fct_document": {
        **_ORDINARY,
        "document_type_code": "POR",
        "is_valid": True,
        "sex_code": "F",
        "age_group_code": "25-49",
        **_LASTING,
    },
    "fct_assistance": {
        **_ORDINARY,
        "assistance_type_code": "CSH",
        "sector_code": "BN",
        "assistance_status_code": "PR",
        "provided_date": date(2022, 1, 10),
        "value_usd": 100,
        "sex_code": "F",
        "age_group_code": "25-49",
        **_LASTING,
    },
    "fct_quality": {
        **_ORDINARY,
        "sex_code": "F",
        "age_group_code": "25-49",
        **dict.fromkeys(OF_PERSONS_KPIS, False),
        **dict.fromkeys((*PARTS, "filled", "asked"), 1),
        "issue_count": 0,
        "is_complete": True,
        **_LASTING,
    },
    "fct_quality_episode": {**_ORDINARY, "sex_code": "F", "age_group_code": "25-49", "kpi_code": "K05"},
    "fct_group_quality": {**_ORDINARY, **dict.fromkeys(OF_GROUPS_KPIS, False), "issue_count": 0, **_LASTING},
    "dim_check": {},
    "dim_country": {"valid_from": ALWAYS_FROM, "valid_to": OPEN_END},
    "dim_place": {"valid_from": ALWAYS_FROM, "valid_to": OPEN_END},
    "dim_education": {},
    "dim_occupation": {},
    "dim_age_group": {},
    "dim_unit_source": {"source_id": "one"},
    "dim_business_unit": {"valid_from": ALWAYS_FROM, "valid_to": OPEN_END, "is_current": True},
}
_SERIAL = {
    "fct_population": "individual_key",
    "fct_group": "group_key",
    "fct_registration_event": "event_key",
    "fct_specific_need": "specific_need_key",
    "fct_document": "document_key",
    "fct_assistance": "assistance_key",
    "fct_quality": "individual_key",
    "fct_group_quality": "group_key",
    "fct_quality_episode": "episode_key",
}

COUNTRIES: tuple[Row, ...] = tuple(
    {
        "country_code": code,
        "bureau_code": bureau,
        "region_code": "MENA" if bureau == "MENA" else "AFR",
        "valid_from": ALWAYS_FROM,
        "valid_to": OPEN_END,
    }
    for code, bureau in (("KEN", "EHAGL"), ("UGA", "EHAGL"), ("SOM", "EHAGL"), ("SSD", "EHAGL"), ("SYR", "MENA"))
)
_NO_FINER = {"level_3_id": None, "level_4_id": None}
PLACES: tuple[Row, ...] = tuple(
    {
        "place_id": place,
        "level_1_id": first,
        "level_2_id": second,
        "level_3_id": None,
        "level_4_id": None,
        "valid_from": ALWAYS_FROM,
        "valid_to": OPEN_END,
    }
    for place, first, second in (
        ("20KEN000", "20KEN000", None),
        ("20UGA000", "20UGA000", None),
        ("KENs001093", "20KEN009", "KENs001093"),
    )
)
EDUCATION: tuple[Row, ...] = tuple(
    {"education_level_code": level, "education_band_code": band}
    for level, band in (("NE", "NONE"), ("3", "PRI"), ("03", "PRI"), ("UG", "TER"))
)
UNIT_SOURCES: tuple[Row, ...] = tuple(
    {"business_unit_id": unit, "source_id": "one", "operation_code": unit[:3]}
    for unit in ("KEN-CO", "UGA-CO", "SSD-CO")
)
OFFICES: tuple[Row, ...] = tuple(
    {
        "business_unit_id": unit,
        "parent_business_unit_id": parent,
        "business_unit_name": name,
        "kind_code": kind,
        "valid_from": ALWAYS_FROM,
        "valid_to": OPEN_END,
        "is_current": True,
    }
    for unit, parent, name, kind in (
        ("HQ", None, "Headquarters", "headquarters"),
        ("KEN-CO", "HQ", "Kenya", "country_office"),
        ("UGA-CO", "HQ", "Uganda", "country_office"),
        ("SSD-CO", "HQ", "South Sudan", "country_office"),
    )
)
OCCUPATIONS: tuple[Row, ...] = tuple(
    {
        "occupation_code": code,
        "major_group_code": major,
        "sub_major_group_code": code[:2] if len(code) > 1 else None,
        "minor_group_code": code[:3] if len(code) > 2 else None,
        "unit_group_code": code if len(code) > 3 else None,
    }
    for code, major in (("1", None), ("2320", "2"), ("61", "6"))
)
AGE_GROUPS: tuple[Row, ...] = tuple(
    {"age_group_code": detailed, "standard_age_group_code": standard}
    for detailed, standard in (
        ("0-4", "0-4"),
        ("5-11", "5-11"),
        ("12-17", "12-17"),
        ("18-24", "18-59"),
        ("25-49", "18-59"),
        ("50-59", "18-59"),
        ("60+", "60+"),
    )
)


def steps_of(rollup: Rollup, rows: Iterable[Row], watermark: datetime) -> tuple[Row, ...]:
    """A rollup, row by row: one more from the day on which it opens, one less from that on which it closes."""
    steps: dict[tuple[Any, ...], Counter[str]] = {}
    for row in rows:
        cell = tuple(row[name] for name in rollup.columns)
        counted = _counted(rollup, row)
        steps.setdefault((*cell, _step_day(row["valid_from"], watermark)), Counter()).update(counted)
        if row["valid_to"] < OPEN_END:
            steps.setdefault((*cell, _step_day(row["valid_to"], watermark)), Counter()).subtract(counted)
    return _stepped(rollup, steps)


def _counted(rollup: Rollup, row: Row) -> dict[str, int]:
    """What a row adds to each column of steps."""
    found = {rollup.count: 1}
    for flag in rollup.flags:
        found |= {f"{flag}_true": int(row[flag] is True), f"{flag}_known": int(row[flag] is not None)}
    return found | {f"{number}_sum": row[number] for number in rollup.sums}


def _stepped(rollup: Rollup, steps: Mapping[tuple[Any, ...], Counter[str]]) -> tuple[Row, ...]:
    return tuple(
        {**dict(zip((*rollup.columns, rollup.day), key, strict=True)), **{name: count[name] for name in rollup.steps}}
        for key, count in steps.items()
        if any(count.values())
    )


def with_boundaries(name: str, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """Rows with what their boundaries say: the causes where none are given, and which attributes changed there."""
    fact = catalog().facts[name]
    assert fact.boundaries
    attributes = [one for one in fact.boundaries.attributes if rows and one in rows[0]]
    by_unit: dict[Any, list[dict[str, Any]]] = {}
    told = [dict(row) for row in rows]
    for row in sorted(told, key=lambda one: one["valid_from"]):
        by_unit.setdefault(row[fact.unit], []).append(row)
    for history in by_unit.values():
        for before, row in zip([None, *history], history, strict=False):
            continued = before is not None and before["valid_to"] == row["valid_from"]
            ordinary = "updated" if continued else "restored" if before else "registered"
            row["start_cause_code"] = row.get("start_cause_code") or ordinary
            changed = [one for one in attributes if continued and before[one] != row[one]]  # type: ignore[index]
            bits = sum(1 << fact.boundaries.attributes.index(one) for one in changed) if continued else -1
            if attributes and row.get("start_changes") is None:
                row["start_changes"] = bits
        for row, after in zip(history, [*history[1:], None], strict=True):
            if after is not None and after["valid_from"] == row["valid_to"]:
                row["end_cause_code"] = after["start_cause_code"]
                row |= {"end_changes": after["start_changes"]} if attributes else {}
            elif row["valid_to"] < OPEN_END:
                row["end_cause_code"] = row.get("end_cause_code") or "deleted"
                row |= {"end_changes": -1} if attributes and row.get("end_changes") is None else {}
    return tuple(told)


def by_month(rollup: Rollup, steps: Iterable[Row]) -> tuple[Row, ...]:
    """Steps with those of a month put together under its first day."""
    months: dict[tuple[Any, ...], Counter[str]] = {}
    for step in steps:
        key = (*(step[name] for name in rollup.columns), step[rollup.day].replace(day=1))
        months.setdefault(key, Counter()).update({name: step[name] for name in rollup.steps})
    return _stepped(rollup, months)


def _step_day(moment: datetime, watermark: datetime) -> date:
    """The day of a moment; of one that the last day, cut at the watermark, does not see, the day after it at least."""
    return moment.date() if moment < watermark else max(moment.date(), watermark.date() + timedelta(days=1))


@dataclass(frozen=True, slots=True)
class World:
    """Everything that one figures file knows.

    Attributes:
        links: persons with two records, as a confirmed link joins them: the one that stands for them first.
    """

    population: tuple[Row, ...] = ()
    groups: tuple[Row, ...] = ()
    events: tuple[Row, ...] = ()
    needs: tuple[Row, ...] = ()
    documents: tuple[Row, ...] = ()
    assistance: tuple[Row, ...] = ()
    countries: tuple[Row, ...] = COUNTRIES
    age_groups: tuple[Row, ...] = AGE_GROUPS
    places: tuple[Row, ...] = PLACES
    education: tuple[Row, ...] = EDUCATION
    occupations: tuple[Row, ...] = OCCUPATIONS
    unit_sources: tuple[Row, ...] = UNIT_SOURCES
    offices: tuple[Row, ...] = OFFICES
    start: datetime = START
    watermark: datetime = WATERMARK
    links: tuple[tuple[int, int], ...] = ()
    quality: tuple[Row, ...] = ()
    group_quality: tuple[Row, ...] = ()
    episodes: tuple[Row, ...] = ()

    def rows(self, table: str) -> tuple[Row, ...]:
        """The rows of a table by its name in the file."""
        for rollup in catalog().rollups.values():
            if table in rollup.tables:
                steps = steps_of(rollup, self.rows(catalog().facts[rollup.of].table), self.watermark)
                return steps if table == rollup.table else by_month(rollup, steps)
        by_table = {
            "fct_population": with_boundaries("population", self.population),
            "fct_group": with_boundaries("groups", self.groups),
            "fct_registration_event": self.events,
            "fct_specific_need": self.needs,
            "fct_document": self.documents,
            "fct_assistance": self.assistance,
            "fct_quality": with_boundaries("quality", self.quality),
            "fct_quality_episode": self.episodes,
            "fct_group_quality": with_boundaries("group_quality", self.group_quality),
            "dim_check": (),
            "dim_country": self.countries,
            "dim_age_group": self.age_groups,
            "dim_place": self.places,
            "dim_education": self.education,
            "dim_occupation": self.occupations,
            "dim_unit_source": self.unit_sources,
            "dim_business_unit": self.offices,
        }
        return self._registered(by_table[table]) if "registration_key" in COLUMNS[table] else by_table[table]

    def _registered(self, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        """Rows with the registration of their person, and the instant of what happened where it is not said."""
        rank = {key: (min(pair), place) for pair in self.links for place, key in enumerate(pair, start=1)}
        found = []
        for row in rows:
            key, place = rank.get(row["individual_key"], (row["individual_key"], None))
            found.append({**row, "registration_key": key, "registration_rank": place})
            if "state_at" in row or "event_key" in row:
                found[-1]["state_at"] = row.get("state_at") or row["recorded_at"]
        return tuple(found)


def rows_of(table: str, rows: str | Sequence[Row]) -> tuple[Row, ...]:
    """Rows of a table, complete: what is not said is ordinary, and keys not said are counted from 1.

    Args:
        table: its name in the figures file.
        rows: an ASCII table, one header line and ``|`` between cells, or the rows as mappings.
    """
    said = _ascii(table, rows) if isinstance(rows, str) else rows
    serial = _SERIAL.get(table)
    numbered = ({serial: number, **row} if serial else row for number, row in enumerate(said, start=1))
    nothing = dict.fromkeys(COLUMNS[table])
    return tuple({**nothing, **_DEFAULTS[table], **row} for row in numbered)


def world(
    population: str | Sequence[Row] = (),
    groups: str | Sequence[Row] = (),
    events: str | Sequence[Row] = (),
    needs: str | Sequence[Row] = (),
    documents: str | Sequence[Row] = (),
    assistance: str | Sequence[Row] = (),
    **more: Any,
) -> World:
    """A world of a few rows; see `rows_of`. Dimensions may be given as ASCII tables or rows too."""
    given = {
        "countries": "dim_country", "age_groups": "dim_age_group", "places": "dim_place", "quality": "fct_quality",
        "group_quality": "fct_group_quality", "episodes": "fct_quality_episode",
    }  # fmt: skip
    for name, table in given.items():
        if name in more:
            more[name] = rows_of(table, more[name])
    return World(
        rows_of("fct_population", population),
        rows_of("fct_group", groups),
        rows_of("fct_registration_event", events),
        rows_of("fct_specific_need", needs),
        rows_of("fct_document", documents),
        rows_of("fct_assistance", assistance),
        **more,
    )


def _ascii(table: str, text: str) -> list[Row]:
    """``-`` is unknown; an empty cell is what is ordinary."""
    lines = [line.strip().strip("|") for line in text.strip().splitlines() if not set(line.strip()) <= set("|-+ ")]
    header, *body = [[cell.strip() for cell in line.split("|")] for line in lines]
    return [
        {name: _value(table, name, cell) for name, cell in zip(header, cells, strict=True) if cell} for cells in body
    ]


def _value(table: str, column: str, cell: str) -> Any:
    if cell == "-":
        return None
    kind = COLUMNS[table][column]
    if kind == _FLAG:
        return {"yes": True, "no": False}[cell]
    if pa.types.is_integer(kind):
        return int(cell)
    if kind == _STAMP:
        return OPEN_END if cell == "open" else datetime.fromisoformat(cell)
    return date.fromisoformat(cell) if kind == _DAY else cell


def arrow(table: str, rows: Iterable[Row]) -> pa.Table:
    """Rows as the table's columns and types; a row may not have others."""
    found = list(rows)
    assert all(set(row) <= set(COLUMNS[table]) for row in found), f"unknown columns in {table}"
    return pa.Table.from_pylist(found, schema=pa.schema(list(COLUMNS[table].items())))


def fill(connection: duckdb.DuckDBPyConnection, what: World) -> None:
    """Put a world's tables into a database, over those that were there."""
    tables = {table: arrow(table, what.rows(table)) for table in COLUMNS}
    types = _narrow(tables)
    for table, rows in tables.items():
        kept = [f'cast("{name}" as {types[name]}) as "{name}"' for name in rows.column_names if name in types]
        columns = f"* replace ({', '.join(kept)})" if kept and table.startswith(FACTS) else "*"
        connection.register("rows_to_fill", rows)
        connection.execute(f'create or replace table "{table}" as select {columns} from rows_to_fill')
        connection.unregister("rows_to_fill")
    connection.execute(
        "create or replace table build as select 1 as build_number, $built::timestamp as built_at, "
        "$start::timestamp as history_start, $watermark::timestamp as watermark",
        {"built": what.watermark, "start": what.start, "watermark": what.watermark},
    )


def _narrow(tables: Mapping[str, pa.Table]) -> dict[str, str]:
    """The types that a build gives the columns of codes, by their names, where there is any row."""
    values: dict[str, set[str]] = {}
    for table, rows in tables.items():
        for field in rows.schema if table.startswith(FACTS) else ():
            if field.type == _TEXT and field.name not in KEPT_AS_TEXT:
                values.setdefault(field.name, set()).update(filter(None, rows[field.name].unique().to_pylist()))
    return {name: enum_of(members) for name, members in values.items() if members}


def write_figures(path: Path, what: World) -> Path:
    """A figures file of a world."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        fill(connection, what)
    return path


class MemoryFigures(Figures):
    """Figures without a file, refilled for every world: what a test of a thousand worlds can afford."""

    def __init__(self) -> None:
        self.data_version = 1
        self.engine = DuckDB(duckdb.connect(":memory:", config={"threads": "1"}))

    def refill(self, what: World) -> None:
        fill(self.engine.connection, what)
        self.horizon = Horizon(what.start, what.watermark, has_links=bool(what.links))


@cache
def catalog() -> Catalog:
    """The project's own definitions."""
    return load_catalog(DEFINITIONS, CodeLists())


def _rollups() -> dict[str, dict[str, pa.DataType]]:
    """The tables of the rollups: what they keep is as it is in their facts, and they count."""
    found = {}
    for rollup in catalog().rollups.values():
        of = _FACTS[catalog().facts[rollup.of].table]
        kept = {name: of[name] for name in rollup.columns}
        found |= {table: {**kept, rollup.day: _DAY, **dict.fromkeys(rollup.steps, _KEY)} for table in rollup.tables}
    return found


# The tables of a figures file, with their columns.
COLUMNS: Mapping[str, Mapping[str, pa.DataType]] = {**_FACTS, **_rollups()}


ENTITIES = ("individual", "registration_group", "event", "specific_need", "document", "assistance", "address")


def permission(entity: str, units: Iterable[str] | None = None, **changed: Any) -> Permission:
    """A role's permission on an entity: all rows (None) or those of some units, and nothing else held back."""
    wide = Permission(
        role="Analyst",
        entity=entity,
        units=None if units is None else frozenset(units),
        may_count=True,
        may_open=False,
        finest_place_level=6,
        highest_tier="T2",
        row_limit=0,
    )
    return replace(wide, **changed)


def viewer(units: Iterable[str] | None = None, *permissions: Permission, login: str = "ana", **changed: Any) -> Viewer:
    """A registration viewer: the given permissions, or one on every entity."""
    listed = None if units is None else tuple(units)
    given = permissions or tuple(permission(entity, listed, **changed) for entity in ENTITIES)
    return Viewer(login, ViewerClass.REGISTRATION, given, 1)


WIDE = viewer()
KENYA = viewer(["KEN-CO"])
NOBODY = viewer([])


class Desk:
    """Where a world answers requests. One DuckDB instance, reused."""

    def __init__(self, what: World | None = None, definitions: Catalog | None = None) -> None:
        self.catalog = definitions or catalog()
        self.figures = MemoryFigures()
        if what is not None:
            self.show(what)

    def show(self, what: World) -> Desk:
        """Answer from another world from now on."""
        self.figures.refill(what)
        return self

    def scoped(self, request: Request, who: Viewer = WIDE) -> ScopedQuestion:
        """The request after resolve and guard."""
        return guard(resolve(request, self.catalog, self.figures.horizon), who)

    def request(self, request: Request, who: Viewer = WIDE, *, rollups: bool = True) -> SafeTable:
        """The whole road; `meta` holds no more than why an answer is empty."""
        scoped = self.scoped(request, who)

        def run(asked: ScopedQuestion) -> RawAnswer:
            return self.figures.run(seal(lower(plan(asked, rollups=rollups)), asked))

        raw = run(scoped)
        why = why_empty(raw.rows, scoped, self.figures.horizon, lambda asked: run(asked).rows)
        return release(raw, scoped, {"limits": list(why)})

    def ask(self, *indicators: str, who: Viewer = WIDE, **words: Any) -> SafeTable:
        """The whole road, for the words of a request."""
        return self.request(Request(indicators, **words), who)

    def change(self, indicator: str, between: tuple[date, date], who: Viewer = WIDE, **words: Any) -> SafeTable:
        """The whole road of a change between two days."""
        asked = Request((indicator,), as_of=between[1], compare=between[0], **words)
        return self.changed(asked, who)

    def changed(self, request: Request, who: Viewer = WIDE, *, rollups: bool = True) -> SafeTable:
        """The same, of a request."""
        scoped = guard(resolve_change(request, self.catalog, self.figures.horizon), who)
        raw = self.figures.run(seal(lower(plan(scoped, rollups=rollups)), scoped))
        return release(finish_change(raw, scoped), scoped, {})

    def rows(self, *indicators: str, who: Viewer = WIDE, **words: Any) -> list[tuple[Any, ...]]:
        """The rows of an answer as tuples."""
        return tuples(self.ask(*indicators, who=who, **words).data)

    def explained(self, request: Request, who: Viewer = WIDE) -> tuple[str, ...]:
        """The plan in words, then the statements."""
        scoped = self.scoped(request, who)
        planned = plan(scoped)
        statement = seal(lower(planned), scoped)
        return (*explain(planned), *(self.figures.engine.render(one.tree) for one in statement.queries))


def tuples(data: pa.Table) -> list[tuple[Any, ...]]:
    """An Arrow table as rows of Python values."""
    columns = [column.to_pylist() for column in data.columns]
    return list(zip(*columns, strict=True)) if columns else []


def write_home(home: Path, what: World, viewers: Iterable[Viewer], read_at: datetime) -> Path:
    """A home folder with published figures and grants, as the doors find them."""
    build, grants = home / "published" / "000001", home / "grants"
    build.mkdir(parents=True)
    grants.mkdir(parents=True)
    write_figures(build / "figures.duckdb", what)
    duckdb.connect(str(build / "records.duckdb")).close()  # records of nobody: a version has both files
    pointer = {
        "build_number": 1,
        "paths": {name: f"000001/{name}.duckdb" for name in ("figures", "records")},
        "history_start": what.start.isoformat(),
        "watermark": what.watermark.isoformat(),
        "built_at": what.watermark.isoformat(),
        "sources": [],
        "row_counts": {},
        "sha256": {},
        "batches": [1],
        "project_digest": "0",
    }
    (home / "published" / "CURRENT").write_text(json.dumps(pointer), encoding="utf-8")
    _write_grants(grants / "000001.duckdb", tuple(viewers), read_at)
    current = {"version": 1, "path": "000001.duckdb", "read_at": read_at.isoformat()}
    (grants / "CURRENT").write_text(json.dumps(current), encoding="utf-8")
    return home


def _write_grants(path: Path, viewers: tuple[Viewer, ...], read_at: datetime) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table account (login text, user_id text, class_code text, business_unit_id text)")
        connection.execute(
            "create table permission (permission_key integer, login text, role text, entity text, row_scope text, "
            "may_count boolean, may_open boolean, finest_place_level integer, highest_tier_code text, "
            "row_limit bigint, source_id text)"
        )
        connection.execute("create table permission_unit (permission_key integer, business_unit_id text)")
        connection.execute("create table shared_login (login text, sources text[])")
        connection.execute("create table unknown_permission (login text, role text, entity text, because text)")
        connection.execute(
            "create table recorder (source_id text, user_id text, login text, full_name text, business_unit_id text)"
        )
        connection.execute(
            "create table meta as select 1 as version, ?::timestamp as read_at, 'one' as source_id", [read_at]
        )
        for who in viewers:
            connection.execute(
                "insert into account values (?, ?, ?, null)", [who.login, who.login, who.viewer_class.value]
            )
        held = [(who.login, one) for who in viewers for one in who.permissions]
        for key, (login, one) in enumerate(held, start=1):
            _write_permission(connection, key, login, one)


def _write_permission(connection: duckdb.DuckDBPyConnection, key: int, login: str, one: Permission) -> None:
    scope = "all" if one.units is None else "units"
    values = [one.may_count, one.may_open, one.finest_place_level, one.highest_tier, one.row_limit]
    connection.execute(
        "insert into permission values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [key, login, one.role, one.entity, scope, *values, one.source],
    )
    for unit in sorted(one.units or ()):
        connection.execute("insert into permission_unit values (?, ?)", [key, unit])


def catalog_with(text: str) -> Catalog:
    """The project's definitions and some more."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(DEFINITIONS, folder, dirs_exist_ok=True)
        (Path(folder) / "more.yml").write_text(text, encoding="utf-8")
        return load_catalog(Path(folder), CodeLists())
