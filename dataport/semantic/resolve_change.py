"""resolve, for a change between two dates: which indicators can be taken apart, how, and by which levels."""

from __future__ import annotations

from dataclasses import replace

from dataport.errors import WrongRequest
from dataport.semantic.arithmetic import Over, has_quotient
from dataport.semantic.condition import ALWAYS, levels_of
from dataport.semantic.formula import Derived, Simple
from dataport.semantic.model import Catalog, Indicator, Leaf
from dataport.semantic.movement import ByMovements, ByParts, Decomposition
from dataport.semantic.question import Question
from dataport.semantic.request import Request
from dataport.semantic.resolve import resolve
from dataport.semantic.timeline import Horizon


def resolve_change(request: Request, catalog: Catalog, horizon: Horizon) -> Question:
    """The question why a number is not what it was.

    Args:
        request: one indicator as of a date, compared with an earlier one.

    Raises:
        UnknownName, OutsideHistory: as `resolve`.
        WrongRequest: the indicator does not add up, or a level begins and ends on no recorded boundary.
    """
    if len(request.indicators) != 1:
        raise WrongRequest("Ask why one indicator changed at a time.")
    question = resolve(request, catalog, horizon)
    before = question.compared
    if before is None or question.timeline.grain or request.period:
        raise WrongRequest("A change is asked for between two days.")
    if question.having != ALWAYS or request.top or request.order:
        raise WrongRequest(
            "A change is told in every cell, in the order of its breakdowns: leave out filters on the number, the top "
            "and the order."
        )
    if before.closes_at >= question.timeline.closes_at:
        raise WrongRequest(
            f"Give the earlier day first, and two different ones: {before.as_of} is not before "
            f"{question.timeline.as_of}."
        )
    (indicator,) = question.indicators
    decomposed = _decomposition(indicator, catalog)
    if isinstance(decomposed, ByMovements):
        _check_recorded(question, catalog)
    elif question.by and () not in question.subtotals:
        # the mix between cells shows in what they make up together
        question = replace(question, subtotals=((), *question.subtotals))
    return replace(question, decomposed=decomposed)


def _decomposition(indicator: Indicator, catalog: Catalog) -> Decomposition:
    """How the change of an indicator is taken apart."""
    match indicator.formula:
        case Simple(measure, "stock") if measure.aggregate == "count":
            return ByMovements()
        case Derived():
            expression = catalog.expression(indicator.name)
            if (
                isinstance(expression, Over)
                and not has_quotient(expression.left)
                and not has_quotient(expression.right)
            ):
                leaves = list(catalog.leaves(indicator))
                if all(_is_additive_stock(leaf) for leaf in leaves):
                    return ByParts(expression.left, expression.right)
    counts, quotients = (
        f", such as {name}" if name in catalog.indicators else ""
        for name in ("active_individuals", "share_of_children")
    )
    raise WrongRequest(
        f"{indicator.name} cannot be taken apart: {_reason(indicator)}. What can be are counts of who or what is there "
        f"on a day{counts}{', and' if counts else ' and'} quotients of such{quotients}."
    )


def _is_additive_stock(leaf: Leaf) -> bool:
    return leaf.formula.kind == "stock" and leaf.measure.aggregate in ("count", "sum")


def _reason(indicator: Indicator) -> str:
    match indicator.formula:
        case Simple(measure, "stock"):
            kind = measure.aggregate.replace("_", " ")
            article = "an" if kind[0] == "a" else "a"
            return f"it is {article} {kind} over rows, and the {kind} of parts does not make that of the whole"
        case Simple():
            return "it counts what happened over days, and not who is there on a day"
        case Derived():
            return "it is not one sum of counts over another"
    return "it is worked out from other cells or dates"


def _check_recorded(question: Question, catalog: Catalog) -> None:
    """Every level that decides about a row must stand on the row for as long as it holds."""
    names = [level.name for level in question.by] + list(levels_of(question.where))
    for leaf in question.leaves:
        names += levels_of(leaf.measure.where)
        for name in dict.fromkeys(names):
            path = catalog.path(catalog.levels[name])
            if any(level.computed for level in path):
                raise WrongRequest(
                    f"A change cannot be taken apart by {name}: it is worked out on a day and passes from one value to "
                    "the next without a boundary in the history. age_group_detailed has its boundaries."
                    if "age_group_detailed" in catalog.levels
                    else f"A change cannot be taken apart by {name}: it is worked out on a day."
                )
            if any(catalog.is_through(level, leaf.measure.fact) for level in path):
                raise WrongRequest(
                    f"A change cannot be taken apart where it is filtered by {name}: what a row has besides begins and "
                    "ends by itself. Leave the filter out, or ask for the change of what it has."
                )
