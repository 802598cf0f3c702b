"""own_file: a file of somebody's own, opened for one question at a time, and held to what its definitions say.

It is opened anew for each question and closed after it, so that its owner can write to it in between. What was found
about one state of the file is remembered for as long as the file stays in that state.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from dataport.engine.algebra import Plan
from dataport.engine.claim_check import Breach, breaches
from dataport.engine.claims import Claim, claims_of
from dataport.engine.failures import EngineFailed, reads_of
from dataport.engine.needed_columns import check_columns, needed
from dataport.engine.protocol import Engine
from dataport.engine.rollup_check import Sums, differences, sums_of
from dataport.engine.run import Figures
from dataport.engine.steadiness import Written, check_steady
from dataport.errors import BadDefinition, ContractBroken
from dataport.semantic import Catalog, Horizon, load_catalog
from dataport.semantic.held import Held, Instant
from dataport.semantic.horizons import Horizons
from dataport.semantic.model import Dimension, Fact, Validity
from dataport.semantic.names import folded, hidden
from dataport.semantic.question import Question
from dataport.semantic.rollup import Rollup
from dataport.semantic.schema import Schema

_REMEMBERED = 4096
_T = TypeVar("_T", Fact, Dimension)


@dataclass(frozen=True, slots=True)
class Identity:
    """One state of a file: where it is, and the size, time and inode of it and of its write-ahead log."""

    path: str
    marks: tuple[tuple[int, int, int] | None, ...]

    @classmethod
    def of(cls, path: Path) -> Identity:
        whole = path.resolve()
        return cls(str(whole), tuple(map(_mark, (whole, whole.with_name(whole.name + ".wal")))))


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


class _Found:
    """What was found of each claim on each state of a file, in this process; the oldest is forgotten first."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[Identity, Claim | Sums], tuple[Breach, ...]] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, identity: Identity, claim: Claim | Sums, engine: Engine) -> tuple[Breach, ...]:
        with self._lock:
            known = self._known.get((identity, claim))
        if known is not None:
            return known
        found = _looked_up(claim, engine)
        with self._lock:
            self._known[identity, claim] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found


def _looked_up(claim: Claim | Sums, engine: Engine) -> tuple[Breach, ...]:
    return breaches(claim, engine) if isinstance(claim, Claim) else differences(claim, engine)


_FOUND = _Found()


@dataclass(frozen=True, slots=True)
class OpenFile:
    """The file in one state, open: its figures, and the definitions bound to its tables."""

    figures: Figures
    catalog: Catalog
    written: Written
    identity: Identity

    @property
    def horizons(self) -> Horizons:
        """From when until when the file is known, as for a home with one store that has no name."""
        return self.figures.horizons(self.catalog)

    def hold(self, plan: Plan, question: Question, *, tells_counts: bool) -> None:
        """Hold the tables that a plan reads to what the definitions declare of them.

        Args:
            question: what is asked, so that an error can say what reads them.
            tells_counts: whether whoever asks may know how many rows there are at all.

        Raises:
            ContractBroken: a table does not keep what is declared. It says how to see the rows.
        """
        columns = needed(plan, question)
        check_columns(columns)
        try:
            check_steady(columns, self.written, self.figures.engine)
            claims: tuple[Claim | Sums, ...] = claims_of(plan)
            for claim in claims + sums_of(plan, self.catalog, self.figures.horizon):
                if found := self._breaches(claim):
                    raise ContractBroken(_not_kept(claim, found, tells_counts))
        except EngineFailed as problem:
            raise problem.about(reads_of(question)) from None

    def _breaches(self, claim: Claim | Sums) -> tuple[Breach, ...]:
        """What is not kept; of a view that shows other rows as time passes nothing is remembered."""
        places = (claim.place,) if isinstance(claim, Claim) else (claim.place, claim.fact)
        if any(self.written.looks_at_the_clock(table) for _, _, table in places):
            return _looked_up(claim, self.figures.engine)
        return _FOUND.of(self.identity, claim, self.figures.engine)


class Attached(Protocol):
    """A file of one's own that an engine has open, read-only and sealed.

    Attributes:
        database: what its tables are found under in statements of ours.
    """

    @property
    def engine(self) -> Engine: ...

    @property
    def database(self) -> str: ...

    def schema(self) -> Schema:
        """The tables and columns of the file, as its catalogue tells them."""

    def written(self) -> Written:
        """How the tables of the file are written: collations, views, generated columns."""


