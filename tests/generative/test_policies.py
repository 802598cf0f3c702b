"""Policies against a slow judge in plain Python: row by row, for generated policies, viewers and rows with unknowns."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from figures import Desk, catalog, permission, viewer, world
from hypothesis import given
from hypothesis import strategies as st

from dataport.access import Permission, Viewer
from dataport.errors import Refused
from dataport.semantic import Request
from dataport.semantic.condition import AllOf, AnyOf, Attribute, Compare, Condition, IsUnknown, Not, OneOf
from dataport.semantic.policy import Members, Policy, Who

DESK = Desk()
UNITS = ("KEN-CO", "UGA-CO", "SSD-CO")
ROLES = ("Analyst", "Clerk")
COLUMNS = {"scope": "business_unit_id", "sex": "sex_code", "country_of_origin": "country_of_origin_code"}
VALUES = {"scope": UNITS, "sex": ("F", "M"), "country_of_origin": ("SSD", "SOM", "COD")}

_ATOMS: st.SearchStrategy[Condition] = st.one_of(
    st.just(OneOf("scope", (Attribute("units"),))),
    st.just(Compare("scope", "=", Attribute("login"))),
    st.sampled_from(list(VALUES)).flatmap(
        lambda name: st.one_of(
            st.lists(st.sampled_from(VALUES[name]), min_size=1, unique=True).map(lambda v: OneOf(name, tuple(v))),
            st.sampled_from(VALUES[name]).map(lambda value: Compare(name, "=", value)),
            st.sampled_from(VALUES[name]).map(lambda value: Compare(name, "!=", value)),
            st.just(IsUnknown(name)),
        )
    ),
    st.sampled_from(["<", "<=", ">", ">="]).map(lambda sign: Compare("country_of_origin", sign, "SOM")),  # type: ignore[arg-type]
)
CONDITIONS = st.recursive(
    st.one_of(_ATOMS, st.just(AllOf(()))),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AllOf(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
    ),
    max_leaves=5,
)


@st.composite
def policies(draw: st.DrawFn, effect: str | None = None) -> Policy:
    said = effect or draw(st.sampled_from(["permit", "permit", "forbid"]))
    who = Who(
        tuple(draw(st.lists(st.sampled_from(["registration", "statistics"]), max_size=1))),
        tuple(draw(st.lists(st.sampled_from(ROLES), max_size=1))),
        tuple(draw(st.lists(st.sampled_from(["ana", "KEN-CO"]), max_size=1))),
    )
    on = tuple(draw(st.lists(st.sampled_from(["individual", "event"]), max_size=1)))
    doors = draw(st.sampled_from([("count",), ("count", "open"), ("count",), ("open",)]))
    return Policy("p", said, who, on, draw(CONDITIONS), Members(), doors, False, "For a reason.")  # type: ignore[arg-type]


@st.composite
def permissions(draw: st.DrawFn) -> Permission:
    units = draw(st.none() | st.lists(st.sampled_from(UNITS), max_size=2, unique=True))
    entity = draw(st.sampled_from(["individual", "individual", "event"]))
    return permission(entity, units, role=draw(st.sampled_from(ROLES)), may_count=draw(st.integers(0, 4)) > 0)


VIEWERS = st.builds(
    lambda held, login: replace(viewer(login=login), permissions=tuple(held)),
    st.lists(permissions(), max_size=3),
    st.sampled_from(["ana", "KEN-CO"]),
)
ROWS = st.lists(
    st.fixed_dictionaries({column: st.none() | st.sampled_from(VALUES[name]) for name, column in COLUMNS.items()}),
    max_size=8,
)


@given(st.lists(policies(), max_size=4), VIEWERS, ROWS)
def test_what_is_counted_is_what_a_judge_lets_through_row_by_row(
    rules: list[Policy], who: Viewer, rows: list[dict[str, Any]]
) -> None:
    expected = sum(_visible(row, rules, who) for row in rows)
    for rollups in (True, False):
        assert _counted(rules, who, rows, rollups) == expected


@given(st.lists(policies(), min_size=1, max_size=4), policies("forbid"), VIEWERS, ROWS)
def test_no_row_is_added_by_a_permit_less_or_a_forbid_more(
    rules: list[Policy], forbid: Policy, who: Viewer, rows: list[dict[str, Any]]
) -> None:
    full = _counted(rules, who, rows)
    assert _counted([*rules, forbid], who, rows) <= full
    fewer = [one for n, one in enumerate(rules) if one.effect == "forbid" or n]
    assert _counted(fewer, who, rows) <= full


def _counted(rules: list[Policy], who: Viewer, rows: list[dict[str, Any]], rollups: bool = True) -> int:
    """What the whole road counts; a refusal lets nothing through."""
    DESK.catalog = replace(catalog(), policies=tuple(rules))
    DESK.show(world(rows))
    try:
        answer = DESK.request(Request(("registered_individuals",)), who, rollups=rollups)
    except Refused:
        return 0
    return int(answer.data.column(0)[0].as_py())


def _visible(row: Mapping[str, Any], rules: list[Policy], who: Viewer) -> bool:
    """(a permit holds) is true and (a forbid holds) is not true."""
    about = [rule for rule in rules if "count" in rule.doors and (not rule.on or "individual" in rule.on)]
    about = [rule for rule in about if not rule.who.classes or "registration" in rule.who.classes]
    about = [rule for rule in about if not rule.who.logins or who.login in rule.who.logins]
    held = [one for one in who.permissions if one.entity == "individual" and one.may_count]
    permitted = any(
        _says(rule.rows, row, {"units": one.units, "login": who.login}, False)
        for rule in about
        for one in held
        if rule.effect == "permit" and (not rule.who.roles or one.role in rule.who.roles)
    )
    roles = {one.role for one in who.permissions}
    forbidden = any(
        _says(rule.rows, row, {"login": who.login}, True)
        for rule in about
        if rule.effect == "forbid" and (not rule.who.roles or roles & set(rule.who.roles))
    )
    return permitted and not forbidden


def _says(rule: Condition, row: Mapping[str, Any], known: Mapping[str, Any], missing: bool) -> bool:
    try:
        return _holds(rule, row, known)
    except KeyError:
        return missing


def _holds(rule: Condition, row: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    # every part is looked at: an attribute that is not known decides wherever it stands
    if isinstance(rule, AllOf | AnyOf):
        parts = [_holds(part, row, known) for part in rule.parts]
        return all(parts) if isinstance(rule, AllOf) else any(parts)
    if isinstance(rule, Not):
        return not _holds(rule.part, row, known)
    value = row[COLUMNS[rule.level]]
    if isinstance(rule, IsUnknown):
        return value is None
    if isinstance(rule, OneOf):
        if isinstance(rule.values[0], Attribute):
            units = known[rule.values[0].name]
            return units is None or value in units
        return value in rule.values
    assert isinstance(rule, Compare)
    against = known[rule.value.name] if isinstance(rule.value, Attribute) else rule.value
    if rule.operator == "=":
        return bool(value == against)
    if rule.operator == "!=":
        return bool(value != against)
    signs = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
    return value is not None and bool(signs[rule.operator](value, against))
