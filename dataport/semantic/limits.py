"""What was cut or chosen for whoever asked a question, in words."""

from __future__ import annotations

from dataport.semantic.condition import ALWAYS
from dataport.semantic.formula import Share
from dataport.semantic.movement import ByMovements, ByParts
from dataport.semantic.question import Question
from dataport.semantic.timeline import Timeline


def limits_of(question: Question) -> tuple[str, ...]:
    """What was cut or chosen for the asker, on both sides of a comparison."""
    line, other = question.timeline, question.compared
    notes = [*question.readings, *_notes(question, line)]
    if question.has_links and any(question.catalog.facts[name].identity for name in question.facts):
        notes.append("who has records in several stores counts once, by the record that stands for them")
    if other and not question.decomposed:
        notes += [f"before: {note}" for note in _notes(question, other)]
        if question.has_flows and line.span and other.span:
            now, then = line.span, other.span
            shared = (min(now.last, then.last) - max(now.first, then.first)).days + 1
            also = f"; {shared} days are in both" if shared > 0 else ""
            notes.append(f"flows of {now.first} to {now.last} are beside those of {then.first} to {then.last}{also}")
    notes += [note for side in question.since for note in _notes(question, side.line)]
    notes += _matured(question)
    match question.decomposed:
        case ByMovements():
            notes.append("who moved from one cell to another counts in both, and not in a total that holds both")
        case ByParts():
            notes.append(
                "each side alone, at the average of the other on the two days; mix: cells that weigh more or less"
            )
    if question.having != ALWAYS:
        notes.append("rows that a filter on indicators hides count in totals and shares")
    if question.other:
        notes.append(f"the first {question.other} members of {question.by[0].name}, and the others together")
    if question.top:
        notes.append(f"the first {question.top} {_topped(question)}")
        if question.subtotals or any(isinstance(one.formula, Share) for one in question.indicators):
            notes.append("what is not among the first counts in totals and shares")
    return tuple(notes)


def _topped(question: Question) -> str:
    """Of what a top takes the first."""
    if not question.takes_members:
        return "rows"
    names = question.going_down
    what = f"members of {names[0]}" if len(names) == 1 else "rows"
    over = [f"all members of {level.name}" for level in question.by if level.name == question.across]
    each = "of them" if over else "its periods"
    over += ["the whole time"] if question.timeline.grain else []
    left = " that the filter on indicators leaves" if question.having != ALWAYS else ""
    return f"{what} over {' and '.join(over)}, each with all {each}{left}"


def _matured(question: Question) -> list[str]:
    """Up to when those are counted who must have had some days' time."""
    found = {}
    for leaf in question.leaves:
        if leaf.formula.matures:
            span = question.line_of(leaf.formula, question.timeline).span
            until = f"up to {span.last}" if span else "of no day yet"
            found[leaf.formula.matures] = f"of events {until}, since which {leaf.formula.matures} days have passed"
    return [f"{note}: those after are not counted by what needs that time" for note in found.values()]


def _notes(question: Question, line: Timeline) -> tuple[str, ...]:
    """What was cut of some dates; what concerns flows only where a flow was asked."""
    return (*line.notes, *(line.flow_notes if question.has_flows else ()))
