"""failures: what is said where the engine stops: what it was about, why, and what helps; never in its own words."""

from __future__ import annotations

import duckdb

from dataport.errors import DataportError
from dataport.semantic.formula import Measure, Simple
from dataport.semantic.question import Question

_OTHER_SCHEMA = (
    "The file does not hold what these definitions read. A published version that another Dataport made is made again "
    "by `dataport build`; a file of your own needs definitions that name its tables and columns, and columns of a type "
    "that goes with their use."
)
_VALUE = (
    "A value is beyond what can be reckoned with, or is not what its column says that it is. Asking again ends in the "
    "same way: look for it in {columns}, and let a view cast, round or leave it out."
)
_NO_MEMORY = "There was not enough memory. Ask for less: fewer breakdowns, a shorter period, fewer indicators at once."
_DAMAGED = (
    "The file could not be read to its end: it was written to meanwhile, or is damaged. Ask again once nothing writes "
    "to it; if that ends in the same way, run `dataport repair` for a file of the home, and give a copy that DuckDB "
    "itself can read for one of your own."
)
_OTHER_FILE = (
    "A view in the file reads another file or needs an extension, which nothing that is opened here may. Make a table "
    "of it in the file (CREATE TABLE … AS FROM …), and name that one in the definitions."
)
_STOPPED = "It was stopped from outside before it had ended. Ask again."
_DEFECT = (
    "The engine cannot do this ({kind}), and asking again ends in the same way. Leave out one breakdown, filter or "
    "indicator after the other to find what it stops at, and tell whoever looks after Dataport."
)


class EngineFailed(DataportError):
    """The engine stopped. Its own words may hold values of persons and are not passed on.

    Args:
        problem: what the engine raised.
        reads: what it was about, for people.
    """

    code = "engine_failed"

    def __init__(self, problem: Exception, reads: str = "") -> None:
        columns = reads or "the columns that are counted"
        about = f" It was about {reads}." if reads else ""
        super().__init__(f"Nothing was answered. {_why(problem, columns)}{about}")


def _why(problem: Exception, columns: str) -> str:
    # the engine's classes derive from one another: the narrower come first
    match problem:
        case duckdb.OutOfMemoryException():
            return _NO_MEMORY
        case duckdb.InterruptException():
            return _STOPPED
        case duckdb.ConversionException() | duckdb.OutOfRangeException() | duckdb.DataError():
            return _VALUE.format(columns=columns)
        case duckdb.PermissionException() | duckdb.HTTPException():
            return _OTHER_FILE
        case duckdb.CatalogException() | duckdb.BinderException():
            return _OTHER_SCHEMA
        case duckdb.IOException() | duckdb.SerializationException() | duckdb.FatalException():
            return _DAMAGED
        case _ if type(problem) is duckdb.Error:  # what it raises for a damaged file
            return _DAMAGED
        case duckdb.InvalidInputException() if "overflow" in str(problem).casefold():
            return _VALUE.format(columns=columns)
        case _:
            return _DEFECT.format(kind=type(problem).__name__)


def reads_of(question: Question) -> str:
    """The indicators, facts and columns of a question: those that are reckoned with, or else all that is counted."""
    leaves = [(leaf.name, leaf.formula.measure) for leaf in question.leaves if isinstance(leaf.formula, Simple)]
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
