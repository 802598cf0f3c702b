"""Why a number moved: against the oracle, in every cell and total; and nothing of it comes from out of scope."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from typing import Any

from figures import COLUMNS, COUNTRIES, OPEN_END, WATERMARK, WIDE, Desk, Row, World, viewer, with_boundaries
from figures import START as BEGAN
from hypothesis import event, given
from hypothesis import strategies as st
from oracle import NotAllowed
from oracle.changes import movements

from dataport.access import Viewer, guard
from dataport.disclosure import SafeTable
from dataport.engine import algebra, plan
from dataport.errors import DataportError, Refused
from dataport.semantic import Request, resolve_change
from dataport.semantic.condition import in_words
from dataport.semantic.movement import END, START
from generative.strategies import INSTANTS, MEMBERS, MICROSECOND, UNITS, conditions, extended_catalog, viewers

STOCKS = (
    "active_individuals",
    "registered_individuals",
    "active_refugees",
    "active_children",
    "individuals_with_specific_needs",
    "individuals_updated_within_a_year",
    "active_groups",
    "groups_headed_by_a_woman",
    "active_specific_needs",
    "valid_documents",
)
RATIOS = ("share_of_women_and_girls", "dependency_ratio", "average_group_size", "share_with_specific_needs")
DAYS = tuple(date(2021, 12, 31) + timedelta(days=n) for n in (0, 0, 1, 9, 31, 45, 59, 59))
INNER = ("moved", "status_changed", "died", "verified", "updated", "corrected")
BEGINNINGS, ENDINGS = ("registered", "born", "onboarded"), ("deleted",)
_OF_PERSONS = tuple(name for name in COLUMNS["fct_population"] if name in MEMBERS)
_OF_GROUPS = tuple(name for name in COLUMNS["fct_group"] if name in MEMBERS)
_OF_NEEDS = tuple(name for name in COLUMNS["fct_specific_need"] if name in MEMBERS)
_OF_DOCUMENTS = tuple(name for name in COLUMNS["fct_document"] if name in MEMBERS)
LEVELS = (
    "country_of_asylum",
    "unhcr_bureau",
    "region",
    "operation",
    "location_level_1",
    "country_of_origin",
    "population_type",
    "process_status",
    "sex",
    "age_group",
    "has_recent_contact",
    "focal_point_sex",
)
DIMENSIONS = frozenset(
    {
        "dim_country",
        "dim_place",
        "dim_education",
        "dim_occupation",
        "dim_age_group",
        "dim_unit_source",
        "dim_business_unit",
    }
)
ASKERS = st.one_of(st.just(WIDE), st.just(viewer(["KEN-CO"])), st.just(viewer(UNITS[:2])), viewers())
desk = Desk(definitions=extended_catalog())


@st.composite
def told_worlds(draw: st.DrawFn) -> World:
    """Worlds of people who change a little from one stretch to the next, for a cause. From a seed: they are large."""
    return _world(random.Random(draw(st.integers(0, 2**32))))


def _world(rng: random.Random) -> World:
    return World(
        population=_lives(rng, "individual_key", 15, _OF_PERSONS),
        groups=_lives(rng, "group_key", 6, _OF_GROUPS, active_member_count=[0, 1, 2, 5]),
        needs=_lives(rng, "specific_need_key", 6, _OF_NEEDS, individual_key=[1, 2, 3]),
        documents=_lives(rng, "document_key", 6, _OF_DOCUMENTS, individual_key=[1, 2, 3]),
        countries=_countries(rng),
    )


def _lives(rng: random.Random, unit: str, most: int, names: tuple[str, ...], **more: list[Any]) -> tuple[Row, ...]:
    rows: list[Row] = []
    choices = {**{name: MEMBERS[name] for name in names}, **more}
    for key in range(1, most + 1):
        values = {name: rng.choice(several) for name, several in choices.items()}
        if rng.random() < 0.7:
            values |= {"business_unit_id": "KEN-CO", "country_of_asylum_code": "KEN", "process_status_code": "A"}
        cuts = sorted(rng.sample(INSTANTS, rng.randint(1, 5)))
        cuts = [BEGAN, *cuts] if rng.random() < 0.6 else cuts
        ends = [*cuts[1:], OPEN_END if rng.random() < 0.7 else WATERMARK - MICROSECOND]
        previous = None
        for begin, end in zip(cuts, ends, strict=True):
            if rng.random() < 0.15:
                continue
            for name in rng.sample(sorted(choices), rng.randint(0, 3)):
                values[name] = rng.choice(choices[name])
            cause = rng.choice(INNER if previous == begin else (*BEGINNINGS, "restored", "??"))
            rows.append({unit: key, **values, "valid_from": begin, "valid_to": end, "start_cause_code": cause})
            previous = end
    if unit in ("individual_key", "group_key"):
        return tuple(rows)
    return tuple({name: value for name, value in row.items() if name != "start_cause_code"} for row in rows)


def _countries(rng: random.Random) -> tuple[Row, ...]:
    """Now and then a country comes under another bureau."""
    if rng.random() < 0.5:
        return COUNTRIES
    moved = rng.choice(INSTANTS)
    kenya, *others = COUNTRIES
    return (
        {**kenya, "valid_to": moved},
        {**kenya, "bureau_code": "MENA", "region_code": "MENA", "valid_from": moved},
        *others,
    )


@st.composite
def changes(draw: st.DrawFn, names: tuple[str, ...]) -> Request:
    indicator = draw(st.sampled_from(names))
    catalog = extended_catalog()
    allowed = catalog.indicators[indicator].levels
    fits = [
        name
        for name in LEVELS
        if (allowed is None or name in allowed)
        and all(catalog.column(catalog.levels[name], fact) for fact in catalog.facts_of(catalog.indicators[indicator]))
    ]
    by = draw(st.lists(st.sampled_from(fits), max_size=2, unique=True))
    filters = (
        draw(st.lists(conditions([catalog.levels[name] for name in fits]), max_size=1)) if draw(st.booleans()) else []
    )
    first, last = sorted(draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=2, unique=True)))
    return Request(
        (indicator,),
        tuple(by),
        tuple(map(in_words, filters)),
        as_of=last,
        compare=first,
        totals=draw(st.booleans()),
        geography=draw(st.sampled_from(["today", "as-was"])),
    )


def _answer(what: World, request: Request, who: Viewer, *, rollups: bool = True) -> SafeTable | None:
    desk.show(what)
    try:
        return desk.changed(request, who, rollups=rollups)
    except Refused:
        return None
    except DataportError as refusal:
        assert refusal.code in ("wrong_request", "outside_history"), refusal
        return None


def _told(row: dict[str, Any], levels: list[str]) -> tuple[tuple[Any, ...], tuple[int, dict[str, int], int]]:
    moves = {name: n for name, n in row.items() if name not in (START, END) and name not in levels and n}
    return ("cell", *(row[name] for name in levels)), (row[START], moves, row[END])


@given(st.data())
def test_movements_are_those_of_the_oracle_in_every_cell_and_total(data: st.DataObject) -> None:
    what, who = data.draw(told_worlds(), "world"), data.draw(ASKERS, "viewer")
    answer = _agreed(what, data.draw(changes(STOCKS), "request"), who)
    for name in answer.data.column_names if answer else ["not answered"]:
        event(name)


def _agreed(what: World, request: Request, who: Viewer) -> SafeTable | None:
    """The answer, if it is that of the oracle, which may be none."""
    answer, catalog = _answer(what, request, who), desk.catalog
    tables = {fact.table: what.rows(fact.table) for fact in catalog.facts.values()}
    tables |= {one.table: what.rows(one.table) for one in catalog.dimensions.values() if one.table in DIMENSIONS}
    parts = [(request.by, answer.data if answer else None)]
    if answer:
        parts += [(total.levels, total.data) for total in answer.totals]
    for levels, table in parts:
        try:
            expected = movements(tables, what.watermark, catalog, request, who.permissions, levels)
        except NotAllowed:
            assert answer is None
            return None
        if table is None:
            return None
        nothing = (0, {}, 0)
        wanted = {cell: told for cell, told in expected.items() if told != nothing}
        found = dict(_told(row, list(levels)) for row in table.to_pylist())
        assert found == (wanted if levels else wanted or {("cell",): nothing})
        for start, moves, end in found.values():
            assert start + sum(moves.values()) == end
    return answer


def test_every_movement_is_seen() -> None:
    """What is generated has boundaries of every kind, seen by limited viewers and by others."""
    seen: set[str] = set()
    nodes: set[type] = set()
    for seed in range(60):
        rng = random.Random(seed)
        what = _world(rng)
        for who in (WIDE, viewer(["KEN-CO"])):
            by, geography = rng.sample(LEVELS[:11], 2), rng.choice(["today", "as-was"])
            request = Request(
                (rng.choice(STOCKS[:2]),), tuple(by), as_of=DAYS[-1], compare=DAYS[0], geography=geography
            )
            answer = _agreed(what, request, who)
            assert answer is not None
            nodes |= set(_nodes(plan(guard(resolve_change(request, desk.catalog, desk.figures.horizon), who))))
            seen |= set(answer.data.column_names)
        # facts without causes, in places that come under others
        documents = Request(
            ("valid_documents",), ("unhcr_bureau",), as_of=DAYS[-1], compare=DAYS[0], geography="as-was"
        )
        without = _agreed(what, documents, WIDE)
        assert without is not None
        seen |= {f"documents {name}" for name in without.data.column_names}
    assert {"documents reorganised_in", "documents began", "documents changed_out"} <= seen
    causes = set(INNER) | {*BEGINNINGS, *ENDINGS, "reorganised"}
    for one in desk.catalog.movements:
        if one.cause in causes:
            assert one.edge == "ending" or one.adds in seen, one.adds
            assert one.edge == "beginning" or one.takes in seen, one.takes
    assert {"entered_scope", "left_scope", "unexplained_in"} <= seen
    assert {*algebra.Movements.__args__} <= nodes


def _nodes(part: Any) -> Iterator[type]:
    if isinstance(part, tuple):
        for one in part:
            yield from _nodes(one)
    elif is_dataclass(part):
        yield type(part)
        for field in fields(part):
            yield from _nodes(getattr(part, field.name))


@given(st.data())
def test_it_is_the_same_with_and_without_the_rollup(data: st.DataObject) -> None:
    what, who = data.draw(told_worlds(), "world"), data.draw(ASKERS, "viewer")
    request = data.draw(changes(STOCKS), "request")
    with_, without = (_answer(what, request, who, rollups=one) for one in (True, False))
    assert (with_ is None) == (without is None)
    if with_ and without:
        assert with_.data.equals(without.data)


@given(st.data())
def test_the_parts_of_a_quotient_add_up(data: st.DataObject) -> None:
    what, who = data.draw(told_worlds(), "world"), data.draw(ASKERS, "viewer")
    request = data.draw(changes(RATIOS), "request")
    answer = _answer(what, request, who)
    if answer is None:
        return
    for row in (row for part in (answer.data, *(one.data for one in answer.totals)) for row in part.to_pylist()):
        if row[START] is None or row[END] is None:
            assert row["numerator"] is None and row["denominator"] is None
            continue
        moved = row["numerator"] + row["denominator"] + (row["mix"] or 0)
        assert abs(row[START] + moved - row[END]) < 1e-9 * max(1, abs(row[END]))


@given(st.data())
def test_what_is_beyond_the_edge_of_scope_is_not_told(data: st.DataObject) -> None:
    """Rows out of scope are anything, and so are the causes of boundaries that lead there, and what changed at them."""
    what = data.draw(told_worlds(), "world")
    units = set(data.draw(st.lists(st.sampled_from(UNITS), min_size=1, max_size=2, unique=True), "units"))
    who = viewer(units)
    mine = tuple(row for row in what.population if row["business_unit_id"] in units)
    quiet, loud = (
        replace(what, population=tuple(_edged(data, with_boundaries("population", mine), name)))
        for name in ("quiet", "loud")
    )
    elsewhere = data.draw(told_worlds(), "elsewhere").population
    taken = {row["individual_key"] for row in mine}
    loud = replace(
        loud,
        population=loud.population
        + tuple(
            row for row in elsewhere if row["business_unit_id"] not in units and row["individual_key"] not in taken
        ),
    )
    request = data.draw(changes(STOCKS[:6]), "request")
    told = [_answer(one, request, who) for one in (quiet, loud)]
    assert (told[0] is None) == (told[1] is None)
    if told[0] and told[1]:
        assert told[0].data.equals(told[1].data) and told[0].columns == told[1].columns
        assert told[0].status == told[1].status


def _edged(data: st.DataObject, rows: tuple[Row, ...], name: str) -> list[Row]:
    """Rows whose boundaries to nothing in scope, beginnings and endings apart, have any cause and any changes."""
    scope = 1 << desk.catalog.facts["population"].boundaries.attributes.index("business_unit_id")  # type: ignore[union-attr]
    begun = {(row["individual_key"], row["valid_from"]) for row in rows}
    ended = {(row["individual_key"], row["valid_to"]) for row in rows}
    told = []
    for number, row in enumerate(rows):
        changed = dict(row)
        # the same in both worlds: whether it begins and ends here
        begins, ends = number % 3 == 0, number % 2 == 0
        if (row["individual_key"], row["valid_from"]) not in ended:
            cause = data.draw(st.sampled_from((*INNER, "restored")), name)
            changed |= {"start_cause_code": "registered", "start_changes": -1} if begins else {
                "start_cause_code": cause,
                "start_changes": data.draw(st.integers(0, 1 << 20), name) | scope,
            }  # fmt: skip
        if (row["individual_key"], row["valid_to"]) not in begun and row["valid_to"] < OPEN_END:
            cause = data.draw(st.sampled_from(INNER), name)
            changed |= {"end_cause_code": "deleted", "end_changes": -1} if ends else {
                "end_cause_code": cause,
                "end_changes": data.draw(st.integers(0, 1 << 20), name) | scope,
            }  # fmt: skip
        told.append(changed)
    return told
