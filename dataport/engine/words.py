"""explain: a plan in words, one line per step, from what is read to what is shown. It names no value of a person."""

from __future__ import annotations

from datetime import datetime, time

from dataport.access import Where, Within
from dataport.engine.aggregate import Aggregate
from dataport.engine.algebra import (
    Aged,
    Align,
    Attained,
    Banded,
    Crossed,
    Crossing,
    Dated,
    Derive,
    Filter,
    Group,
    Link,
    Lookup,
    Mark,
    Moved,
    Node,
    Order,
    Overlap,
    Plan,
    Project,
    SemiJoin,
    Shifted,
    Stacked,
    StayedWhilePlacesMoved,
    Steps,
    Tally,
    TopAndOthers,
    UnionAll,
    Window,
)
from dataport.engine.columns import Column, Computed, Difference, Portion
from dataport.engine.derived_columns import HIDDEN
from dataport.engine.keys import SortKey
from dataport.engine.scan import OneRecord, RecordSpans, Scan
from dataport.engine.times import AtInstant, During, Touching
from dataport.engine.tree import sources
from dataport.semantic.arithmetic import in_words as arithmetic_in_words
from dataport.semantic.condition import ALWAYS, in_words
from dataport.semantic.names import MARK


def explain(plan: Plan) -> tuple[str, ...]:
    """The plan's steps, indented by depth; the totals after the rows."""
    lines = _lines(plan.rows, 0)
    for total in plan.totals:
        lines.append(f"total {'by ' + ', '.join(total.levels) if total.levels else 'over everything'}, by itself:")
        lines += _lines(total.plan, 1)
    return tuple(lines)


def _lines(node: Node, depth: int) -> list[str]:
    said = "  " * depth + _say(node)
    below = [line for source in sources(node) for line in _lines(source, depth + 1)]
    return [said, *below]


def _say(node: Node) -> str:
    match node:
        case Scan(table, fact, scope, columns, of):
            rows = f"only rows of the viewer's {scope.column} values" if isinstance(scope, Within) else "all rows"
            rows = "only rows that policies permit" if isinstance(scope, Where) else rows
            rollup = f", the rollup of {fact.table}" if of else ""
            return f"read {len(columns)} columns of {table.name}{rollup}: {rows}"
        case OneRecord():
            return "of a person with several records in scope, only what belongs to the one that stands for them"
        case RecordSpans(rank=rank):
            return f"which record stands for its person when: of those in scope, the one of least {rank}"
        case Filter():
            return f"keep {_kept(node)}"
        case Link(key=key):
            return f"join members in scope to their group by {key}, for as long as both hold"
        case Mark(name=name, key=key, is_required=is_required):
            return (
                f"keep rows with at least one such {key}" if is_required else f"{name}: whether there is such a {key}"
            )
        case Project(columns=columns):
            return f"carry {len(columns)} columns"
        case Tally() | Attained() | Aged() | Overlap() | Banded() | TopAndOthers():
            return _added_column(node)
        case Crossing() | Crossed() | StayedWhilePlacesMoved() | Moved() | Stacked():
            return _movement(node)
        case Dated(parts):
            return f"count at each of {len(parts)} dates by itself, for it does not add up over time; at the first:"
        case UnionAll(said=said):
            return said
        case Shifted(count=count, unit=unit):
            return f"put beside the period {count} {unit}{'s' if count > 1 else ''} later"
        case Group(keys=keys, aggregates=aggregates, period=period):
            names = [key.name for key in keys] + ([f"{period.grain} of {period.column}"] if period else [])
            return f"count {_aggregates(aggregates)}{' by ' + ', '.join(names) if names else ''}"
        case Steps(keys=keys, aggregates=aggregates, grain=grain):
            names = [key.name for key in keys] + [f"the {grain} in which a row opens or closes"]
            return f"count {_aggregates(aggregates)} once by {', '.join(names)}, as steps up and down"
        case Lookup(name=name, base=base, dimension=dimension, instant=instant):
            return f"look {name} up in {dimension.table} by {base}, as of {instant:%Y-%m-%d}; no match is unknown"
        case Align(keys=keys, periods=periods):
            filled = f", with a row for each of {len(periods)} periods" if periods else ""
            return f"put side by side by {', '.join(keys) or 'nothing: one row'}{filled}"
        case Window(running=running):
            return f"add up over the periods: {', '.join(running) or 'nothing'}"
        case Derive(columns=columns):
            shown = [one for one in columns if not one.name.startswith(HIDDEN)]
            return "compute " + ", ".join(map(_computed, shown))
        case SemiJoin(keys=keys, place=place) if place:
            return f"keep all rows of the first by {', '.join(keys)}, in their order; these are:"
        case SemiJoin(keys=keys):
            return f"keep all periods of the first by {', '.join(keys)}; over the whole time these are:"
        case Order(by=by, limit=limit):
            terms = ", ".join(map(_sorted_by, by))
            return f"{f'the first {limit} rows, ' if limit else ''}in the order of {terms or 'one row'}"


