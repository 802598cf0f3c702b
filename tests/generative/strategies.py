"""Random worlds, requests and viewers: few members and many collisions, so that the odd cases are common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from figures import (
    COUNTRIES,
    ENTITIES,
    OF_GROUPS_KPIS,
    OF_PERSONS_KPIS,
    OPEN_END,
    PARTS,
    World,
    catalog_with,
    permission,
    viewer,
)
from hypothesis import strategies as st
from oracle.dates import period_compared, spans_since

from dataport.access import Viewer
from dataport.semantic import Catalog, DateRange, OrderBy, Request, breaks_down, goes_with
from dataport.semantic.condition import AllOf, AnyOf, Between, Compare, Condition, IsUnknown, Not, OneOf, in_words
from dataport.semantic.formula import Change
from dataport.semantic.model import Indicator, Level

MORE = Path(__file__).parent / "more.yml"
MICROSECOND = timedelta(microseconds=1)

UNITS = ["KEN-CO", "UGA-CO", "SOM-FO"]
STARTS = [datetime(2021, 12, 31, 23, 59, 59), datetime(2022, 1, 1), datetime(2021, 11, 15, 10)]
WATERMARKS = [datetime(2022, 2, 28, 23, 59, 59, 1), datetime(2022, 3, 1), datetime(2022, 2, 15, 8)]
INSTANTS = [
    datetime(2021, 12, 31, 23, 59, 59, 5),
    datetime(2022, 1, 1),
    datetime(2022, 1, 1) + MICROSECOND,
    datetime(2022, 1, 10, 9),
    datetime(2022, 1, 20, 9),
    datetime(2022, 2, 1) - MICROSECOND,
    datetime(2022, 2, 1),
    datetime(2022, 2, 14, 7, 59, 59),
]
MEMBERS: dict[str, Sequence[Any]] = {
    "business_unit_id": [*UNITS, None],
    "operation_code": ["KEN", "ARE", None],
    "country_of_asylum_code": ["KEN", "UGA", "SYR", "XXX", None],
    "country_of_origin_code": ["SOM", "SSD", None],
    "place_id": ["20KEN000", "20UGA000", None],
    "population_type_code": ["REF", "ASY", "???", None],
    "process_status_code": ["A", "A", "A", "I", "H", None],
    "sex_code": ["F", "M", "X", None],
    "age_group_code": ["0-4", "18-24", "60+", "none of these", None],
    "has_specific_need": [True, False, None],
    "legal_status_code": ["REF", "ASR", None],
    "marital_status_code": ["SN", "MA", None],
    "education_level_code": ["NE", "3", "03", "UG", "??", None],
    "occupation_code": ["1", "2320", "61", "??", None],
    "accommodation_code": ["U", "X", None],
    "settlement_code": ["U", "R", None],
    "relationship_code": ["PA", "SON", None],
    "is_focal_point": [True, False],
    "has_valid_document": [True, False],
    "has_recent_contact": [True, False],
    "focal_point_sex_code": ["F", "M", None],
    "need_category_code": ["DS", "SM", None],
    "need_code": ["DS-DF", "SM-MI", None],
    "need_status_code": ["A", "A", "R", None],
    "document_type_code": ["POR", "PAS", None],
    "is_valid": [True, True, False],
    "birth_country_code": ["SOM", "SYR", None],
    "birth_date": [date(2000, 2, 29), date(2004, 1, 20), date(2021, 12, 31), date(2022, 2, 10), None],
    "arrival_date": [date(2021, 12, 31), date(2022, 1, 20), date(2022, 2, 1), None],
    "assistance_type_code": ["CSH", "FOD", None],
    "sector_code": ["BN", None],
    "assistance_status_code": ["PR", "PR", "PL", None],
    "provided_date": [date(2021, 12, 31), date(2022, 1, 10), date(2022, 2, 1), None],
    "value_usd": [0, 5, 100, None],
}
VALUES: dict[str, Sequence[Any]] = {
    "country_of_asylum": ["KEN", "UGA", "SYR", "ABW"],
    "unhcr_bureau": ["EHAGL", "MENA", "AME"],
    "operation": ["KEN", "unhcr:ARE", "iso3:EGY"],
    "business_unit": ["KEN-CO", "UGA-CO", "XYZ-CO"],
    "source": ["one", "two"],
    "location": ["20KEN000", "20UGA000"],
    "country_of_origin": ["SOM", "SSD", "iso3:SSD"],
    "population_type": ["REF", "ASY", "IDP"],
    "process_status": ["A", "I", "H"],
    "sex": ["F", "M"],
    "age_group_detailed": ["0-4", "18-24", "60+"],
    "age_group": ["0-4", "18-59", "60+"],
    "region": ["AFR", "MENA"],
    "bureau_of_origin": ["EHAGL", "MENA"],
    "location_level_1": ["20KEN000", "20UGA000"],
    "location_level_2": ["unlisted:20KEN000"],
    "legal_status": ["REF", "ASR"],
    "marital_status": ["SN", "MA"],
    "education_level": ["NE", "3", "UG"],
    "education_band": ["NONE", "PRI", "TER"],
    "occupation": ["1", "2320", "61"],
    "occupation_group": ["2", "6"],
    "accommodation": ["U", "C"],
    "settlement": ["U", "R"],
    "relationship": ["PA", "SON"],
    "is_focal_point": [True, False],
    "has_valid_document": [True, False],
    "has_recent_contact": [True, False],
    "focal_point_sex": ["F", "M"],
    "age_of_age": ["0-4", "60+"],
    "has_specific_need": [True, False],
    "need_category": ["DS", "SM"],
    "need": ["DS-DF", "SM-MI"],
    "need_status": ["A", "R"],
    "document_type": ["POR", "PAS"],
    "is_valid_document": [True, False],
    "event_type": ["registration", "birth", "death"],
    "number": [1, 2, 3, 5],
    "number_band": ["2", "3-99"],
    "region_of_origin": ["AFR", "MENA"],
    "country_of_birth": ["SOM", "SYR"],
    "bureau_of_birth": ["EHAGL", "MENA"],
    "location_level_3": ["unlisted:20KEN000"],
    "location_level_4": ["unlisted:20KEN000"],
    "occupation_sub_major_group": ["23", "61"],
    "occupation_minor_group": ["232"],
    "occupation_unit_group": ["2320"],
    "age": [0, 18, 21, 22],
    "age_in_five_years": ["0-4", "15-19", "20-24"],
    "group_size": [0, 1, 3],
    "group_size_band": ["0", "1", "2", "6-7"],
    "assistance_type": ["CSH", "FOD"],
    "assistance_sector": ["BN"],
    "assistance_status": ["PR", "PL"],
    "event_day": ["2022-01-05", "2022-01-20", "2022-02-01"],
    "recorded_day": ["2022-01-01", "2022-01-10", "2022-01-31", "2022-02-14"],
    "has_all_mandatory_fields": [True, False],
    "quality_kpi": ["K05", "K31"],
    **{code: [True, False] for code in (*OF_PERSONS_KPIS, *OF_GROUPS_KPIS)},
}
# The numbers of KPIs are all made alike: those of these are asked for, one of each kind of permission that they need.
KPIS = ("kpi_k05", "kpi_k09", "kpi_k24", "kpi_k29", "kpi_k31")


@cache
def extended_catalog() -> Catalog:
    """The project's definitions and those of ``more.yml``."""
    return catalog_with(MORE.read_text(encoding="utf-8"))


