"""Whether a table keeps a claim. Where no key has several rows, one pass over the table tells."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from dataport.engine.blocks import aliased, all_of, as_instant, column, identifier, is_known, number, select
from dataport.engine.claims import Claim
from dataport.engine.exact import Exact, needing
from dataport.engine.failures import OutOfMemory
from dataport.engine.lower_numbers import as_met
from dataport.engine.protocol import Bound, Engine, rows_of, run

# A check that does not fit into memory at once is made in so many parts, each of some of the keys.
_PARTS = 32
_KEY, _START, _END, _UNTIL, _ROWS = "_key", "_start", "_end", "_until", "_rows"

# A query over the rows for which some tests hold.
Over: TypeAlias = Callable[[Sequence[exp.Expr]], exp.Select]


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that a table does not keep.

    Attributes:
        what: what is wrong with the rows, after "Rows that …".
        rows, values: how many, and of how many keys; None where keys do not matter.
        statement: shows the rows, to whoever may open the file.
    """

    what: str
    rows: int
    values: int | None
    statement: str


def breaches(claim: Claim, engine: Engine) -> tuple[Breach, ...]:
    """What the table of a claim does not keep; nothing if all is as declared."""
    return tuple(_breaches(claim, engine))


def _breaches(claim: Claim, engine: Engine) -> Iterator[Breach]:
    unknown, nobodys, backwards, holding, keys = _total(_counts(claim), claim, engine)
    if unknown and claim.is_required:
        shown = engine.render(_shown(claim, _is_null(claim.key)))
        yield Breach(f"have no {claim.role} ({claim.key} is null)", unknown, None, shown)
    if nobodys and claim.scope:
        shown = engine.render(_shown(claim, _is_null(claim.scope)))
        yield Breach(f"have no scope ({claim.scope} is null), so they are nobody's", nobodys, None, shown)
    if backwards and claim.start and claim.end:
        what = f"end before they begin ({claim.end.column} is before {claim.start.column})"
        yield Breach(what, backwards, None, engine.render(_shown(claim, _is_backwards(claim))))
    if claim.is_once and holding > keys:
        values, rows = _total(_repeated_counts(claim), claim, engine)
        if not rows:
            return
        shown = engine.render(_shown(claim, exp.In(this=_met(claim), query=_keys_again(claim))))
        named = f"the same {claim.role} ({'the day of ' if claim.kind else ''}{claim.key})"
        what = f"begin while another row with {named} still holds" if claim.start else f"have {named} as another row"
        yield Breach(what, rows, values, shown)


def _counts(claim: Claim) -> Over:
    """Counts of rows without a key, without a scope, that end before they begin, that hold, and of keys of the last."""
    nothing = number(0)
    holds = _holding(claim)
    measures = [
        _count(_is_null(claim.key)),
        _count(_is_null(claim.scope)) if claim.scope else nothing,
        _count(_is_backwards(claim)) if claim.start else nothing,
        _count(holds),
        exp.Filter(
            this=exp.Count(this=exp.Distinct(expressions=[_met(claim)])),
            expression=exp.Where(this=holds.copy()),
        ),
    ]
    return lambda tests: select([one.copy() for one in measures], _table(claim), where=tests)


def _repeated_counts(claim: Claim) -> Over:
    """How many keys `_again` finds, and how many rows."""
    if claim.start is None:
        counts: list[exp.Expr] = [exp.Count(this=exp.Star()), exp.Sum(this=column(_ROWS))]
    else:
        counts = [exp.Count(this=exp.Distinct(expressions=[column(_KEY)])), exp.Count(this=exp.Star())]
    return lambda tests: select(counts, _again(claim, _table(claim), tests).subquery("again", copy=False))


def _keys_again(claim: Claim) -> exp.Subquery:
    again = _again(claim, _table(claim, shown=True), ()).subquery("again", copy=False)
    return select([column(_KEY)], again).subquery(copy=False)


