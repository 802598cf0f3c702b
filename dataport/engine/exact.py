"""What a statement needs an engine to do exactly, and the refusal where it does not.

Engines agree on nearly everything that a statement says, and differ without a word in the rest: asked for a quantile,
one interpolates between two values and another estimates. So whatever differs between engines is marked where a tree is
built, each engine declares which of it it does exactly, and what it does not declare is refused before it runs. The
natural mistake is to leave this to the engine's own errors: it raises none, and answers with another number.
"""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from sqlglot import exp

from dataport.errors import WrongRequest

_META = "exactly"
_E = TypeVar("_E", bound=exp.Expr)


class Exact(Enum):
    """Something that engines do differently, or that not all of them do; the value is its name for people."""

    QUANTILES = "medians and quantiles of binary fractions"
    QUANTILES_OF_DECIMALS = "medians and quantiles of decimals"
    SUMS_OF_DECIMALS = "sums of decimals"
    SUMS_OF_FRACTIONS = "sums of binary fractions that do not depend on the order of rows"
    FINITE_NUMBERS = "telling finite numbers from others"
    FINE_INSTANTS = "instants finer than a microsecond"
    WEEKS = "periods of a week"
    LIST_PARAMETERS = "a list of values as one parameter"
    FIRST_AND_LAST = "a value at the first or the last of several moments"
    PARTS_BY_HASH = "rows divided by a hash of their key"


class NotExact(WrongRequest):
    """The engine behind the figures does not do exactly what an answer needs."""

    code = "not_exact"

    def __init__(self, engine: str, missing: frozenset[Exact]) -> None:
        named = ", ".join(sorted(one.value for one in missing))
        super().__init__(
            f"This needs {named}, which {engine} does not do exactly, and a number that is nearly right is not shown. "
            "Ask for what can do without: other indicators, another grain, a shorter list in a filter."
        )


def needing(what: Exact, node: _E) -> _E:
    """The node, marked with what it needs; copies of it stay marked."""
    node.meta[_META] = what
    return node


def need_of(node: exp.Expr) -> Exact | None:
    """What one node by itself is marked with."""
    # most nodes have no metadata, and asking for them would make some
    return node.meta.get(_META) if node._meta else None
