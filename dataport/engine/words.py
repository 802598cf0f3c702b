"""explain: a plan in words, one line per step, from what is read to what is shown. It names no value of a person."""

from __future__ import annotations

from dataport.access import Everything
from dataport.engine.algebra import (
    Aggregate,
    Align,
    AtInstant,
    Column,
    Computed,
    Derive,
    Difference,
    During,
    Group,
    Keep,
    Link,
    Mark,
    Node,
    Order,
    Plan,
    Portion,
    Reach,
    Scan,
    Steps,
    Touching,
    Window,
)
from dataport.engine.derived_columns import HIDDEN
from dataport.semantic.arithmetic import in_words as arithmetic_in_words
from dataport.semantic.condition import ALWAYS, in_words


def explain(plan: Plan) -> tuple[str, ...]:
    """The plan's steps, indented by depth; the totals after the rows."""
    lines = _lines(plan.rows, 0)
    for total in plan.totals:
        lines.append(f"total {'by ' + ', '.join(total.levels) if total.levels else 'over everything'}, by itself:")
        lines += _lines(total.plan, 1)
    return tuple(lines)


def _lines(node: Node, depth: int) -> list[str]:
    said = "  " * depth + _say(node)
    below = [line for source in _sources(node) for line in _lines(source, depth + 1)]
    return [said, *below]


def _sources(node: Node) -> tuple[Node, ...]:
    match node:
        case Scan():
            return ()
        case Align(legs=legs):
            return legs
        case Link(owners=owners, members=members):
            return owners, members
        case Mark(source=source, members=members):
            return source, members
        case _:
            return (node.source,)


def _say(node: Node) -> str:
    match node:
        case Scan(fact, scope, columns):
            rows = "all rows" if isinstance(scope, Everything) else f"only rows of the viewer's {scope.column} values"
            return f"read {len(columns)} columns of {fact.table}: {rows}"
        case Keep():
            return f"keep {_kept(node)}"
        case Link(key=key):
            return f"join members in scope to their group by {key}, for as long as both hold"
        case Mark(name=name, key=key):
            return f"{name}: whether there is at least one such {key}"
        case Group(keys=keys, aggregates=aggregates, period=period):
            names = [key.name for key in keys] + ([f"{period.grain} of {period.column}"] if period else [])
            return f"count {_aggregates(aggregates)}{' by ' + ', '.join(names) if names else ''}"
        case Steps(keys=keys, aggregates=aggregates, grain=grain):
            names = [key.name for key in keys] + [f"the {grain} in which a row opens or closes"]
            return f"count {_aggregates(aggregates)} once by {', '.join(names)}, as steps up and down"
        case Reach(name=name, base=base, dimension=dimension, instant=instant):
            return f"look {name} up in {dimension.table} by {base}, as of {instant:%Y-%m-%d}; no match is unknown"
        case Align(keys=keys, periods=periods):
            filled = f", with a row for each of {len(periods)} periods" if periods else ""
            return f"put side by side by {', '.join(keys) or 'nothing: one row'}{filled}"
        case Window(running=running):
            return f"add up over the periods: {', '.join(running) or 'nothing'}"
        case Derive(columns=columns):
            shown = [one for one in columns if not one.name.startswith(HIDDEN)]
            return "compute " + ", ".join(map(_computed, shown))
        case Order(by=by, limit=limit):
            terms = ", ".join(key.name + (" descending" if key.descending else "") for key in by)
            return f"{f'the first {limit} rows, ' if limit else ''}in the order of {terms or 'one row'}"


def _computed(column: Column) -> str:
    match column:
        case Computed(name, expression):
            return f"{name} = {arithmetic_in_words(expression)}"
        case Portion(name, measure, alike):
            return f"{name} = {measure} / its sum over {'rows alike in ' + ', '.join(alike) if alike else 'all rows'}"
        case Difference(name, now, before):
            return f"{name} = {now.name} - {before.name}"
    return column.name


def _kept(node: Keep) -> str:
    said = []
    match node.time:
        case AtInstant(_, instant):
            said.append(f"rows valid at {instant:%Y-%m-%d %H:%M:%S}")
        case Touching(_, first, last):
            said.append(f"rows valid at any time from {first:%Y-%m-%d} to {last:%Y-%m-%d}")
        case During(axis, first_day, last_day):
            since = f"from {first_day} " if first_day else ""
            said.append(f"rows whose {axis} is {since}to {last_day}")
    if node.condition != ALWAYS:
        said.append(f"where {in_words(node.condition)}")
    return " ".join(said) or "every row"


def _aggregates(aggregates: tuple[Aggregate, ...]) -> str:
    return ", ".join(
        one.name + (f" (where {in_words(one.where)})" if one.where != ALWAYS else "") for one in aggregates
    )
