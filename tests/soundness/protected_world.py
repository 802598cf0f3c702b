"""A made-up cube of protected statistics, and what it tells of any question: slowly, cell by cell, in plain Python."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from dataport.dictionary import read_seed
from dataport.disclosure.protected.lattice import CanonicalTable, LatticeLevel, lattice
from dataport.disclosure.statistics import ServedStatistics

JANUARY, FEBRUARY, MARCH = date(2022, 1, 31), date(2022, 2, 28), date(2022, 3, 31)
DAYS = (JANUARY, MARCH)  # of February there is no snapshot

BUREAU = {"UGA": "EHAGL", "KEN": "EHAGL", "JOR": "MENA", "ABW": "AME"}
_PLACES = {row["location_code"]: row for row in read_seed("location") if row["country_code"] in BUREAU}
_BAND = {"0-4": "0-17", "5-11": "0-17", "12-17": "0-17", "18-59": "18-59", "60+": "60+"}
_GROUP = {"0-4": "0-4", "5-11": "5-11", "12-17": "12-17", "18-24": "18-59", "25-49": "18-59", "50-59": "18-59"}
_MEMBERS: dict[str, tuple[str | None, ...]] = {
    "sex": ("F", "M", None),
    "age_broad": ("0-17", "18-59", "60+", None),
    "age_group": (*_BAND, None),
    "age_group_detailed": (*_GROUP, "60+", None),
    "country_of_origin": ("SSD", "COD", "(other)", None),
    "population_type": ("REF", "ASY", "(other)", None),
    "marital_status": ("MA", "SN", "(other)", None),
    "education_band": ("PRI", None),
    "accommodation": ("CMP", None),
}
# What each simple indicator selects, and the bands that are added up where it is of those who are known.
_SELECTS: dict[str, dict[str, Any]] = {
    "active_asylum_seekers": {"population_type": "ASY"},
    "active_children": {"age_broad": "0-17"},
    "active_focal_points": {"is_focal_point": True},
    "active_individuals": {},
    "active_men_and_boys": {"sex": "M"},
    "active_of_working_age": {"age_group": "18-59"},
    "active_older_persons": {"age_group_detailed": "60+"},
    "active_refugees": {"population_type": "REF"},
    "active_women_and_girls": {"sex": "F"},
    "individuals_with_specific_needs": {"has_specific_need": True},
}
_KNOWN = {"known age": ("age_broad", ("0-17", "18-59", "60+")), "known sex": ("sex", ("F", "M"))}
_QUOTIENTS = {
    "active_individuals_per_focal_point": ("active_individuals", "active_focal_points"),
    "share_of_children": ("active_children", "known age"),
    "share_of_older_persons": ("active_older_persons", "known age"),
    "share_of_women_and_girls": ("active_women_and_girls", "known sex"),
    "share_of_working_age": ("active_of_working_age", "known age"),
    "share_with_specific_needs": ("individuals_with_specific_needs", "active_individuals"),
}
INDICATORS = (
    *_SELECTS, *_QUOTIENTS, "average_age", "dependency_ratio", "sex_ratio", "share_of_active_parent",
    "share_of_active_total",
)  # fmt: skip

Told = dict[str, Any]  # members by level, and whether a sensitive attribute is had
Known = tuple[float, frozenset[date]]


@dataclass(slots=True)
class World:
    """Which cells are published, and with what numbers, is drawn by a seed; some are printed again as they were."""

    seed: int
    _cells: dict[tuple[date, str], list[Told]] = field(default_factory=dict)

    def served(self) -> ServedStatistics:
        """As the service opens it."""
        return ServedStatistics(1, {day: lambda day=day: self._cube(day) for day in DAYS})

    def cells(self, day: date, table: CanonicalTable) -> list[Told]:
        """The published cells of a table."""
        if (day, table.name) not in self._cells:
            chance = random.Random(f"{self.seed} {day} {table.name}")
            share = chance.choice((0.6, 0.9, 1.0))
            rows = [row for row in self._rows(table) if chance.random() < share]
            self._cells[day, table.name] = [self._cell(row, table, day, chance) for row in rows]
        return self._cells[day, table.name]

    def _rows(self, table: CanonicalTable) -> list[Told]:
        several = [_members(level) for level in table.levels]
        split = [True, False] if table.sensitive else [None]
        return [
            {name: member for one in members for name, member in one.items()}
            | ({"has": has} if has is not None else {})
            for *members, has in product(*several, split)
        ]

    def _cell(self, row: Told, table: CanonicalTable, day: date, chance: random.Random) -> Told:
        persons = chance.choice((12, 25, 30, 40, 400))
        since = JANUARY if day == MARCH and chance.random() < 0.3 else None
        years = {"years": persons * chance.randint(5, 50), "years_as_of": since} if table.has_years else {}
        return {**row, "persons": persons, "as_of": since, **years}

    def _cube(self, day: date) -> Any:
        by_name = {table.name: table for table in lattice().tables()}
        manifest = SimpleNamespace(data_version=7, p_tables={"plain": "p"}, policy_version="rules", key_version=1)
        return SimpleNamespace(
            day=day,
            manifest=manifest,
            names=lambda: tuple(by_name),
            table=lambda name: _as_arrow(self.cells(day, by_name[name]), by_name[name]),
        )

    def told(self, name: str, day: date, row: Told, where: Told, only: set[str]) -> tuple[float | None, date | None]:
        """What is told of an indicator in a row on a day, and the earlier day that it is of."""
        if only - set(row):
            return None, None  # several members added up are no cell
        value, days = self._made(name, day, row, where, only)
        if len(days) > 1:
            oldest = min(days)
            value, days = self._made(name, oldest, row, where, only)
        if value is None or len(days) > 1:
            return None, None
        return value, next(iter(days - {day}), None)

    def _made(
        self, name: str, day: date, row: Told, where: Told, only: set[str]
    ) -> tuple[float | None, frozenset[date]]:
        def number(leaf: str, told: Told = row) -> Known | None:
            return self._number(leaf, day, told, where)

        if name in _SELECTS:
            found = number(name)
            return found or (None, frozenset())
        if name == "average_age":
            return self._mean(day, row, where)
        if name in _QUOTIENTS:
            part, whole = map(number, _QUOTIENTS[name])
            return _quotient(part, whole), _days(part, whole)
        if name.startswith("share_of_active"):
            above = list(row)[:-1] if name.endswith("parent") else []
            part = number("active_individuals")
            left_out = (set(row) - set(above)) & only
            whole = None if left_out else number("active_individuals", {level: row[level] for level in above})
            return _quotient(part, whole, is_part=True), _days(part, whole)
        up, down = ("active_men_and_boys",), "active_women_and_girls"
        if name == "dependency_ratio":
            up, down = ("active_children", "active_older_persons"), "active_of_working_age"
        several = [number(leaf) for leaf in (*up, down)]
        if None in several or several[-1][0] < 30:  # type: ignore[index]
            return None, _days(*several)
        *above_line, below = (one[0] for one in several if one)
        return 100 * sum(above_line) / below, _days(*several)

    def _number(self, leaf: str, day: date, row: Told, where: Told, column: str = "persons") -> Known | None:
        if leaf in _KNOWN:
            level, parts = _KNOWN[leaf]
            several = [self._published(day, row, where, {level: part}, column) for part in parts]
            if any(one is None for one in several) or any({**where, **row}.get(level, part) != part for part in parts):
                return None
            return sum(one[0] for one in several if one), _days(*several)
        selected = _SELECTS[leaf]
        if any(name in row and row[name] != member for name, member in selected.items()):
            return 0, frozenset()  # of nobody, by the definitions
        if _cannot_be({**where, **selected, **row}):
            return 0, frozenset()
        return self._published(day, row, where, selected, column)

    def _mean(self, day: date, row: Told, where: Told) -> tuple[float | None, frozenset[date]]:
        if _cannot_be({**where, **row}):
            return None, frozenset()
        years, persons = (self._number("known age", day, row, where, column) for column in ("years", "persons"))
        if years is None or persons is None or persons[0] < 30:
            return None, frozenset()
        return years[0] / persons[0], _days(years, persons)

    def _published(self, day: date, row: Told, where: Told, selected: Told, column: str) -> Known | None:
        """The one published cell of all that is said; None where there is none."""
        wanted = {**where, **selected, **row}
        attributes = {one.name for one in lattice().sensitive}
        split = {name for name in wanted if name in attributes}
        table = lattice().table_of(set(wanted) - split, split)
        assert table
        found = [
            cell
            for cell in self.cells(day, table)
            if all((cell["has"] if name in split else cell[name]) == member for name, member in wanted.items())
        ]
        if len(found) != 1:
            return None
        return found[0][column], frozenset((found[0]["years_as_of" if column == "years" else "as_of"] or day,))


def _members(level: LatticeLevel) -> list[Told]:
    """The members of a level, each with those of the coarser levels that it lies in."""
    match level.name:
        case "unhcr_bureau":
            return [{"unhcr_bureau": bureau} for bureau in sorted(set(BUREAU.values()))]
        case "country_of_asylum":
            return [{"unhcr_bureau": bureau, "country_of_asylum": country} for country, bureau in BUREAU.items()]
        case "location_level_1" | "location":
            return [_at(place, level.name) for place in (*sorted(_PLACES)[::40], *BUREAU)]
        case "age_group":
            return [{"age_broad": _BAND.get(one or ""), "age_group": one} for one in _MEMBERS["age_group"]]
        case "age_group_detailed":
            groups = [(one, _GROUP.get(one or "", one)) for one in _MEMBERS["age_group_detailed"]]
            return [
                {"age_broad": _BAND.get(group or ""), "age_group": group, "age_group_detailed": one}
                for one, group in groups
            ]
    return [{level.name: one} for one in _MEMBERS[level.name]]


def _at(place: str, finest: str) -> Told:
    """A place with all that it lies in; named by a country alone, the unknown place of that country."""
    country = place if place in BUREAU else _PLACES[place]["country_code"]
    known = None if place in BUREAU else place
    told: Told = {"unhcr_bureau": BUREAU[country], "country_of_asylum": country}
    if finest == "location_level_1":
        return told | {"location_level_1": known if known and _PLACES[known]["level"] == "1" else None}
    return told | {"location_level_1": None, "location": known}


def _as_arrow(cells: list[Told], table: CanonicalTable) -> pa.Table:
    rows = [_members(level)[0] for level in table.levels]
    names = [(name, pa.string()) for one in rows for name in one]
    numbers = [("persons", pa.int64()), ("as_of", pa.date32())]
    years = [("years", pa.int64()), ("years_as_of", pa.date32())] if table.has_years else []
    has = [("has", pa.bool_())] if table.sensitive else []
    return pa.Table.from_pylist(cells, pa.schema(names + has + numbers + years))


def _quotient(part: Known | None, whole: Known | None, *, is_part: bool = False) -> float | None:
    if part is None or whole is None or whole[0] < 30:
        return None
    rest = whole[0] - part[0]
    if (is_part or rest >= 0) and rest != 0 and rest < 10:
        return None  # too few would be left
    return part[0] / whole[0]


def _days(*several: Known | None) -> frozenset[date]:
    return frozenset(day for one in several if one for day in one[1])


def _cannot_be(told: Told) -> bool:
    said = {(name, member) for name, member in told.items() if isinstance(member, str)}
    said |= {tuple(name.split("=")) for name, has in told.items() if "=" in name and has is True}  # type: ignore[misc]
    return any(
        {(row["level"], row["member"]), (row["other_level"], row["other_member"])} <= said
        for row in read_seed("structural_zero")
    )
