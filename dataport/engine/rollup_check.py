"""Whether the rollup of a fact, in a file of one's own, holds the steps that the fact's rows make."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlglot import exp

from dataport.engine.algebra import (
    Plan,
)
from dataport.engine.blocks import (
    aliased,
    as_instant,
    case,
    cast,
    column,
    day_literal,
    day_of,
    is_known,
    number,
    select,
    union,
)
from dataport.engine.claim_check import Breach
from dataport.engine.protocol import Bound, Engine, rows_of, run
from dataport.engine.scan import Scan
from dataport.engine.tree import nodes_of
from dataport.semantic import Catalog, Horizon
from dataport.semantic.held import Instant
from dataport.semantic.model import Fact

_DAY, _STEP = "_day", "_step"


@dataclass(frozen=True, slots=True)
class Sums:
    """That a table of a rollup holds, by day or by month, the steps of its fact as far as anything can be asked.

    Attributes:
        place, fact: where the two tables are.
        start, end: the validity of the fact.
        columns: those that the rollup keeps.
        day, count: its columns of the date and the number of a step.
        monthly: whether the steps of a month stand under its first day.
        horizon: what can be asked about: the steps before it may stand under any earlier day.
    """

    said: str
    place: tuple[str, str, str]
    fact: tuple[str, str, str]
    start: Instant
    end: Instant
    columns: tuple[str, ...]
    day: str
    count: str
    monthly: bool
    horizon: Horizon


def sums_of(plan: Plan, catalog: Catalog, horizon: Horizon) -> tuple[Sums, ...]:
    """The sums that a plan relies on for the rollups it reads."""
    scans = (node for node in nodes_of(plan) if isinstance(node, Scan))
    read = {node.rollup.name for node in scans if node.rollup and node.table.held}
    return tuple(one for name in sorted(read) for one in _sums(name, catalog, horizon))


def _sums(name: str, catalog: Catalog, horizon: Horizon) -> Iterator[Sums]:
    rollup = catalog.rollups[name]
    fact: Fact = catalog.facts[rollup.of]
    assert fact.held and fact.validity
    start, end = (fact.held.instants[one] for one in (fact.validity.start, fact.validity.end))
    of = fact.held.database, fact.held.schema, fact.held.table
    for table in rollup.tables:
        held = rollup.held[table]
        yield Sums(
            f"The rollup {name}",
            (held.database, held.schema, held.table),
            of,
            start,
            end,
            rollup.columns,
            rollup.day,
            rollup.count,
            table == rollup.monthly and rollup.monthly != rollup.table,
            horizon,
        )


def differences(sums: Sums, engine: Engine) -> tuple[Breach, ...]:
    """Where rollup and fact do not make the same steps."""
    ((found,),) = rows_of(run(engine, Bound.to({}, _count(_differing(sums, shown=False)))))
    if not found:
        return ()
    kept = ", ".join(sums.columns)
    what = f"have, for some day and {kept}, another number of steps than the rows of its fact make"
    return (Breach(what, int(found), None, engine.render(_differing(sums, shown=True))),)


def _count(differing: exp.Query) -> exp.Select:
    return select([exp.Count(this=exp.Star())], differing.subquery("differing", copy=False))


def _differing(sums: Sums, *, shown: bool) -> exp.Select:
    """Days and members for which the fact and the rollup have different numbers of steps."""
    keys = [*sums.columns, _DAY]
    parts = union([*_of_fact(sums, shown), _of_rollup(sums, shown)]).subquery("both", copy=False)
    total = exp.Sum(this=column(_STEP))
    until = _last_first_day(sums)
    known = exp.LTE(this=column(_DAY), expression=day_literal(until))
    summed = select([*map(column, keys), aliased(total, _STEP)], parts, where=[known], group=len(keys))
    zero = exp.NEQ(this=exp.Coalesce(this=total.copy(), expressions=[number(0)]), expression=number(0))
    summed.set("having", exp.Having(this=zero))
    return summed


def _of_fact(sums: Sums, shown: bool) -> Iterator[exp.Select]:
    """A step up on the day on which a row begins, and one down on that on which it ends, as far as is known."""
    table = _table(sums.fact, shown)
    start, end = as_instant(sums.start), as_instant(sums.end)
    watermark = cast(exp.Literal.string(sums.horizon.watermark.isoformat(sep=" ")), "TIMESTAMP")
    holds = exp.LT(this=start, expression=end)
    for at, step in ((start, 1), (end, -1)):
        columns = [*map(column, sums.columns), aliased(_placed(day_of(at.copy()), sums), _DAY)]
        where = [holds.copy(), exp.LT(this=at.copy(), expression=watermark.copy())]
        yield select([*columns, aliased(exp.Literal.number(step), _STEP)], table.copy(), where=where)


def _of_rollup(sums: Sums, shown: bool) -> exp.Select:
    placed = aliased(_placed(day_of(column(sums.day)), sums), _DAY)
    steps = aliased(exp.Neg(this=column(sums.count)), _STEP)
    known = [is_known(column(sums.day))]
    return select([*map(column, sums.columns), placed, steps], _table(sums.place, shown), where=known)


def _placed(day: exp.Expr, sums: Sums) -> exp.Expr:
    """The day a step is compared under: by months, the first; before what is known, one and the same for all."""
    begins = sums.horizon.first_day.replace(day=1)
    before = begins - timedelta(days=1)
    is_before = exp.LT(this=day, expression=day_literal(begins))
    if not sums.monthly:
        return case((is_before, day_literal(before)), other=day.copy())
    earlier = exp.Paren(this=exp.Sub(this=exp.Day(this=day.copy()), expression=number(1)))
    first = exp.Sub(this=day.copy(), expression=cast(earlier, "INT"))
    return case((is_before, day_literal(before)), other=first)


def _last_first_day(sums: Sums) -> date:
    """The last day or, by months, the first day of the last month that is known whole."""
    last = sums.horizon.last_day
    if not sums.monthly:
        return last
    after: datetime = datetime.combine(last + timedelta(days=1), datetime.min.time())
    return (after.date().replace(day=1) - timedelta(days=1)).replace(day=1)


def _table(place: tuple[str, str, str], shown: bool) -> exp.Table:
    database, schema, name = (exp.Identifier(this=one, quoted=True) for one in place)
    return exp.Table(this=name, db=schema, catalog=None if shown else database)
