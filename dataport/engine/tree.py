"""tree: the nodes of a plan, for modules that walk through plans: to tell them in words, and to find what they read."""

from __future__ import annotations

from collections.abc import Iterator

from dataport.engine.algebra import (
    Align,
    Attained,
    Crossed,
    Dated,
    Link,
    Mark,
    Node,
    Plan,
    SemiJoin,
    Stacked,
    Tally,
    TopAndOthers,
    UnionAll,
)
from dataport.engine.scan import OneRecord, RecordSpans, Scan


def sources(node: Node) -> tuple[Node, ...]:
    """The nodes that a node reads; of `Dated`, which makes one count at several dates, only the first."""
    match node:
        case Scan():
            return ()
        case RecordSpans(records=records):
            return (records,)
        case OneRecord(source=source, spans=spans):
            return source, spans
        case Align(legs=legs):
            return legs
        case Dated(parts):
            return (parts[0][1],)
        case UnionAll(parts):
            return parts
        case TopAndOthers(source=source, ranked=ranked) | SemiJoin(source=source, ranked=ranked):
            return source, ranked
        case Link(owners=owners, members=members):
            return owners, members
        case Crossed(began=began, ended=ended):
            return began.rows, ended.rows
        case Stacked(before=before, now=now, moved=moved):
            return before, now, moved
        case Mark(source=source, members=members) | Tally(source=source, members=members):
            return source, members
        case Attained(source=source, members=members):
            return source, members
        case _:
            return (node.source,)


def nodes_of(plan: Plan) -> Iterator[Node]:
    """Every node of a plan, those of its totals too."""
    waiting: list[Node] = [plan.rows, *(total.plan for total in plan.totals)]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += sources(node)
