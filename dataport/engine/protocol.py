"""What Dataport wants of an engine: the border between a question and the database that answers it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import pyarrow as pa
from sqlglot import exp

from dataport.engine.exact import Exact, NotExact, need_of


class Engine(Protocol):
    """One set of tables, open for reading by whoever holds it.

    It answers in Arrow and fails with `EngineFailed`. Its own types are not passed on, and neither are its own words,
    which may hold values of persons. Instants are zoneless UTC. `run` and `stream` are called by this module alone,
    once it has checked that the engine does exactly what the tree needs.

    Attributes:
        name: for people.
        exactly: of the things that engines do differently, those that it does exactly.
    """

    name: str
    exactly: frozenset[Exact]

    def render(self, tree: exp.Query) -> str:
        """The tree as the engine's own text, the same each time. Values are parameters and no part of it."""

    def run(self, tree: exp.Query, parameters: Mapping[str, Any]) -> pa.Table:
        """All rows of an answer.

        Raises:
            EngineFailed: without the engine's words.
        """

    def stream(self, tree: exp.Query, parameters: Mapping[str, Any], rows: int) -> pa.RecordBatchReader:
        """The same as batches of so many rows; the tables stay open for as long as it is read."""

    def close(self) -> None:
        """Let the tables go. Answers that were given stay what they are."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A tree with the values of the parameters that it names, and what it needs an engine to do exactly."""

    tree: exp.Query
    parameters: Mapping[str, Any] = field(repr=False)
    needs: frozenset[Exact]

    @classmethod
    def to(cls, values: Mapping[str, Any], tree: exp.Query, nodes: Sequence[exp.Expr] = ()) -> Self:
        """A tree bound to the values that it names. Values of a condition that was left out are dropped.

        Args:
            nodes: all of the tree, where it has been walked already.
        """
        used: set[str] = set()
        needs: set[Exact] = set()
        for node in nodes or tree.walk():
            if isinstance(node, exp.Parameter):
                used.add(node.name)
            elif need := need_of(node):
                needs.add(need)
        return cls(tree, {name: value for name, value in values.items() if name in used}, frozenset(needs))


def run(engine: Engine, bound: Bound) -> pa.Table:
    """All rows of an answer, from an engine that gives them exactly.

    Raises:
        NotExact: the engine does not do what the tree needs; nothing was run.
        EngineFailed: it stopped.
    """
    _require(engine, bound)
    return engine.run(bound.tree, bound.parameters)


def stream(engine: Engine, bound: Bound, rows: int) -> pa.RecordBatchReader:
    """The same as batches of so many rows."""
    _require(engine, bound)
    return engine.stream(bound.tree, bound.parameters, rows)


def rendered(engine: Engine, bound: Bound) -> str:
    """The text that would be run, for explanations.

    Raises:
        NotExact: the engine does not do what the tree needs, so it would not be run.
    """
    _require(engine, bound)
    return engine.render(bound.tree)


def rows_of(table: pa.Table) -> list[tuple[Any, ...]]:
    """The rows of a small table as Python values."""
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _require(engine: Engine, bound: Bound) -> None:
    missing = bound.needs - engine.exactly
    if missing:
        raise NotExact(engine.name, missing)