def _placed() -> dict[str, st.SearchStrategy[Any]]:
    return {name: st.sampled_from(values) for name, values in MEMBERS.items()}


def _some(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    placed = _placed()
    return st.fixed_dictionaries({name: placed[name] for name in names})


_PLACED_BY = tuple(MEMBERS)[:7]
_OF_GROUP = (*_PLACED_BY, "focal_point_sex_code")
_OF_EVENT = (*_PLACED_BY, "sex_code", "age_group_code")
_OF_NEED = (*_OF_EVENT, "need_category_code", "need_code", "need_status_code")
_OF_DOCUMENT = (*_OF_EVENT, "document_type_code", "is_valid")
_OF_ASSISTANCE = (*_OF_EVENT, *tuple(MEMBERS)[tuple(MEMBERS).index("assistance_type_code") :])
_REPORTING = (
    *tuple(MEMBERS)[: tuple(MEMBERS).index("focal_point_sex_code")],
    "birth_country_code",
    "birth_date",
    "arrival_date",
)


@st.composite
def _stretches(draw: st.DrawFn, start: datetime, watermark: datetime) -> list[tuple[datetime, datetime]]:
    """One thing's history: stretches that touch, now and then with a gap; the last may be open."""
    known = [one for one in (start, *INSTANTS) if start <= one < watermark]
    cuts = sorted(draw(st.sets(st.sampled_from(known), min_size=1, max_size=3)))
    ends = [*cuts[1:], OPEN_END if draw(st.integers(0, 3)) else watermark - MICROSECOND]
    found = [(begin, end) for begin, end in zip(cuts, ends, strict=True) if begin < end]
    if len(found) > 2 and draw(st.booleans()):
        found.pop(1)
    return found


@st.composite
def worlds(draw: st.DrawFn, most: int = 5) -> World:
    """A world of a few persons, groups and events, with unknown and orphan keys."""
    start, watermark = draw(st.sampled_from(STARTS)), draw(st.sampled_from(WATERMARKS))
    groups = [
        {"group_key": key, "valid_from": begin, "valid_to": end, **draw(_some(*_OF_GROUP))}
        | {"active_member_count": draw(st.integers(0, 12))}
        for key in range(1, draw(st.integers(0, 3)) + 1)
        for begin, end in draw(_stretches(start, watermark))
    ]
    population = [
        {"individual_key": key, "valid_from": begin, "valid_to": end, **draw(_some(*_REPORTING))}
        | {"group_key": draw(st.sampled_from([1, 2, 3, 99, None]))}
        for key in range(1, draw(st.integers(0, most)) + 1)
        for begin, end in draw(_stretches(start, watermark))
    ]
    population += draw(_crowd(start))
    events = [
        {"event_key": key, **draw(_some(*_OF_EVENT))} | draw(_event(start, watermark))
        for key in range(1, draw(st.integers(0, 6)) + 1)
    ]
    needs = [
        {"specific_need_key": key, "valid_from": begin, "valid_to": end, **draw(_some(*_OF_NEED))}
        | {"individual_key": draw(st.sampled_from([1, 1, 2, 3, 101, 99]))}
        for key in range(1, draw(st.integers(0, 5)) + 1)
        for begin, end in draw(_stretches(start, watermark))
    ]
    documents = [
        {"document_key": key, "valid_from": begin, "valid_to": end, **draw(_some(*_OF_DOCUMENT))}
        | {"individual_key": draw(st.sampled_from([1, 2, 3, 99]))}
        for key in range(1, draw(st.integers(0, 3)) + 1)
        for begin, end in draw(_stretches(start, watermark))
    ]
    assistance = [
        {"assistance_key": key, "valid_from": begin, "valid_to": end, **draw(_some(*_OF_ASSISTANCE))}
        | {"individual_key": draw(st.sampled_from([1, 2, 99, None])), "group_key": draw(st.sampled_from([1, 2, None]))}
        for key in range(1, draw(st.integers(0, 4)) + 1)
        for begin, end in draw(_stretches(start, watermark))
    ]
    things = (tuple(population), tuple(groups), tuple(events), tuple(needs), tuple(documents), tuple(assistance))
    links = draw(st.sampled_from([(), (), (), ((1, 2),), ((2, 1),), ((3, 1), (2, 101))]))
    judged = {
        "quality": draw(_judged("individual_key", OF_PERSONS_KPIS, start, watermark)),
        "group_quality": draw(_judged("group_key", OF_GROUPS_KPIS, start, watermark)),
        "episodes": tuple(
            {"episode_key": key, **draw(_some(*_OF_EVENT)), **draw(_episode(start, watermark))}
            for key in range(1, draw(st.integers(0, 4)) + 1)
        ),
    }
    return World(*things, draw(_countries()), start=start, watermark=watermark, links=links, **judged)


@st.composite
def _episode(draw: st.DrawFn, start: datetime, watermark: datetime) -> dict[str, Any]:
    known = sorted(
        draw(st.sets(st.sampled_from([one for one in (start, *INSTANTS) if start <= one < watermark]), min_size=1))
    )
    begun, corrected = known[0], draw(st.sampled_from([known[-1], None])) if len(known) > 1 else None
    return {
        "individual_key": draw(st.sampled_from([1, 2, 3, 99])),
        "kpi_code": draw(st.sampled_from(["K05", "K31", None])),
        "wrong_at": begun,
        "corrected_at": corrected,
        "days_to_correction": (corrected.date() - begun.date()).days if corrected else None,
    }


@st.composite
def _judged(
    draw: st.DrawFn, key: str, kpis: Sequence[str], start: datetime, watermark: datetime
) -> tuple[dict[str, Any], ...]:
    """What checks say of a few records; of which ones is drawn with one number, for there are many of them."""
    names = _OF_EVENT if key == "individual_key" else _PLACED_BY
    rows = []
    for number in draw(st.sets(st.sampled_from([1, 2, 3, 101]), max_size=3)):
        for begin, end in draw(_stretches(start, watermark)):
            drawn = Random(draw(st.integers(0, 9999)))
            said = {name: drawn.choice([True, False, None]) for name in kpis}
            said |= {"issue_count": drawn.randrange(9)}
            if key == "individual_key":
                said |= {name: drawn.randrange(9) for name in (*PARTS, "filled", "asked")}
                said |= {"is_complete": drawn.choice([True, False])}
            rows.append({key: number, "valid_from": begin, "valid_to": end, **draw(_some(*names)), **said})
    return tuple(rows)


@st.composite
def _crowd(draw: st.DrawFn, start: datetime) -> list[dict[str, Any]]:
    """In every second world enough equal persons in one cell that it is not small, as most are who are registered."""
    if draw(st.booleans()):
        return []
    alike = draw(_some(*_REPORTING)) | {"group_key": draw(st.sampled_from([1, None]))}
    alike |= draw(st.sampled_from([{"process_status_code": "A"}, {"process_status_code": "A"}, {}]))
    return [{"individual_key": key, "valid_from": start, "valid_to": OPEN_END, **alike} for key in range(101, 113)]


@st.composite
def _event(draw: st.DrawFn, start: datetime, watermark: datetime) -> dict[str, Any]:
    # what a file of one's own holds of the time after its watermark counts nowhere
    beyond = (watermark, watermark + timedelta(hours=1), watermark - MICROSECOND)
    recorded = draw(st.sampled_from([*(one for one in (start, *INSTANTS) if start <= one < watermark), *beyond]))
    return {
        "individual_key": draw(st.sampled_from([1, 2, 3, 99])),
        "event_type_code": draw(st.sampled_from(["registration", "birth", "death", "inactivation", "return"])),
        "event_date": draw(st.sampled_from([None, date(2021, 12, 31), date(2022, 1, 8), date(2022, 2, 1)])),
        "recorded_at": recorded,
    }


@st.composite
def _countries(draw: st.DrawFn) -> tuple[dict[str, Any], ...]:
    """Countries, one of which may change its bureau in January; one may have no bureau."""
    rows = [dict(row) for row in COUNTRIES if row["country_code"] != "SYR"]
    moved = draw(st.sampled_from([None, datetime(2022, 1, 15)]))
    syria = {"country_code": "SYR", "bureau_code": draw(st.sampled_from(["MENA", None])), "region_code": "MENA"}
    if moved:
        rows.append({**syria, "valid_from": datetime(1900, 1, 1), "valid_to": moved})
        rows.append({**syria, "bureau_code": "EHAGL", "region_code": None, "valid_from": moved, "valid_to": OPEN_END})
    else:
        rows.append({**syria, "valid_from": datetime(1900, 1, 1), "valid_to": OPEN_END})
    return tuple(rows)


@st.composite
def atoms(draw: st.DrawFn, level: Level) -> Condition:
    """One comparison on a level, of those that its type has."""
    values = st.sampled_from(list(VALUES[level.name]))
    kinds = ["=", "!=", "in", "unknown", "known", "not in"]
    kinds += ["<", "<=", ">", ">=", "between", "long"] if level.type in ("integer", "date") else []
    kind = draw(st.sampled_from(kinds))
    if kind == "long" and level.type == "integer":
        return OneOf(level.name, tuple(range(2, 80)))
    if kind in ("between", "long"):
        return Between(level.name, draw(values), draw(values))
    if kind in ("in", "not in"):
        among = OneOf(level.name, tuple(dict.fromkeys(draw(st.lists(values, min_size=1, max_size=3)))))
        return among if kind == "in" else Not(among)
    if kind in ("unknown", "known"):
        return IsUnknown(level.name) if kind == "unknown" else Not(IsUnknown(level.name))
    return Compare(level.name, kind, draw(values))


def conditions(levels: Sequence[Level]) -> st.SearchStrategy[Condition]:
    """Comparisons on some of the levels, put together with and, or and not."""
    sized = [level for level in levels if level.type != "text"]
    reaching = [level for level in levels if level.through]
    leaf = st.sampled_from([*levels, *sized * 3, *reaching * 5]).flatmap(atoms)
    return st.recursive(leaf, _combined, max_leaves=4)


def _combined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(parts.map(Not), several.map(AllOf), several.map(AnyOf))


def common_levels(names: Sequence[str], catalog: Catalog) -> list[Level]:
    """The levels that go with every one of some indicators."""
    asked = [catalog.indicator(name) for name in names]
    return [level for level in catalog.levels.values() if all(goes_with(catalog, one, level) for one in asked)]


@st.composite
def requests(draw: st.DrawFn, what: World, catalog: Catalog, *, plain: bool = False) -> Request:
    """A request that resolves. Plain: no order, no top, no totals, geography of today."""
    public = [name for name in catalog.public_indicators() if not name.startswith("kpi_") or name.startswith(KPIS)]
    # levels with sizes stand on few facts: their indicators are tried more often
    public += [name for name in ("happened", "born_later", "happened_to_date") if name in public] * 4
    dates = draw(_dates(what))
    drawn = draw(st.lists(st.sampled_from(public), min_size=1, max_size=3))
    indicators = tuple(name for name in drawn if _can_be_asked(catalog.indicator(name), what, dates)) or ("happened",)
    levels = common_levels(indicators, catalog)
    asked = [catalog.indicator(name) for name in indicators]
    names = [level.name for level in levels if all(breaks_down(catalog, one, level) for one in asked)]
    by = tuple(draw(st.lists(st.sampled_from(names), max_size=3, unique=True)))
    changes = any(isinstance(one.formula, Change) for one in asked)
    filters = draw(st.sampled_from([0, 0, 1, 2]))
    where = tuple(in_words(one) for one in draw(st.lists(conditions(levels), min_size=filters, max_size=filters)))
    if plain:
        return Request(indicators, by, where, **dates)
    if not draw(st.integers(0, 2)):
        where += (in_words(draw(_on_numbers(indicators))),)
    compare = None if "grain" in dates or changes else draw(_comparisons(what, dates))
    columns = [*dict.fromkeys(indicators), *by, *(["period"] if "grain" in dates else [])]
    columns += [f"{indicators[0]}_change"] if compare else []
    order = tuple(OrderBy(name, draw(st.booleans())) for name in draw(st.lists(st.sampled_from(columns), max_size=2)))
    top = draw(st.sampled_from([None, None, 1, 3])) if by or "grain" not in dates else None
    other = bool(top and by and catalog.levels[by[0]].type == "text" and draw(st.booleans()))
    across = [*(by if len(by) > 1 else ()), *(["period"] if by and "grain" in dates else ())]
    geography = draw(st.sampled_from(["today", "as-was"]))
    subtotals = [tuple(draw(st.lists(st.sampled_from(by), unique=True)))] if by and draw(st.booleans()) else []
    return Request(
        indicators,
        by,
        where,
        **dates,
        geography=geography,
        totals=draw(st.booleans()),
        order=order,
        top=top,
        compare=compare,
        other=other,
        subtotals=tuple(subtotals),
        across=draw(st.sampled_from([None, *across])),
    )


def _can_be_asked(one: Indicator, what: World, dates: dict[str, Any]) -> bool:
    """Whether there is an earlier date that is known, for an indicator that is a change."""
    if not isinstance(one.formula, Change):
        return True
    since, request = one.formula.since, Request(("x",), **dates)
    if "grain" in dates:
        if since == "year-ago":
            return False
        spans = spans_since(request, dates["grain"], since, what.start, what.watermark)
        return any(span.closes_at for span in spans)
    if "period" not in dates:
        return False
    begins, ends = period_compared(replace(request, compare=since))
    return what.start.date() <= begins <= ends <= (what.watermark - MICROSECOND).date()


def _on_numbers(indicators: Sequence[str]) -> st.SearchStrategy[Condition]:
    """Filters on the indicators that are asked for."""
    numbers = st.sampled_from([0, 1, 2, 3, 0.5, 100])
    named = st.sampled_from(list(indicators))
    return st.one_of(
        st.builds(Compare, named, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), numbers),
        st.builds(Between, named, st.just(1), numbers),
        st.builds(lambda name: Not(IsUnknown(name)), named),
        st.builds(lambda name, few: AnyOf((Compare(name, ">", few), IsUnknown(name))), named, numbers),
    )


