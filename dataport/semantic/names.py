"""Names: what definitions may call things, and what Dataport calls things of its own. The two can never be equal.

A definition's name is made of ``a-z 0-9 _``; names of tables and columns are the file's own and may hold anything but
`MARK`. Every hidden name holds it: measures behind a sum, dates compared with, what is put beside rows, subqueries.
So ``tot_rows`` may be asked beside ``tot``, whose rows are counted as ``tot¦rows``.
"""

from __future__ import annotations

import re

MARK = "¦"
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

# Words of the language of filters.
KEYWORDS = frozenset({"and", "or", "not", "in", "between", "is", "unknown", "true", "false"})
# What `--subtotal none` says: keep no breakdown.
NOTHING_KEPT = "none"
# Columns that outlets add to the rows of an answer: which total a row is, and why cells are not simply their values.
TOTAL_OF, STATUS = "total_of", "status"
# Its name where the answer has a breakdown or an indicator called `status`.
CELL_STATUS = "cell_status"
# With a comparison each indicator has two more columns.
BEFORE, CHANGE = "_before", "_change"


def indicator_compared(name: str) -> str | None:
    """The indicator of which this may be a column of a comparison; None where it is called otherwise."""
    return next((name.removesuffix(one) for one in (BEFORE, CHANGE) if name.endswith(one)), None)


def hidden(name: str, what: str) -> str:
    """A name of ours for something that stands behind a name of the definitions, or beside columns of the file."""
    return f"{name}{MARK}{what}"


def folded(name: str) -> str:
    """A name as the engine compares it, quoted or not: only ``A`` to ``Z`` are the same as ``a`` to ``z``."""
    return "".join(one.lower() if "A" <= one <= "Z" else one for one in name)