def _again(claim: Claim, table: exp.Table, tests: Sequence[exp.Expr]) -> exp.Select:
    """Keys with several rows, or rows that begin while an earlier one of their key still holds."""
    key = aliased(_met(claim), _KEY)
    rows = [_holding(claim), *tests]
    if claim.start is None or claim.end is None:
        counted = select([key, aliased(exp.Count(this=exp.Star()), _ROWS)], table, where=rows, group=1)
        counted.set("having", exp.Having(this=exp.GT(this=exp.Count(this=exp.Star()), expression=number(1))))
        return counted
    ends = [aliased(as_instant(claim.start), _START), aliased(as_instant(claim.end), _END)]
    held = select([key, *ends], table, where=rows).subquery("held", copy=False)
    until = exp.Window(
        this=exp.Max(this=column(_END)),
        partition_by=[column(_KEY)],
        order=exp.Order(expressions=[exp.Ordered(this=column(one), nulls_first=False) for one in (_START, _END)]),
        spec=exp.WindowSpec(kind="ROWS", start="UNBOUNDED", start_side="PRECEDING", end="1", end_side="PRECEDING"),
    )
    ordered = select([column(_KEY), column(_START), aliased(until, _UNTIL)], held).subquery("ordered", copy=False)
    return select([column(_KEY)], ordered, where=[exp.LT(this=column(_START), expression=column(_UNTIL))])


def _met(claim: Claim) -> exp.Expr:
    """The key as it is compared with what leads to it."""
    return as_met(column(claim.key), claim.kind) if claim.kind else column(claim.key)


def _holding(claim: Claim) -> exp.Expr:
    """Rows with a key that hold at some instant: one that ends as it begins holds at none."""
    known = is_known(column(claim.key))
    if claim.start is None or claim.end is None:
        return known
    return all_of([known, exp.LT(this=as_instant(claim.start), expression=as_instant(claim.end))])


def _is_backwards(claim: Claim) -> exp.Expr:
    assert claim.start and claim.end
    return exp.LT(this=column(claim.end.column), expression=column(claim.start.column))


def _is_null(name: str) -> exp.Expr:
    return exp.Is(this=column(name), expression=exp.Null())


def _count(test: exp.Expr) -> exp.Expr:
    return exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=test))


def _table(claim: Claim, *, shown: bool = False) -> exp.Table:
    """The table; with `shown`, by the name that it has for somebody who opens the file by itself."""
    database, schema, name = claim.place
    catalog = None if shown else identifier(database)
    return exp.Table(this=identifier(name), db=identifier(schema), catalog=catalog)


def _shown(claim: Claim, test: exp.Expr) -> exp.Select:
    """A statement that shows rows; those of the same key stand together."""
    rows = select([exp.Star()], _table(claim, shown=True), where=[test])
    names = [claim.key, *(one.column for one in (claim.start, claim.end) if one)]
    rows.set("order", exp.Order(expressions=[exp.Ordered(this=column(name), nulls_first=False) for name in names]))
    return rows


def _total(over: Over, claim: Claim, engine: Engine) -> tuple[int, ...]:
    """The counts over all rows; added up from parts of the keys where the engine has no memory for all at once."""

    def row(*tests: exp.Expr) -> tuple[int, ...]:
        (found,) = rows_of(run(engine, Bound.to({}, over(tests))))
        return tuple(int(one or 0) for one in found)

    try:
        return row()
    except OutOfMemory:
        parts = [row(_in_part(claim, part)) for part in range(_PARTS)]
        return tuple(map(sum, zip(*parts, strict=True)))


def _in_part(claim: Claim, part: int) -> exp.Expr:
    hashed = needing(Exact.PARTS_BY_HASH, exp.Anonymous(this="hash", expressions=[_met(claim)]))
    return exp.EQ(this=exp.Mod(this=hashed, expression=number(_PARTS)), expression=number(part))
