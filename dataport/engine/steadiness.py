"""steadiness: what else a file of one's own can say of its tables that would change what is counted.

By a collation, members that are written differently are one: it is chance which of them is shown, and a permission for
one would open the other. A view or a generated column that draws random numbers, or takes numbers from a sequence, has
other rows at each reading; one that asks for the session has other rows for each reader.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from sqlglot import exp

from dataport.engine.blocks import aliased, column, select, stored, union
from dataport.engine.needed_columns import Needed
from dataport.engine.protocol import Bound, Engine, rows_of, run
from dataport.errors import ContractBroken

# Every collation by which any texts are one puts two of these together.
_PROBE = ("a", "A", "á")


class Written(Protocol):
    """How a file is written.

    Attributes:
        collates: whether anything in it speaks of a collation at all.
    """

    @property
    def collates(self) -> bool: ...

    def draws_lots(self, table: str) -> bool:
        """Whether a table or view has other rows at each reading, by itself or by what it is made of."""

    def asks_for_the_session(self, table: str) -> bool:
        """Whether a table or view has other rows for whoever reads it in another session."""

    def looks_at_the_clock(self, table: str) -> bool:
        """Whether a table or view can have other rows later although nobody writes to the file."""


def check_steady(columns: Iterable[Needed], written: Written, engine: Engine) -> None:
    """Refuse what has other rows at each reading or for each reader, or members that are put together.

    Raises:
        ContractBroken: with what to do.
    """
    for one in columns:
        _check(one, written, engine)


def _check(one: Needed, written: Written, engine: Engine) -> None:
    if written.draws_lots(one.held.table):
        raise ContractBroken(
            f"{one.of} cannot be counted: its table {one.table} draws lots, as a view or in a column that is worked "
            "out, and has other rows at each reading. Make a table of it (CREATE TABLE … AS FROM …), and name that one "
            "in the definition."
        )
    if written.asks_for_the_session(one.held.table):
        raise ContractBroken(
            f"{one.of} cannot be counted: its table {one.table} asks for the session that reads it, as for its user, "
            "its database or a variable, and has other rows here than where it was made. Make a table of it (CREATE "
            "TABLE … AS FROM …), or write into the view what is meant."
        )
    found = one.columns.get(one.column)
    if written.collates and found and found.kind == "text" and _puts_together(one, engine):
        raise ContractBroken(
            f"{one.of} cannot be counted: the column {one.column} of its table {one.table}, which is {one.use}, has a "
            "collation, by which texts that are written differently are one. Let a view say which is meant, as in "
            f"lower({one.column}), without a collation: decode(encode({one.column})) takes it away."
        )


def _puts_together(one: Needed, engine: Engine) -> bool:
    """Whether the texts of `_PROBE` become fewer under the collation of a column. No row of the column is read."""
    text = "_text"
    none = select([aliased(column(one.column), text)], stored(one.table, one.held), where=[exp.false()])
    texts = [select([aliased(exp.Literal.string(probe), text)], None) for probe in _PROBE]
    beside = union([none, *texts]).subquery("beside", copy=False)
    counted = select([exp.Count(this=exp.Distinct(expressions=[column(text)]))], beside)
    ((many,),) = rows_of(run(engine, Bound.to({}, counted)))
    return bool(many < len(_PROBE))
