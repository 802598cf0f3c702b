"""Port: a home folder opened for one viewer, for notebooks and programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from dataport import render
from dataport.access import Permission, Viewer, ViewerClass
from dataport.api import given
from dataport.api.case import CaseDoor, html_table
from dataport.ask import Asker, ask, ask_database, change, open_house, own_file
from dataport.disclosure import (
    ALL,
    LABELS,
    CellStatus,
    Labels,
    SafeColumn,
    SafeTable,
    SafeTotal,
    StatusCode,
    flat,
    heading,
    member_text,
    number_text,
    signed_text,
    told,
)
from dataport.durable import new_file
from dataport.errors import WrongRequest
from dataport.house import House
from dataport.semantic import (
    DateRange,
    OrderBy,
    Request,
    resolve,
    resolve_change,
)
from dataport.semantic.model import Grain
from dataport.semantic.policy import FINEST_PLACE, TIERS, Tier
from dataport.semantic.request import Geography
from dataport.settings import read_settings
from dataport.visit import machine_account, require_name


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """What may be told, in the shape a program wants.

    Attributes:
        shown: whether members are told by code, by label or by both; None for the values as the data have them.
    """

    safe: SafeTable
    shown: Labels | None = None

    @property
    def meta(self) -> Mapping[str, Any]:
        """Data version, dates, viewer, scope, and limits that were hit."""
        return self.safe.meta

    @property
    def status(self) -> tuple[CellStatus, ...]:
        """Why a cell of the rows is not simply its value; sparse. Each total has its own."""
        return self.safe.status

    @property
    def totals(self) -> tuple[SafeTotal, ...]:
        """The totals asked for, each with the breakdowns that it keeps, its rows and their status."""
        return self.safe.totals

    def labels(self, shown: Labels = "label") -> Answer:
        """The same answer with its members by label, by both, or by their codes in each system.

        With ``both``, codes stand beside labels and each column says which it is: ``country_of_asylum_unhcr``,
        ``country_of_asylum_iso3``, ``country_of_asylum_label``.
        """
        if shown not in LABELS:
            raise WrongRequest(f"Labels are one of {', '.join(LABELS)}.")
        return replace(self, shown=shown)

    def to_arrow(self, *, totals: bool = False, status: bool = False) -> pa.Table:
        """Levels, the period of a trend, then indicators; what is said of them is in the metadata of the schema.

        Args:
            totals: with the rows of totals below, and `total_of`: the breakdowns that were added up, null for rows.
            status: with `status`: ``COLUMN=CODE`` for each cell that is not simply its value, null for none. It is
                called ``cell_status`` where the answer has a column called so itself.
        """
        return told(self.safe, totals=totals, status=status, labels=self.shown)

    def to_polars(self, *, totals: bool = False, status: bool = False) -> pl.DataFrame:
        """The same as a frame, which has no place for metadata: see `meta`."""
        frame = pl.from_arrow(flat(self.safe, totals=totals, status=status, labels=self.shown))
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_dicts(self, *, totals: bool = False, status: bool = False) -> list[dict[str, Any]]:
        """The same as plain rows; decimals are exact."""
        rows: list[dict[str, Any]] = flat(self.safe, totals=totals, status=status, labels=self.shown).to_pylist()
        # whole numbers are whole, in whatever the engine carried them
        whole = {one.name for one in self.safe.columns if one.type == "integer"}
        return [
            {name: int(value) if name in whole and value is not None else value for name, value in row.items()}
            for row in rows
        ]

    def to_xlsx(self, file: str | Path, *, across: str | None = None) -> None:
        """Write a workbook: the table `Answer`, the chart that fits it, and a sheet about the question.

        Args:
            file: where to; what is there already is replaced.
            across: the level whose members go across.
        """
        with new_file(given.path("file", file), replace=True) as out:
            render.form("workbook").write_workbook(self.safe, out, labels=self.shown, across=across)

    def __repr__(self) -> str:
        return f"Answer({self.safe.data.num_rows} rows: {', '.join(self.safe.data.column_names)})"


@dataclass(frozen=True, slots=True, repr=False)
class Change(Answer):
    """Why a number moved; a notebook shows it as a table, with what moved each cell."""

    def _repr_html_(self) -> str:
        levels = tuple(one.name for one in self.safe.columns if one.role == "level")
        parts = [(levels, self.safe.data, self.safe.status)]
        parts += [(one.levels, one.data, one.status) for one in reversed(self.safe.totals)]
        rows = []
        for kept, data, status in parts:
            codes = {(one.row, one.column): one.code for one in status}
            for number, row in enumerate(data.to_pylist()):
                said = ((one, row[one.name], codes.get((number, one.name))) for one in self.safe.columns)
                rows.append([self._said(one, value, code, kept) for one, value, code in said])
        return html_table([heading(one) for one in self.safe.columns], rows)

    def _said(self, column: SafeColumn, value: Any, code: StatusCode | None, kept: tuple[str, ...]) -> str:
        if column.role == "level":
            return member_text(value, column, self.safe) if column.name in kept else ALL
        if column.role == "movement" and value is not None:
            return signed_text(value, column, code)
        return number_text(value, column, code)


@dataclass(slots=True)
class Port:
    """Questions of one viewer, to a home or to a file of their own."""

    viewer: str
    _answer: Callable[[Request, bool], SafeTable] = field(repr=False)
    _house: House | None = field(default=None, repr=False)

    def case(self, case_id: str, *, purpose: str) -> CaseDoor:
        """A case to open, by an id or number of a person or a group. Nothing is looked at yet.

        Args:
            purpose: what for; it is written down with each look.

        Raises:
            WrongRequest: a database of one's own has no cases.
        """
        if not isinstance(case_id, str) or not isinstance(purpose, str):
            raise WrongRequest("The id of a case and the purpose are texts.")
        if self._house is None:
            raise WrongRequest("Only a home has cases: a database of your own answers questions.")
        return CaseDoor(case_id, Asker(self.viewer or None, machine_account(), purpose=purpose), self._house)

    def ask(
        self,
        indicators: str | Iterable[str],
        by: str | Iterable[str] = (),
        where: str | Iterable[str] = (),
        *,
        as_of: str | date | None = None,
        period: str | DateRange | tuple[str | date, str | date] | None = None,
        grain: Grain | None = None,
        geography: Geography = "today",
        totals: bool = False,
        order: str | Iterable[str] = (),
        top: int | None = None,
        compare: str | date | None = None,
        other: bool = False,
        subtotals: Iterable[Iterable[str]] = (),
    ) -> Answer:
        """The answer to a question, as `dataport ask` gives it.

        Args:
            period: ``2021``, ``2021-Q3``, ``2021-03``, ``FROM..TO``, ``last-12-months``, or its two ends.

        Raises:
            DataportError: what is wrong, or refused, and what to do next.
        """
        request = Request(
            given.names("indicators", indicators),
            given.names("by", by),
            given.names("where", where),
            given.day(as_of),
            given.period(period),
            grain,
            geography,
            totals,
            tuple(OrderBy.parse(term) for term in given.names("order", order)),
            top,
            given.comparison(compare),
            other,
            given.lists("subtotals", subtotals),
        )
        return Answer(self._answer(request, False))

    def change(
        self,
        indicator: str,
        between: str | tuple[str | date, str | date],
        by: str | Iterable[str] = (),
        where: str | Iterable[str] = (),
        *,
        geography: Geography = "today",
        totals: bool = False,
        subtotals: Iterable[Iterable[str]] = (),
    ) -> Change:
        """Why a number moved between two days, as `dataport change` tells it.

        Args:
            between: the earlier day, and the later one.

        Raises:
            DataportError: what is wrong, or refused, and what to do next.
        """
        first, last = given.between(between)
        asked = Request(
            (indicator,),
            given.names("by", by),
            given.names("where", where),
            as_of=last,
            compare=first,
            geography=geography,
            totals=totals,
            subtotals=given.lists("subtotals", subtotals),
        )
        return Change(self._answer(asked, True))


def open(
    home: str | Path | None = None,
    *,
    viewer: str | Viewer | None = None,
    database: str | Path | None = None,
    definitions: str | Path | None = None,
    history: tuple[datetime, datetime] | None = None,
) -> Port:
    """Open a home folder for one viewer, or any DuckDB file with any folder of definitions.

    Args:
        home: the folder; the environment's or ``.dataport`` otherwise.
        viewer: the login of an account of the registration store; the `viewer` setting otherwise. For a database: a
            `Viewer` whose grant is declared, see `declared`.
        database: a DuckDB file of one's own, opened read-only and sealed.
        definitions: the folder of definitions for it. A home has its own and takes no others.
        history: what the database knows of, from and until when, in UTC unless they say another zone; everything until
            now otherwise.

    Raises:
        WrongRequest: the arguments do not go together.
        Refused: the viewer's name is empty.
        BadDefinition: a definition does not load, or does not fit the file; says the file and line.
    """
    if database is None:
        if definitions is not None or isinstance(viewer, Viewer):
            raise WrongRequest("A home has its own definitions and accounts: name a viewer by login, and nothing else.")
        if not isinstance(viewer, str | None):
            raise WrongRequest("A viewer is the login of an account, as a text.")
        settings = read_settings(None if home is None else given.path("home", home))
        house, login = open_house(settings), settings.viewer if viewer is None else viewer
        if login is not None:
            require_name(login)
        asker = Asker(login, machine_account())
        return Port(login or "", lambda request, why: (change if why else ask)(request, asker, house), house)
    if home is not None or definitions is None or not isinstance(viewer, Viewer):
        raise WrongRequest("A database is opened with `definitions` and with a `viewer` made by dataport.declared.")
    places = given.path("database", database), given.path("definitions", definitions)
    own = own_file(*places, given.horizon(history))
    with own.opened():
        pass  # what is wrong with the file as a whole, or with the definitions, is said at once

    def answer(request: Request, why: bool) -> SafeTable:
        return ask_database(request, viewer, own, bind=resolve_change if why else resolve)

    return Port(viewer.login, answer)


def declared(
    login: str,
    entities: str | Iterable[str],
    units: str | Iterable[str] | None = None,
    *,
    highest_tier: Tier = TIERS[-1],
    finest_place_level: int = FINEST_PLACE,
) -> Viewer:
    """A viewer whose grant is declared on the spot, for a database of one's own.

    Args:
        login: how the viewer is called in answers.
        entities: what may be counted, by the `entity` of the facts.
        units: the values of each fact's `scope` whose rows may be counted; None for all rows.
        highest_tier: how sensitive a level or indicator may be.
        finest_place_level: how fine a place may be.
    """
    if not isinstance(login, str) or not login.strip():
        raise WrongRequest("A viewer is called by a text.")
    if highest_tier not in TIERS:
        raise WrongRequest(f"`highest_tier` is one of {', '.join(TIERS)}.")
    if isinstance(finest_place_level, bool) or not isinstance(finest_place_level, int):
        raise WrongRequest(f"`finest_place_level` is a whole number: 0 for countries, up to {FINEST_PLACE}.")
    counted, rows = given.names("entities", entities), None if units is None else frozenset(given.names("units", units))
    if not all(isinstance(one, str) for one in (*counted, *(rows or ()))):
        raise WrongRequest("`entities` and `units` are made of texts.")
    permissions = tuple(
        Permission("declared", entity, rows, True, False, finest_place_level, highest_tier, 0) for entity in counted
    )
    return Viewer(login, ViewerClass.REGISTRATION, permissions, 0)
