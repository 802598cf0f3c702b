"""lower, for persons with several records: when each record stands for its person, and the rows of those that do.

Nearly all records are the only one of their person. Their rank is null, so a test for null is enough; the rest are few.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from sqlglot import exp

from dataport.engine.algebra import (
    Node,
)
from dataport.engine.blocks import (
    Parameters,
    aliased,
    all_of,
    case,
    column,
    given,
    is_known,
    number,
    select,
    table_of,
    union,
)
from dataport.engine.exact import Exact, needing
from dataport.engine.scan import OneRecord, RecordSpans
from dataport.semantic.movement import OTHERWISE
from dataport.semantic.names import hidden

Lower: TypeAlias = Callable[[Node], exp.Query]

_RECORDS, _MOMENTS, _STRETCHES, _HELD, _MARKED, _NUMBERED = (
    hidden("records", what) for what in ("", "moments", "stretches", "held", "marked", "numbered")
)
_PERSON, _RANK, _SINCE, _UNTIL, _IS_NEW, _SPAN, _TAKES_OVER, _GIVES_OVER = (
    hidden("record", what)
    for what in ("person", "rank", "since", "until", "is new", "span", "takes over", "gives over")
)


def _spans(node: RecordSpans, lower: Lower, parameters: Parameters) -> exp.Query:
    """One row per record and stretch of time in which it stands for its person; those of one record do not touch."""
    read = lower(node.records).subquery("source", copy=False)
    names = (node.registration, node.rank, node.validity.start, node.validity.end)
    columns = [aliased(column(name), own) for name, own in zip(names, (_PERSON, _RANK, _SINCE, _UNTIL), strict=True)]
    records = select(columns, read, where=[is_known(column(node.rank))])
    moments = exp.Union(
        this=select([column(_PERSON), column(_SINCE)], table_of(_RECORDS)),
        expression=select([column(_PERSON), aliased(column(_UNTIL), _SINCE)], table_of(_RECORDS)),
        distinct=True,
    )
    next_one = _over(exp.Lead(this=column(_SINCE)), [_PERSON], _SINCE)
    stretches = select([column(_PERSON), column(_SINCE), aliased(next_one, _UNTIL)], table_of(_MOMENTS))
    asked: dict[str, exp.Query] = {_RECORDS: records, _MOMENTS: moments, _STRETCHES: stretches, _HELD: _held()}
    return given(_merged(), asked | _numbered())


def _held() -> exp.Select:
    """Of each stretch between two moments, the least rank of the records that have a row throughout."""
    meet = [
        exp.EQ(this=column(_PERSON, "record"), expression=column(_PERSON, "stretch")),
        exp.LTE(this=column(_SINCE, "record"), expression=column(_SINCE, "stretch")),
        exp.GT(this=column(_UNTIL, "record"), expression=column(_SINCE, "stretch")),
    ]
    keys = [column(name, "stretch") for name in (_PERSON, _SINCE, _UNTIL)]
    first = aliased(exp.Min(this=column(_RANK, "record")), _RANK)
    stretch, record = (
        select([exp.Star()], table_of(name)).subquery(alias, copy=False)
        for name, alias in ((_STRETCHES, "stretch"), (_RECORDS, "record"))
    )
    return select([*keys, first], stretch, joins=[exp.Join(this=record, on=all_of(meet))], group=len(keys))


def _numbered() -> dict[str, exp.Query]:
    """Stretches of one record that follow each other get one number; each says whether another touches either end."""

    def beside(function: type[exp.Func], name: str) -> exp.Expr:
        return _over(function(this=column(name)), [_PERSON], _SINCE)

    goes_on = all_of(
        [
            exp.EQ(this=beside(exp.Lag, _UNTIL), expression=column(_SINCE)),
            exp.EQ(this=beside(exp.Lag, _RANK), expression=column(_RANK)),
        ]
    )
    takes_over = exp.EQ(this=beside(exp.Lag, _UNTIL), expression=column(_SINCE))
    gives_over = exp.EQ(this=beside(exp.Lead, _SINCE), expression=column(_UNTIL))
    every = [column(name) for name in (_PERSON, _SINCE, _UNTIL, _RANK)]
    marks = [
        aliased(case((goes_on, number(0)), other=number(1)), _IS_NEW),
        aliased(_true(takes_over), _TAKES_OVER),
        aliased(_true(gives_over), _GIVES_OVER),
    ]
    spec = exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="CURRENT ROW")
    span = _over(exp.Sum(this=column(_IS_NEW)), [_PERSON], _SINCE, spec)
    return {
        _MARKED: select([*every, *marks], table_of(_HELD)),
        _NUMBERED: select([exp.Star(), aliased(span, _SPAN)], table_of(_MARKED)),
    }


def _merged() -> exp.Select:
    keys = [column(_PERSON), column(_RANK), column(_SPAN)]
    ends = [
        aliased(exp.Min(this=column(_SINCE)), _SINCE),
        aliased(exp.Max(this=column(_UNTIL)), _UNTIL),
        # of the first stretch of a span, and of the last
        aliased(_where(exp.ArgMin, _TAKES_OVER), _TAKES_OVER),
        aliased(_where(exp.ArgMax, _GIVES_OVER), _GIVES_OVER),
    ]
    return select([*keys, *ends], table_of(_NUMBERED), group=len(keys))


def _where(first_or_last: type[exp.ArgMin] | type[exp.ArgMax], name: str) -> exp.Expr:
    return needing(Exact.FIRST_AND_LAST, first_or_last(this=column(name), expression=column(_SINCE)))


def _one_record(node: OneRecord, lower: Lower, parameters: Parameters) -> exp.Query:
    identity, names = node.identity, node.source.columns
    assert identity.rank
    alone = select(
        [column(name) for name in names],
        lower(node.source).subquery("source", copy=False),
        where=[exp.Is(this=column(identity.rank), expression=exp.Null())],
    )
    changed = _changed(node, parameters)
    columns = [aliased(changed.get(name, column(name, "record")), name) for name in names]
    meet: list[exp.Expr] = [
        exp.EQ(this=column(identity.registration, "record"), expression=column(_PERSON, "span")),
        exp.EQ(this=column(identity.rank, "record"), expression=column(_RANK, "span")),
        *_together(node),
    ]
    spans = lower(node.spans).subquery("span", copy=False)
    records = lower(node.source).subquery("record", copy=False)
    return union([alone, select(columns, records, joins=[exp.Join(this=spans, on=all_of(meet))])])


def _together(node: OneRecord) -> list[exp.Expr]:
    """That a row and a span of its record overlap; of a row with one instant, that it is in the span or at an end."""
    since, until = column(_SINCE, "span"), column(_UNTIL, "span")
    if node.identity.at:
        at = column(node.identity.at, "record")
        return [exp.LTE(this=since, expression=at), exp.LTE(this=at.copy(), expression=until)]
    assert node.fact.validity
    begins, ends = column(node.fact.validity.start, "record"), column(node.fact.validity.end, "record")
    return [exp.LT(this=begins, expression=until), exp.LT(this=since, expression=ends)]


def _changed(node: OneRecord, parameters: Parameters) -> Mapping[str, exp.Expr]:
    """The columns of a row that are different where a span cuts it."""
    validity = node.fact.validity
    if node.identity.at or validity is None:
        return {}
    since, until = column(_SINCE, "span"), column(_UNTIL, "span")
    start, end = column(validity.start, "record"), column(validity.end, "record")
    cut: dict[str, exp.Expr] = {
        validity.start: exp.Greatest(this=start, expressions=[since], ignore_nulls=True),
        validity.end: exp.Least(this=end, expressions=[until], ignore_nulls=True),
    }
    if not node.is_crossed:
        return cut
    # The person goes on under one key. Where one record takes over from another nothing else happened to them, so no
    # cause is told.
    cut[node.fact.unit] = column(node.identity.registration, "record")
    why = node.fact.boundaries
    if why is None:
        return cut
    taken = all_of([column(_TAKES_OVER, "span"), exp.LTE(this=start.copy(), expression=since.copy())])
    given_ = all_of([column(_GIVES_OVER, "span"), exp.GTE(this=end.copy(), expression=until.copy())])
    for is_turn, cause, changes in (
        (taken, why.starts, why.start_changes),
        (given_, why.ends, why.end_changes),
    ):
        cut[cause] = case((is_turn.copy(), parameters.add(OTHERWISE)), other=column(cause, "record"))
        if changes:
            cut[changes] = case((is_turn.copy(), number(-1)), other=column(changes, "record"))
    return cut


def _over(function: exp.Expr, by: list[str], order: str, spec: exp.WindowSpec | None = None) -> exp.Window:
    ordered = exp.Order(expressions=[exp.Ordered(this=column(order), nulls_first=False)])
    return exp.Window(this=function, partition_by=[column(name) for name in by], order=ordered, spec=spec)


def _true(test: exp.Expr) -> exp.Expr:
    """The test; false where it is unknown."""
    return exp.Coalesce(this=test, expressions=[exp.false()])


RECORDS: Mapping[type, Callable[[Any, Lower, Parameters], exp.Query]] = {RecordSpans: _spans, OneRecord: _one_record}