@st.composite
def _comparisons(draw: st.DrawFn, what: World, dates: dict[str, Any]) -> Any:
    """Nothing, a date that is known, or the period before where that is known."""
    last = (what.watermark - MICROSECOND).date()
    days = st.integers(0, (last - what.start.date()).days)
    choice = draw(st.sampled_from([None, None, "date", "previous"]))
    compare = what.start.date() + timedelta(days=draw(days)) if choice == "date" else choice
    if "period" not in dates:
        return None if compare == "previous" else compare
    if compare is None:
        return None
    begins, ends = period_compared(Request(("x",), **dates, compare=compare))
    return compare if what.start.date() <= begins <= ends <= last else None


@st.composite
def _dates(draw: st.DrawFn, what: World) -> dict[str, Any]:
    """Dates that can be answered; a trend may begin before history and end after it."""
    last = (what.watermark - MICROSECOND).date()
    known = [what.start.date() + timedelta(days=days) for days in range((last - what.start.date()).days + 1)]
    kind = draw(st.sampled_from(["none", "as_of", "period", "trend", "trend", "days"]))
    if kind == "as_of":
        return {"as_of": draw(st.sampled_from(known))}
    if kind == "period":
        return {"period": _range(draw(st.sampled_from(known)), draw(st.sampled_from(known)))}
    if kind == "days":
        first = draw(st.sampled_from(known))
        return {"grain": "day", "period": DateRange(first - timedelta(days=2), first + timedelta(days=4))}
    if kind == "trend":
        grain = draw(st.sampled_from(["week", "month", "month", "quarter", "year"]))
        parts = [("2021-10-20", "2022-05-02"), ("2022-01-05", "2022-02-03"), ("2022-02-05", "2022-02-12")]
        beyond = map(date.fromisoformat, draw(st.sampled_from(parts)))
        return {"grain": grain} | draw(st.sampled_from([{}, {"period": DateRange(*beyond)}]))
    return {}


def _range(one: date, other: date) -> DateRange:
    return DateRange(min(one, other), max(one, other))


@st.composite
def viewers(draw: st.DrawFn) -> Viewer:
    """Wide, limited, or empty-handed; now and then with two roles, one of which holds something back."""
    kind = draw(st.sampled_from(["wide", "limited", "limited", "uneven", "two roles", "nobody"]))
    units = draw(st.lists(st.sampled_from(UNITS), max_size=2, unique=True))
    if kind == "wide":
        return viewer()
    if kind == "limited":
        return viewer(units)
    if kind == "nobody":
        return viewer([])
    if kind == "uneven":
        given = [permission(entity, draw(st.sampled_from([None, UNITS[:1], UNITS[:2]]))) for entity in ENTITIES]
        return viewer(None, *given)
    tier, place = draw(st.sampled_from(["T0", "T1"])), draw(st.sampled_from([0, 6]))
    wider = [permission(one, None, role="Lister", highest_tier=tier, finest_place_level=place) for one in ENTITIES]
    finer = [permission(one, units, role="Officer") for one in ENTITIES if draw(st.integers(0, 5))]
    return viewer(None, *wider, *finer)