class OwnFile:
    """A file of one's own, and the folder of definitions for it."""

    def __init__(self, path: Path, definitions: Path, horizon: Horizon, attach: Callable[[Path], Attached]) -> None:
        """`attach` opens the file, or raises what is wrong with it."""
        # what is not named from the root is meant from the folder of now, wherever the program goes later
        self._path, self._definitions = path.absolute(), definitions.absolute()
        self._horizon, self._attach = horizon, attach
        self._bound: tuple[Identity, Catalog, Written] | None = None

    @contextmanager
    def opened(self) -> Iterator[OpenFile]:
        """The file as it is now, for as long as one question takes.

        Raises:
            WrongRequest: there is no such file, or none that can be read.
            Refused: it is a file of a home.
            BadDefinition: the definitions do not load, or do not fit the file.
            ContractBroken: the file was written to in the meantime.
        """
        identity = Identity.of(self._path)
        attached = self._attach(self._path)
        try:
            catalog, written = self._known(identity, attached)
            yield OpenFile(Figures(attached.engine, 0, self._horizon), catalog, written, identity)
        finally:
            attached.engine.close()
        if Identity.of(self._path) != identity:
            raise ContractBroken("The file was written to while this question was answered. Ask again.")

    def _known(self, identity: Identity, attached: Attached) -> tuple[Catalog, Written]:
        """The definitions bound to the file, and how it is written; read again when it has changed."""
        if self._bound is None or self._bound[0] != identity:
            schema = attached.schema()
            catalog = bound(load_catalog(self._definitions, {}, schema), schema, attached.database)
            for fact in catalog.facts.values():
                if fact.identity:
                    raise BadDefinition(
                        f"The fact {fact.name} has an identity, which is about records that confirmed links join, and "
                        "links are those of a home. Leave it out, and join the records in a view."
                    )
            for rollup in catalog.rollups.values():
                if rollup.flags or rollup.sums:
                    raise BadDefinition(
                        f"The rollup {rollup.name} has flags or sums, which are those of a home: steps of a file of "
                        "one's own are checked for the number of rows only. Leave them out; the fact tells the same."
                    )
            self._bound = identity, catalog, attached.written()
        return self._bound[1:]


def bound(catalog: Catalog, schema: Schema, database: str) -> Catalog:
    """The definitions, with every table where the file holds it, and its instants read as instants."""
    rollups = {name: _bound_rollup(rollup, schema, database) for name, rollup in catalog.rollups.items()}
    return replace(
        catalog,
        facts={name: _bound(fact, schema, database) for name, fact in catalog.facts.items()},
        dimensions={name: _bound(dimension, schema, database) for name, dimension in catalog.dimensions.items()},
        rollups=rollups,
    )


def _bound_rollup(rollup: Rollup, schema: Schema, database: str) -> Rollup:
    return replace(rollup, held={table: _held(table, schema, database) for table in rollup.tables})


def _bound(of: _T, schema: Schema, database: str) -> _T:
    held = _held(of.table, schema, database)
    if of.validity is None:
        return replace(of, held=held)
    start, end = _instant(of, of.validity.start, "start"), _instant(of, of.validity.end, "end")
    instants = {hidden(one.column, one.role): one for one in (start, end)}
    return replace(of, held=replace(held, instants=instants), validity=Validity(*instants))


def _instant(of: Fact | Dimension, column: str, role: Literal["start", "end"]) -> Instant:
    kind = of.columns.get(column)
    return Instant(column, role, kind is not None and kind.kind == "date", kind is not None and kind.is_fine)


def _held(table: str, schema: Schema, database: str) -> Held:
    """Where a table is; one that the file does not have is named as if it were in the main schema."""
    return Held(database, *schema.places.get(folded(table), ("main", table)))


def _not_kept(claim: Claim | Sums, found: tuple[Breach, ...], tells_counts: bool) -> str:
    _, schema, table = claim.place
    lines = [f"{claim.said} cannot be counted: the table {schema}.{table} is not what its definition declares."]
    for one in found:
        of = f" (of {one.values:,} {claim.role}s)" if one.values is not None and isinstance(claim, Claim) else ""
        many = f"Rows that {one.what}: {one.rows:,}{of}" if tells_counts else f"There are rows that {one.what}"
        lines.append(f"{many}. To see them: {one.statement};")
    lines.append("Mend the rows, or let the definition name what is true of them. Other tables can be asked about.")
    return "\n".join(lines)
