"""Plot: the rows of a portion in which dirt is planted: which may be touched, what was, and how it is written down."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dataport.dictionary.seeds import read_seed
from dataport.errors import ContractBroken
from dataport.store.schema import BY_NAME
from dataport.synthetic import seeds
from dataport.synthetic.dirt.truth import SCHEMA
from dataport.synthetic.portion import Portion

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@cache
def rates() -> dict[str, float]:
    """The rate of each rule: a share of the rows that it can concern."""
    return {row["rule_name"]: float(row["rate"]) for row in read_seed("planted_dirt")}


class Plot:
    """Tables of one portion, changed row by row; no row is touched by two rules, so none undoes another."""

    def __init__(self, part: Portion, tables: dict[str, pa.RecordBatch], calibrated_count: int) -> None:
        self.part = part
        self.columns = {name: dict(zip(b.schema.names, b.columns, strict=True)) for name, b in tables.items()}
        self._touched = {name: np.zeros(batch.num_rows, dtype=bool) for name, batch in tables.items()}
        self._random = seeds.stream(part.seed, part.operation.onboarding_order, 5, part.first)
        self._planted: list[pa.Table] = []
        # Whose place, origin, status, sex and age are a published figure.
        self.is_published = (part.people.status == 0) & (part.people.row < calibrated_count)

    @property
    def random(self) -> np.random.Generator:
        return self._random

    def flags(self, table: str, column: str, *values: str) -> Flags:
        """Where a column has one of the values."""
        found: Flags = pc.fill_null(pc.is_in(self.columns[table][column], pa.array(values)), False).to_numpy(
            zero_copy_only=False
        )
        return found

    def filled(self, table: str, column: str) -> Flags:
        """Where a column says something."""
        found: Flags = pc.is_valid(self.columns[table][column]).to_numpy(zero_copy_only=False)
        return found

    def pick(self, rule: str, table: str, candidates: Flags) -> Ints:
        """Rows drawn at the rule's rate among candidates that nothing has touched."""
        if rule not in rates():
            raise ContractBroken(f"The seed planted_dirt.csv has no rule {rule!r}. Add it with its rate and reason.")
        touched = self._touched[table]
        free = candidates & ~touched[: len(candidates)]
        drawn = np.flatnonzero(free & (self._random.random(len(candidates)) < rates()[rule]))
        touched[drawn] = True
        return drawn

    def set(self, rule: str, table: str, column: str, rows: Ints, values: Any) -> None:
        """Give a column other values in some rows, and write it down."""
        if not len(rows):
            return
        array = self.columns[table][column]
        mask = np.zeros(len(array), dtype=bool)
        mask[rows] = True
        given = values if isinstance(values, (pa.Array, list)) else [values] * len(rows)
        other = given if isinstance(given, pa.Array) else pa.array(given, array.type)
        self.columns[table][column] = pc.replace_with_mask(array, pa.array(mask), other.cast(array.type))
        self.note(rule, table, column, rows)

    def add(self, rule: str, table: str, column: str, like: Ints, changed: dict[str, pa.Array]) -> None:
        """Add rows like others, with some columns changed, and write them down."""
        if not len(like):
            return
        own, before = self.columns[table], len(self._touched[table])
        for name, array in own.items():
            new = changed.get(name, array.take(pa.array(like)))
            own[name] = pa.concat_arrays([array, new.cast(array.type)])
        self._touched[table] = np.concatenate([self._touched[table], np.ones(len(like), dtype=bool)])
        self.note(rule, table, column, before + np.arange(len(like), dtype=np.int64))

    def note(self, rule: str, table: str, column: str, rows: Ints) -> None:
        """Write down that rows were touched."""
        own, place, count = self.columns[table], pa.array(rows), len(rows)
        nothing = pa.nulls(count, pa.string())
        told = {
            "rule_name": pa.array([rule] * count),
            "table_name": pa.array([table] * count),
            "column_name": pa.array([column] * count),
            "key": own[BY_NAME[table].key].take(place),
            "individual_id": own["individual_id"].take(place) if "individual_id" in own else nothing,
            "group_id": own["group_id"].take(place) if "group_id" in own else nothing,
            "operation_code": pa.array([self.part.operation.operation_code] * count),
        }
        self._planted.append(pa.Table.from_pydict(told, schema=SCHEMA))

    def tables(self) -> dict[str, pa.RecordBatch]:
        """The tables as they are now."""
        return {name: pa.RecordBatch.from_pydict(columns) for name, columns in self.columns.items()}

    def planted(self) -> pa.Table:
        """Everything written down."""
        return pa.concat_tables(self._planted) if self._planted else SCHEMA.empty_table()
