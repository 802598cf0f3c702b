"""plan: from a ScopedQuestion to the algebra. One leg per fact and time, one scan per leg, however many indicators."""

from __future__ import annotations

from dataport.access import ScopedQuestion
from dataport.engine.algebra import (
    Align,
    Derive,
    Filter,
    Node,
    Order,
    Plan,
    SemiJoin,
    Stacked,
    Total,
    Window,
)
from dataport.engine.derived_columns import derived_columns, quotient_columns
from dataport.engine.keys import SortKey
from dataport.engine.leg import Leg, legs_of
from dataport.engine.movement_leg import MovementLeg
from dataport.semantic.condition import ALWAYS
from dataport.semantic.model import Level
from dataport.semantic.names import hidden
from dataport.semantic.question import Question, flag_of_others
from dataport.semantic.timeline import PERIOD


def plan(scoped: ScopedQuestion, *, rollups: bool = True) -> Plan:
    """The plan of a question that has passed the guard; nothing else is planned.

    Without ``rollups`` everything is counted on the facts themselves; the answers are the same.

    Raises:
        WrongRequest: a trend that must be counted date by date has too many dates, or a change cannot be taken apart.
    """
    if not isinstance(scoped, ScopedQuestion):
        raise TypeError("only a ScopedQuestion can be planned")
    totals = tuple(Total(names, _total(scoped, names, rollups)) for names in scoped.question.subtotals)
    return Plan(_rows(scoped, rollups), totals)


def _total(scoped: ScopedQuestion, names: tuple[str, ...], rollups: bool) -> Order:
    """A total at its own grain. Where a top takes whole lines, a total at the end of each line keeps the same lines."""
    question, rows = scoped.question, _rows(scoped.spanning(names), rollups)
    if not (question.takes_members and question.across and set(question.going_down) <= set(names)):
        return rows
    kept = SemiJoin(rows.source, question.going_down, _rows(scoped.ranking(), rollups), _PLACE)
    return Order(kept, (SortKey(_PLACE), *rows.by))


# Where the line of a row stands among the lines that a top takes.
_PLACE = hidden("line", "place")


def _rows(scoped: ScopedQuestion, rollups: bool) -> Order:
    question = scoped.question
    line = question.timeline
    keys = question.keys + ((PERIOD,) if line.grain else ())
    ranked = _rows(scoped.ranking(), rollups) if question.other or question.takes_members else None
    others = ranked if question.other else None
    legs = [Leg(scoped, leaves, side, others, rollups) for side in question.sides for leaves in legs_of(scoped, side)]
    measures = tuple(name for leg in legs for name in leg.measures)
    if question.tells_causes:
        now, before = legs
        names = (before.measures[0], now.measures[0])
        stacked = Stacked(before.node(), now.node(), names, MovementLeg(scoped, now).node(), keys)
        return Order(stacked, _order(question))
    node: Node = Align(tuple(leg.node() for leg in legs), keys, measures, tuple(p.first for p in line.periods))
    if line.grain:
        running = tuple(name for leg in legs if leg.is_running for name in leg.measures)
        node = Window(node, keys[:-1], running, tuple(name for name in measures if name not in running))
    columns = quotient_columns if question.decomposed else derived_columns
    node = Derive(node, keys, columns(question, measures))
    if question.having != ALWAYS:
        node = Filter(node, question.having)
    if question.takes_members:
        assert ranked
        place = _PLACE if question.across else ""
        return Order(SemiJoin(node, question.going_down, ranked, place), _order(question))
    return Order(node, _order(question), question.top)


def _order(question: Question) -> tuple[SortKey, ...]:
    """What was asked for, or the largest first for a top; then the breakdowns and the period, so that no rows tie.

    The others together come last, whatever was asked for.
    """
    terms = [SortKey(term.name, term.descending, _ranking(term.name, question)) for term in question.order]
    by_size = question.top or (question.other and len(question.by) == 1)
    if question.takes_members and question.across:
        terms.insert(0, SortKey(_PLACE))
    elif not terms and by_size and not question.timeline.grain:
        terms.append(SortKey(question.indicators[0].name, descending=True))
    rest = [level.name for level in question.by] + ([PERIOD] if question.timeline.grain else [])
    seen = {term.name for term in terms}
    last = (SortKey(flag_of_others(question.by[0].name)),) if question.other else ()
    return (*last, *terms, *(SortKey(name, ranking=_ranking(name, question)) for name in rest if name not in seen))


def _ranking(name: str, question: Question) -> tuple[str, ...]:
    level: Level | None = question.catalog.levels.get(name)
    if level is not None and level.bands:
        return level.bands.labels
    if level is None or not level.ordered or not level.code_list:
        return ()
    return tuple(question.catalog.code_lists[level.code_list].labels)
