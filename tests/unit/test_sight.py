"""When roles see the owners of records: stretches of time, as long as the same roles do."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from figures import Desk, world

from dataport.access.open import RoleView
from dataport.engine.blocks import Parameters
from dataport.engine.records import NOBODY, Records
from dataport.engine.sight import Sight, Stretch, handed_over
from dataport.semantic.condition import Compare
from dataport.semantic.record import RecordModel

PERSON = RecordModel("person", "Person", "p", "person", "person_key", ("name",), ids=("person_no",))
HERE, THERE = Compare("unit", "=", "here"), Compare("unit", "=", "there")
FIRST, SECOND, THIRD, LAST = (datetime(2020, month, 1) for month in (1, 2, 3, 4))
# somebody who moved, and somebody who did not
ONE = (Stretch(1, FIRST, SECOND, (True, False)), Stretch(1, SECOND, THIRD, (True, False)))
MOVED = Stretch(1, THIRD, LAST, (False, True))
OTHER = Stretch(2, FIRST, LAST, (True, False))


def view(role: str, rows: Compare | None) -> RoleView:
    return RoleView(role, {} if rows is None else {"person": rows}, frozenset(), 9)


IN_HERE, IN_THERE = view("a", HERE), view("b", THERE)
SIGHT = Sight((IN_HERE, IN_THERE), {HERE: 0, THERE: 1}, PERSON, (*ONE, MOVED, OTHER))


def told(
    views: tuple[RoleView, ...],
    *,
    keys: tuple[int, ...] = (1, 2),
    limit: tuple[tuple[int, ...], ...] | None = None,
    apart: bool = True,
) -> list[tuple[int, datetime, datetime, tuple[bool, ...]]]:
    found = SIGHT.stretches(views, keys, limit, apart=apart)
    return [(one.key, one.since, one.until, one.holds) for one in found]


def test_owners_are_opened_by_the_roles_that_see_some_version_of_theirs() -> None:
    assert SIGHT.openers() == {1: {0, 1}, 2: {0}}


def test_versions_that_the_same_roles_see_are_one_stretch_and_where_others_do_another_begins() -> None:
    apart = [(1, FIRST, THIRD, (True, False)), (1, THIRD, LAST, (False, True)), (2, FIRST, LAST, (True, False))]
    assert told((IN_HERE, IN_THERE)) == apart
    assert told((IN_HERE, IN_THERE), apart=False) == [(1, FIRST, LAST, ()), (2, FIRST, LAST, ())]


def test_what_is_out_of_sight_lies_between_two_stretches() -> None:
    away = Sight((IN_HERE,), {HERE: 0}, PERSON, (Stretch(1, FIRST, SECOND, (True,)), Stretch(1, THIRD, LAST, (True,))))
    assert [(one.since, one.until) for one in away.stretches((IN_HERE,), (1,), None, apart=False)] == [
        (FIRST, SECOND), (THIRD, LAST)]  # fmt: skip


def test_a_role_tells_of_those_whom_it_opens_and_of_no_others() -> None:
    """Each role has a limit of its own: who is opened by another role is not told of by this one."""
    assert told((IN_HERE, IN_THERE), limit=((2,), (1,))) == [
        (1, THIRD, LAST, (False, True)), (2, FIRST, LAST, (True, False))]  # fmt: skip
    assert told((IN_HERE, IN_THERE), keys=(2,)) == [(2, FIRST, LAST, (True, False))]
    assert told((IN_HERE, IN_THERE), limit=((), ())) == []


def test_a_role_for_such_records_sees_them_where_it_also_sees_the_owner() -> None:
    assert told((view("a", THERE),)) == []
    assert told((view("b", THERE),)) == [(1, THIRD, LAST, (True,))]
    assert told((view("a", None),)) == [] == told(())


def test_a_role_that_opens_no_owners_is_judged_on_those_that_the_others_open() -> None:
    assert told((view("c", THERE),)) == [(1, THIRD, LAST, (True,))]


def test_of_nobody_the_same_statement_is_made() -> None:
    statements = []
    for stretches in ([], SIGHT.stretches((IN_HERE, IN_THERE), (1, 2), None, apart=True)):
        parameters = Parameters()
        statements.append((handed_over(stretches, ("_role_0", "_role_1"), parameters).sql(), parameters.values))
    assert statements[0][0] == statements[1][0]
    assert statements[0][1] == {
        "p1": [NOBODY],
        "p2": [datetime.max],
        "p3": [datetime.min],
        "p4": [False],
        "p5": [False],
    }


def _records(rows: str) -> Records:
    engine = Desk(world()).figures.engine
    engine.connection.execute(f"create table p as {rows}")  # type: ignore[attr-defined]
    return Records(engine, 1, {})  # type: ignore[arg-type]


# versions of two persons as above, and of two who were never here nor there
VERSIONS = """
    select * from (values
        (1, timestamp '2020-01-01', timestamp '2020-03-01', 'here'), (1, '2020-03-01', '2020-04-01', 'there'),
        (1, '2020-04-01', '2020-04-01', 'away'), (2, '2020-01-01', '2020-04-01', 'here'),
        (3, '2020-01-01', '2020-04-01', 'away'), (4, '2020-01-01', '2020-04-01', null)
    ) v(person_key, valid_from, valid_to, unit)
"""


@pytest.mark.parametrize("keys", [(1,), (2, 1), (3,), (4,), (1, 2, 3, 4), ()])
def test_what_is_read_are_versions_of_those_asked_about_that_some_role_sees(keys: tuple[int, ...]) -> None:
    scoped: Any = SimpleNamespace(views={"person": (IN_HERE, IN_THERE), "address": (view("c", None),)})
    found = Sight.of(PERSON, keys, scoped, _records(VERSIONS))
    expected = [Stretch(1, FIRST, THIRD, (True, False)), MOVED, OTHER]
    assert list(found.versions) == [one for one in expected if one.key in keys]
    assert (found.within, found.conditions) == ((IN_HERE, IN_THERE), {HERE: 0, THERE: 1})
    nobody: Any = SimpleNamespace(views={"address": (IN_HERE,)})
    assert Sight.of(PERSON, keys, nobody, _records(VERSIONS)).versions == ()


@pytest.mark.parametrize("keys", [(1,), (2, 1, 9), (9,), ()])
def test_which_of_some_keys_there_are_is_asked_of_those_alone(keys: tuple[int, ...]) -> None:
    records = _records("select unnest([1, 1, 2, 3]) as person_key")
    assert records.existing(PERSON, keys) == {1, 2, 3}.intersection(keys)
