"""failures: what is said where the engine stops, in words of ours: what it was about, why, and what helps."""

from __future__ import annotations

from dataport.errors import DataportError
from dataport.semantic.formula import Measure
from dataport.semantic.question import Question

# Why an engine stopped. Each engine chooses one of these, or has a sentence of ours for a fault that only it has.
OTHER_SCHEMA = (
    "The file does not hold what these definitions read. A published version that another Dataport made is made again "
    "by `dataport build`; a file of your own needs definitions that name its tables and columns, and columns of a type "
    "that goes with their use. Where what they name is a view, it may lean on a table or column that is gone: read it "
    "in the file by itself to see which."
)
VALUE = (
    "A value is beyond what can be reckoned with, or is not what its column says that it is. Asking again ends in the "
    "same way: look for it in {columns}, and let a view cast, round or leave it out."
)
NO_MEMORY = "There was not enough memory. Ask for less: fewer breakdowns, a shorter period, fewer indicators at once."
STOPPED = "It was stopped from outside before it had ended. Ask again."
DEFECT = (
    "The engine cannot do this ({kind}), and asking again ends in the same way. Leave out one breakdown, filter or "
    "indicator after the other to find what it stops at, and tell whoever looks after Dataport."
)


class EngineFailed(DataportError):
    """The engine stopped. Its own words may hold values of persons and are not passed on.

    Args:
        why: in words of ours.
        reads: what it was about, for people.
    """

    code = "engine_failed"
    is_for_asker = True

    def __init__(self, why: str, reads: str = "") -> None:
        self.why = why
        said = why.replace("{columns}", reads or "the columns that are counted")
        super().__init__(f"Nothing was answered. {said}{f' It was about {reads}.' if reads else ''}")

    def about(self, reads: str) -> EngineFailed:
        """The same failure, with what the question was about."""
        return type(self)(self.why, reads)


class OutOfMemory(EngineFailed):
    """There was not enough memory to do it at once."""

    def __init__(self, why: str = NO_MEMORY, reads: str = "") -> None:
        super().__init__(why, reads)


def reads_of(question: Question) -> str:
    """The indicators, facts and columns of a question: those whose values are reckoned with, or else all it counts."""
    leaves = [(leaf.name, leaf.measure) for leaf in question.leaves]
    valued = [(name, measure) for name, measure in leaves if _column_of(measure, question)]
    said = [_said(name, measure, question) for name, measure in valued or leaves]
    return ", ".join(said)


def _said(name: str, measure: Measure, question: Question) -> str:
    fact = question.catalog.facts[measure.fact]
    column = _column_of(measure, question)
    made_of = f"{measure.aggregate} of the column {column}" if column else "rows"
    return f"the indicator {name} ({made_of} of the fact {fact.name}, table {fact.table})"


def _column_of(measure: Measure, question: Question) -> str | None:
    """The column whose values a measure is made of."""
    return question.catalog.levels[measure.of].on.get(measure.fact) if measure.of else measure.column
