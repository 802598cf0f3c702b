"""lower, for movements: two sides of a boundary are joined by unit and instant; who stays in a cell did not move."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlglot import exp

from dataport.engine.algebra import (
    ADDED,
    BEFORE_IT,
    CAUSE,
    MANY,
    Crossed,
    Crossing,
    Moved,
    Node,
    Side,
    Stacked,
    StayedWhilePlacesMoved,
)
from dataport.engine.blocks import (
    Parameters,
    aliased,
    all_of,
    any_of,
    case,
    cast,
    column,
    given,
    is_known,
    number,
    or_zero,
    select,
    table_of,
    union,
)
from dataport.engine.lower_columns import key_of
from dataport.engine.lower_conditions import member_of, test_of
from dataport.semantic.condition import levels_of, renamed
from dataport.semantic.movement import END, ENTERED, LEFT, OTHERWISE, START
from dataport.semantic.names import hidden

Lower: TypeAlias = Callable[[Node], exp.Query]

_UNIT, _AT, _CAUSE, _CHANGES, _COUNTED, _HERE = (
    hidden("side", what) for what in ("unit", "at", "cause", "changes", "counted", "here")
)
_IS, _WAS, _WHY, _COUNT = (hidden("crossed", what) for what in ("is counted", "was counted", "why", "how many"))
_CROSSED = hidden("crossed", "")


def _crossing(node: Crossing, lower: Lower, parameters: Parameters) -> exp.Query:
    tests: list[exp.Expr] = [
        exp.GTE(this=column(node.at), expression=parameters.add(node.since)),
        exp.LT(this=column(node.at), expression=parameters.add(node.until)),
    ]
    if node.holding:
        tests.append(exp.LT(this=column(node.holding.start), expression=column(node.holding.end)))
    if node.changes:
        tests.append(_has_changed(_or_all(column(node.changes)), node.bits, parameters))
    return select([exp.Star()], lower(node.source).subquery("source", copy=False), where=tests)


def _crossed(node: Crossed, lower: Lower, parameters: Parameters) -> exp.Query:
    # What is not counted may be left out before the join, except where a missing side is told as something: as the
    # edge of a scope, or as a beginning or an end where no cause is kept.
    may_narrow = not node.is_limited and node.began.cause is not None
    began, ended = (_side(one, node, lower, parameters, may_narrow) for one in (node.began, node.ended))
    meet = [exp.EQ(this=column(name, "began"), expression=column(name, "ended")) for name in (_UNIT, _AT)]
    joined = exp.Join(this=ended.subquery("ended", copy=False), side="FULL", on=all_of(meet))
    is_counted, was_counted = (_known(column(_COUNTED, side)) for side in ("began", "ended"))
    columns = [
        *(aliased(column(key.name, "began"), key.name) for key in node.keys),
        *(aliased(column(key.name, "ended"), key.name + BEFORE_IT) for key in node.keys),
        aliased(is_counted, _IS),
        aliased(was_counted, _WAS),
        aliased(_why(node, parameters), _WHY),
        aliased(exp.Count(this=exp.Star()), _COUNT),
    ]
    crossed = select(columns, began.subquery("began", copy=False), joins=[joined], group=len(columns) - 1)
    crossed.set("where", exp.Where(this=any_of([is_counted.copy(), was_counted.copy()])))
    return crossed


def _side(side: Side, node: Crossed, lower: Lower, parameters: Parameters, may_narrow: bool) -> exp.Select:
    test = test_of(node.counted, parameters)
    columns = [
        aliased(column(node.unit), _UNIT),
        aliased(column(side.rows.at), _AT),
        aliased(column(side.cause) if side.cause else exp.Null(), _CAUSE),
        *([aliased(_or_all(column(side.rows.changes)), _CHANGES)] if side.rows.changes else []),
        *map(key_of, node.keys),
        aliased(exp.true() if may_narrow else _known(test), _COUNTED),
        aliased(exp.true(), _HERE),
    ]
    return select(columns, lower(side.rows).subquery("source", copy=False), where=[test] if may_narrow else [])


def _why(node: Crossed, parameters: Parameters) -> exp.Expr:
    """The cause of a boundary, as far as it may be told."""
    began, ended = is_known(column(_HERE, "began")), is_known(column(_HERE, "ended"))
    both = all_of([began, ended])
    if node.began.cause is None:
        changed, begun, gone = map(parameters.add, ("changed", "began", "ended"))
        return case((both, changed), (began.copy(), begun), other=gone)
    causes = [column(_CAUSE, "began"), column(_CAUSE, "ended")]
    own = _explained(exp.Coalesce(this=causes[0], expressions=[causes[1]]), node, parameters)
    if not node.is_limited:
        return own
    told = [
        case((_known(member_of(cause.copy(), node.edges, parameters)), cause.copy()), other=parameters.add(beyond))
        for cause, beyond in zip(causes, (ENTERED, LEFT), strict=True)
    ]
    return case((both, own), (began.copy(), told[0]), other=told[1])


def _explained(cause: exp.Expr, node: Crossed, parameters: Parameters) -> exp.Expr:
    """The cause; or `OTHERWISE` where nothing of the question changed that it can be the cause of."""
    changes = exp.Coalesce(this=column(_CHANGES, "began"), expressions=[column(_CHANGES, "ended")])
    counted = all_of([_known(column(_COUNTED, side)) for side in ("began", "ended")])

    def unexplained(name: str, everything: int, keys: int) -> exp.Expr:
        bits = case((counted.copy(), parameters.add(keys)), other=parameters.add(everything))
        both = exp.Paren(this=exp.BitwiseAnd(this=changes.copy(), expression=bits))
        is_cause = exp.EQ(this=cause.copy(), expression=parameters.add(name))
        return all_of([is_cause, exp.EQ(this=both, expression=number(0))])

    never = tuple(name for name, everything, _ in node.explains if not everything)
    tests = [member_of(cause.copy(), never, parameters)] if never else []
    tests += [unexplained(*one) for one in node.explains if one[1]]
    return case((any_of(tests), parameters.add(OTHERWISE)), other=cause) if tests else cause


def _has_changed(changes: exp.Expr, bits: int, parameters: Parameters) -> exp.Expr:
    both = exp.BitwiseAnd(this=changes, expression=parameters.add(bits))
    return exp.NEQ(this=exp.Paren(this=both), expression=number(0))


def _or_all(changes: exp.Expr) -> exp.Expr:
    """The bits of what changed; all of them (-1) where that is not kept, for anything may have."""
    return exp.Coalesce(this=changes, expressions=[number(-1)])


def _stayed(node: StayedWhilePlacesMoved, lower: Lower, parameters: Parameters) -> exp.Query:
    columns = [
        *map(column, node.keys),
        *(aliased(column(name), name + BEFORE_IT) for name in node.keys),
        aliased(exp.true(), _IS),
        aliased(exp.true(), _WAS),
        aliased(parameters.add(node.why), _WHY),
        aliased(column(node.measure), _COUNT),
    ]
    return select(columns, lower(node.source).subquery("source", copy=False))


def _moved(node: Moved, lower: Lower, parameters: Parameters) -> exp.Query:
    before = renamed(node.condition, {name: name + BEFORE_IT for name in levels_of(node.condition)})
    is_counted = all_of([column(_IS), _known(test_of(node.condition, parameters))])
    was_counted = all_of([column(_WAS), _known(test_of(before, parameters))])
    after_it, before_it = list(node.keys), [name + BEFORE_IT for name in node.keys]
    kept = [*map(column, (*after_it, *before_it)), column(_WHY), column(_COUNT)]
    crossed = select(
        [*kept, aliased(is_counted, _IS), aliased(was_counted, _WAS)],
        lower(node.source).subquery("source", copy=False),
    )
    came, went = (_one_way(node, adds, keys) for adds, keys in ((True, after_it), (False, before_it)))
    return given(union([came, went]), {_CROSSED: crossed})


def _one_way(node: Moved, adds: bool, keys: list[str]) -> exp.Select:
    """Who came to cells, or who left them."""
    alike: list[exp.Expr] = [
        exp.NullSafeEQ(this=column(name), expression=column(name + BEFORE_IT)) for name in node.keys
    ]
    stays = exp.Paren(this=all_of([column(_IS), column(_WAS), *alike]))
    named = [aliased(column(key), name) for key, name in zip(keys, node.keys, strict=True)]
    many: exp.Expr = exp.Sum(this=column(_COUNT))
    columns = [
        *named,
        aliased(exp.true() if adds else exp.false(), ADDED),
        aliased(column(_WHY), CAUSE),
        aliased(cast(many if adds else exp.Neg(this=many), "BIGINT"), MANY),
    ]
    where = all_of([column(_IS if adds else _WAS), exp.Not(this=stays)])
    return select(columns, table_of(_CROSSED), where=[where], group=len(columns) - 1)


def _stacked(node: Stacked, lower: Lower, parameters: Parameters) -> exp.Query:
    before, now = (
        select(
            [
                *map(column, node.keys),
                aliased(exp.true(), ADDED),
                aliased(parameters.add(name), CAUSE),
                aliased(cast(or_zero(column(measure)), "BIGINT"), MANY),
            ],
            lower(leg).subquery("source", copy=False),
        )
        for name, measure, leg in zip((START, END), node.measures, (node.before, node.now), strict=True)
    )
    moved = select([exp.Star()], lower(node.moved).subquery("source", copy=False))
    return union([before, now, moved])


def _known(test: exp.Expr) -> exp.Expr:
    """The test; false where it is unknown."""
    return exp.Coalesce(this=test, expressions=[exp.false()])


MOVEMENTS: Mapping[type, Callable[[Any, Lower, Parameters], exp.Query]] = {
    Crossing: _crossing,
    Crossed: _crossed,
    StayedWhilePlacesMoved: _stayed,
    Moved: _moved,
    Stacked: _stacked,
}
