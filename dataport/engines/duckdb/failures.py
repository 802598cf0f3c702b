"""Why DuckDB stopped, in words of ours."""

from __future__ import annotations

import duckdb

from dataport.engine.failures import DEFECT, OTHER_SCHEMA, STOPPED, VALUE, EngineFailed, OutOfMemory

_DAMAGED = (
    "The file could not be read to its end: it was written to meanwhile, or is damaged. Ask again once nothing writes "
    "to it; if that ends in the same way, run `dataport repair` for a file of the home, and give a copy that DuckDB "
    "itself can read for one of your own."
)
_OTHER_FILE = (
    "A view in the file reads another file or needs an extension, which nothing that is opened here may. Make a table "
    "of it in the file (CREATE TABLE … AS FROM …), and name that one in the definitions."
)


# How DuckDB begins what it says where its class is lost: on the way through Arrow.
_BEGINS: dict[str, type[duckdb.Error]] = {
    "Out of Memory Error": duckdb.OutOfMemoryException,
    "INTERRUPT Error": duckdb.InterruptException,
    "Conversion Error": duckdb.ConversionException,
    "Out of Range Error": duckdb.OutOfRangeException,
    "Invalid Input Error": duckdb.InvalidInputException,
    "IO Error": duckdb.IOException,
    "Serialization Error": duckdb.SerializationException,
    "FATAL Error": duckdb.FatalException,
}


def raised_as(words: str) -> duckdb.Error:
    """What DuckDB would have raised with such words; an internal error where they are of no known kind."""
    kind = _BEGINS.get(words.partition(":")[0], duckdb.InternalException)
    return kind(words)


def failed(problem: duckdb.Error) -> EngineFailed:
    """What is said instead of what DuckDB raised."""
    # DuckDB's classes derive from one another: the narrower come first
    match problem:
        case duckdb.OutOfMemoryException():
            return OutOfMemory()
        case duckdb.InterruptException():
            return EngineFailed(STOPPED)
        case duckdb.ConversionException() | duckdb.OutOfRangeException() | duckdb.DataError():
            return EngineFailed(VALUE)
        case duckdb.PermissionException() | duckdb.HTTPException():
            return EngineFailed(_OTHER_FILE)
        case duckdb.CatalogException() | duckdb.BinderException():
            return EngineFailed(OTHER_SCHEMA)
        case duckdb.IOException() | duckdb.SerializationException() | duckdb.FatalException():
            return EngineFailed(_DAMAGED)
        case _ if type(problem) is duckdb.Error:  # what it raises for a damaged file
            return EngineFailed(_DAMAGED)
        case duckdb.InvalidInputException() if "overflow" in str(problem).casefold():
            return EngineFailed(VALUE)
        case _:
            return EngineFailed(DEFECT.replace("{kind}", type(problem).__name__))
