"""masks: which fields of a kind of record a viewer is shown, row by row. A field that no row shows is not read.

A field is judged by the roles that see the version of the owner that a row is told by. Where some rows show what others
do not, the engine says of each row whether it keeps the field back, and the value is taken out before the row is handed
on, so that it is neither told nor taken for unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlglot import exp

from dataport.access.open import RoleView
from dataport.engine.blocks import any_of
from dataport.semantic.record import RecordModel

# The column that names the fields that this viewer may not see in a row, though they may in other rows.
NOT_SHOWN = "not_shown"
_HIDDEN = "_hidden_"


class Masks:
    """The fields of one kind of record, for one viewer.

    Attributes:
        told: fields of the record itself, judged by the roles that see the record.
        ids: the ids of its owners, judged by the roles that see the owner.
        shown: those of both that some role may see in some row.
    """

    def __init__(
        self,
        told: Sequence[str],
        ids: Sequence[str],
        owners: Sequence[RecordModel],
        views: Sequence[RoleView],
        within: Mapping[str, Sequence[RoleView]],
    ) -> None:
        """
        Args:
            views: the roles for such records.
            within: of each kind of owner, the roles for owners.
        """
        self._views, self._within = views, within
        self.told, self.ids = tuple(dict.fromkeys(told)), tuple(dict.fromkeys(ids))
        every = (*self.ids, *self.told)
        self.shown = tuple(name for name in every if any(self._shown_by(name, one) for one in owners))
        # fields that are shown in the same rows are kept back by one column
        kept: dict[tuple[Any, ...], str] = {}
        self._by: dict[str, str] = {}
        for name in self.shown:
            if any(len(self._shown_by(name, one)) < len(self._judging(name, one)) for one in owners):
                same = tuple((self._judging_flags(name, one), self._shown_by(name, one)) for one in owners)
                self._by[name] = kept.setdefault(same, f"{_HIDDEN}{len(kept)}")

    def hidden(self, owner: RecordModel, flags: Mapping[str, exp.Expr]) -> dict[str, exp.Expr]:
        """By column: of a row of an owner of this kind, whether it keeps fields back.

        Args:
            flags: whether a role sees the version of the owner, by `_role_` or `_by_` and its position.
        """
        found: dict[str, exp.Expr] = {}
        for name, by in self._by.items():
            may = any_of([flags[flag].copy() for flag in self._shown_by(name, owner)])
            # an id that such owners do not have is nothing that could be kept back
            found[by] = exp.Not(this=exp.Paren(this=may)) if self._judging(name, owner) else exp.false()
        return found

    def of(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        """What is read, without what a row keeps back, and with the names of that as the last column.

        Fields that every row shows, and all other columns that were read, stay as they are.
        """
        kept = [one for one in reader.schema if not one.name.startswith(_HIDDEN)]
        schema = pa.schema([*kept, pa.field(NOT_SHOWN, pa.list_(pa.string()))])

        def masked() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                columns = [self._masked(batch, one.name) for one in kept]
                flags = zip(*(batch.column(by).to_pylist() for by in self._by.values()), strict=True)
                names = [[name for name, is_kept in zip(self._by, row, strict=True) if is_kept] for row in flags]
                back = names if self._by else [[]] * batch.num_rows
                yield pa.RecordBatch.from_arrays([*columns, pa.array(back, schema[-1].type)], schema=schema)

        return pa.RecordBatchReader.from_batches(schema, masked())

    def _masked(self, batch: pa.RecordBatch, name: str) -> pa.Array:
        value = batch.column(name)
        by = self._by.get(name)
        return pc.if_else(batch.column(by), pa.scalar(None, value.type), value) if by else value

    @property
    def is_partly(self) -> bool:
        """Whether some rows may show what others do not."""
        return bool(self._by)

    def _judging(self, name: str, owner: RecordModel) -> tuple[tuple[RoleView, str], ...]:
        """The roles by which a field is judged on records of an owner, with their flags; none without such a field."""
        if name in self.told:
            return tuple((view, f"_role_{n}") for n, view in enumerate(self._views))
        if name not in owner.ids:
            return ()
        return tuple((view, f"_by_{n}") for n, view in enumerate(self._within[owner.name]))

    def _judging_flags(self, name: str, owner: RecordModel) -> tuple[str, ...]:
        return tuple(flag for _, flag in self._judging(name, owner))

    def _shown_by(self, name: str, owner: RecordModel) -> tuple[str, ...]:
        return tuple(flag for view, flag in self._judging(name, owner) if name not in view.hidden)