def _added_column(node: Tally | Attained | Aged | Overlap | Banded | TopAndOthers) -> str:
    match node:
        case Tally(name=name, key=key):
            return f"{name}: how many members in scope there are by {key}"
        case Attained(name=name, key=key, at=at, days=days):
            return f"{name}: whether the same {key} comes to it within {days} days of {at}"
        case Aged(name=name, column=column, day=day):
            return f"{name}: completed years from {column} to {day}"
        case Overlap(name=name, first=first, days=days):
            return f"{name}: on how many of {days} days from {first} a row was valid at the end of the day"
        case Banded(name=name, base=base, bands=bands):
            return f"put {base} into the bands {', '.join(bands.labels)}: {name}"
        case TopAndOthers(key=key):
            return f"put the members of {key} that are not among the first together; the first are:"


def _movement(node: Crossing | Crossed | StayedWhilePlacesMoved | Moved | Stacked) -> str:
    match node:
        case Crossing(at=at, since=since, until=until, changes=changes):
            which = ", where something asked about changed" if changes else ""
            return f"keep rows whose {at} is from {since:%Y-%m-%d %H:%M:%S} to before {until:%Y-%m-%d %H:%M:%S}{which}"
        case Crossed(unit=unit, keys=keys, counted=counted):
            names = ", ".join(key.name for key in keys) or "nothing"
            return (
                f"put both sides of a boundary together by {unit} and instant, and count them by {names} on either "
                + (f"side, where {in_words(counted)}")
            )
        case StayedWhilePlacesMoved():
            return "take who is counted on the later day as having stayed"
        case Moved(keys=keys):
            return f"count who came to or left a cell by {', '.join(keys) or 'nothing: one row'}, by cause"
        case Stacked(keys=keys):
            return f"put both numbers and the movements one below the other, by {', '.join(keys) or 'nothing: one row'}"


def _computed(column: Column) -> str:
    match column:
        case Computed(name, expression):
            return f"{name} = {arithmetic_in_words(expression)}"
        case Portion(name, measure, alike):
            return f"{name} = {measure} / its sum over {'rows alike in ' + ', '.join(alike) if alike else 'all rows'}"
        case Difference(name, now, before):
            return f"{name} = {now.name} - {before.name}"
    return column.name


def _sorted_by(key: SortKey) -> str:
    level, mark, _ = key.name.partition(MARK)
    if mark:
        return f"{level}, the others last"
    return key.name + (" descending" if key.descending else "")


def _kept(node: Filter) -> str:
    said = []
    match node.time:
        case AtInstant(_, instant):
            said.append(f"rows valid at {instant:%Y-%m-%d %H:%M:%S}")
        case Touching(_, first, last):
            said.append(f"rows valid at any time from {first:%Y-%m-%d} to {last:%Y-%m-%d}")
        case During(axis, since, until):
            said.append(f"rows whose {axis} is {f'from {_moment(since)} to ' if since else ''}before {_moment(until)}")
    if node.condition != ALWAYS:
        said.append(f"where {in_words(node.condition)}")
    if node.among is not None:
        name, keys = node.among
        said.append(f"of which {name} is one of {len(keys):,}")
    return " ".join(said) or "every row"


def _moment(instant: datetime) -> str:
    """An instant in words; a midnight is told as its day."""
    return f"{instant:%Y-%m-%d}" if instant.time() == time.min else f"{instant:%Y-%m-%d %H:%M:%S}"


def _aggregates(aggregates: tuple[Aggregate, ...]) -> str:
    return ", ".join(
        _counted(one) + (f" (where {in_words(one.where)})" if one.where != ALWAYS else "") for one in aggregates
    )


def _counted(one: Aggregate) -> str:
    match one.function:
        case "count_distinct":
            return f"{one.name} (distinct {one.column})"
        case "quantile":
            return f"{one.name} (the quantile {one.quantile:g} of {one.column})"
    return one.name
