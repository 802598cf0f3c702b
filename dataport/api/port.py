"""Port: a home folder opened for one viewer, for notebooks and programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol, Self, TypeAlias, TypedDict, Unpack

from dataport.access import Permission, Viewer, ViewerClass
from dataport.api import given
from dataport.api.answer import Answer, Change
from dataport.api.case import Cases
from dataport.api.catalog import CatalogView
from dataport.api.named import Named
from dataport.api.quality import Quality
from dataport.ask import (
    Asker,
    Explanation,
    OwnFile,
    ask,
    ask_database,
    catalog_for,
    change,
    explain_database,
    explain_request,
    open_house,
    own_file,
)
from dataport.disclosure import (
    SafeTable,
)
from dataport.errors import UnknownName, WrongRequest
from dataport.house import House
from dataport.jobs.status import Status, status
from dataport.semantic import (
    Catalog,
    DateRange,
    Request,
    resolve,
    resolve_change,
)
from dataport.semantic.model import Grain
from dataport.semantic.policy import FINEST_PLACE, TIERS, Tier
from dataport.semantic.request import Geography
from dataport.settings import read_settings
from dataport.visit import machine_account, require_name, viewer_of

# One name or several: as texts, or as the catalog of a port gives them.
Names: TypeAlias = str | Named | Iterable[str | Named]
Period: TypeAlias = str | DateRange | tuple[str | date, str | date]

# What a question has beside its indicators, breakdowns and filters, each as it is where nothing is said.
_WORDS: dict[str, Any] = {
    "as_of": None, "period": None, "grain": None, "geography": "today", "totals": False, "order": (), "top": None,
    "compare": None, "other": False, "subtotals": (), "across": None,
}  # fmt: skip


class Words(TypedDict, total=False):
    """What a question has beside its indicators, breakdowns and filters, as `Port.ask` takes it."""

    as_of: str | date | None
    period: Period | None
    grain: Grain | None
    geography: Geography
    totals: bool
    order: str | Iterable[str]
    top: int | None
    compare: str | date | None
    other: bool
    subtotals: Iterable[Names]
    across: str | None


class _Source(Protocol):
    """Where the questions of a port are answered."""

    house: House | None

    def answer(self, request: Request, why: bool) -> SafeTable: ...

    def explain(self, request: Request) -> Explanation: ...

    def catalog(self) -> Catalog: ...

    def status(self) -> Status: ...

    def close(self) -> None: ...


class _Home:
    """A home folder, for one account."""

    def __init__(self, asker: Asker, house: House) -> None:
        self._asker, self._house = asker, house
        self.house: House | None = house

    def answer(self, request: Request, why: bool) -> SafeTable:
        return (change if why else ask)(request, self._asker, self._house)

    def explain(self, request: Request) -> Explanation:
        return explain_request(request, self._asker, self._house)

    def catalog(self) -> Catalog:
        return catalog_for(self._asker, self._house)

    def status(self) -> Status:
        told = status(self._house.settings)
        is_narrow = viewer_of(self._asker, self._house).viewer_class is ViewerClass.STATISTICS
        return _without_counts(told) if is_narrow else told

    def close(self) -> None:
        self._house.close()


def _without_counts(told: Status) -> Status:
    """A state without what was counted of the records, of any source or in any file."""
    protected = replace(told.protected, problems=()) if told.protected else None
    return Status(
        history_start=told.history_start,
        watermark=told.watermark,
        data_version=told.data_version,
        last_refresh=told.last_refresh,
        grants_read_at=told.grants_read_at,
        last_run=None,
        last_good_run=None,
        sources=(),
        damaged=(),
        versions=(),
        figures_bytes=0,
        records_bytes=0,
        landing_bytes=0,
        warehouse_bytes=0,
        problems=(),
        protected=protected,
    )


class _File:
    """A file of one's own: open for as long as one question takes."""

    house: House | None = None

    def __init__(self, viewer: Viewer, own: OwnFile) -> None:
        self._viewer, self._own = viewer, own

    def answer(self, request: Request, why: bool) -> SafeTable:
        return ask_database(request, self._viewer, self._own, bind=resolve_change if why else resolve)

    def explain(self, request: Request) -> Explanation:
        return explain_database(request, self._viewer, self._own)

    def catalog(self) -> Catalog:
        with self._own.opened() as file:
            return file.catalog

    def status(self) -> Status:
        raise _only_a_home("status")

    def close(self) -> None:
        """It is closed already."""


def _only_a_home(what: str) -> WrongRequest:
    return WrongRequest(f"Only a home has {what}: a database of your own answers questions.")


@dataclass(slots=True)
class Port:
    """Questions of one viewer, to a home or to a file of their own.

    A port holds the published files of its home open until it is closed; a file of one's own is open only while a
    question is answered. ``with dataport.open() as port:`` closes it.
    """

    viewer: str
    _source: _Source = field(repr=False)
    _is_closed: bool = field(default=False, repr=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of every file. A closed port answers nothing any more."""
        self._is_closed = True
        self._source.close()

    @property
    def _open(self) -> _Source:
        if self._is_closed:
            raise WrongRequest("This port is closed. Open another one with dataport.open().")
        return self._source

    @property
    def catalog(self) -> CatalogView:
        """What can be asked: ``catalog.indicators``, ``.breakdowns``, ``.members(NAME)``, ``.search(WORDS)``."""
        return CatalogView(self._open.catalog())

    def status(self) -> Status:
        """How fresh the figures are and what is wrong, as `dataport status` tells it.

        A viewer of class statistics is told the dates, and which months are served.

        Raises:
            WrongRequest: a database of one's own has no builds.
        """
        return self._open.status()

    def _home(self, what: str) -> House:
        house = self._open.house
        if house is None:
            raise _only_a_home(what)
        return house

    @property
    def case(self) -> Cases:
        """Cases to open: ``port.case(ID, purpose=…)`` is one, ``port.case.find(name=…, purpose=…)`` looks for some.

        Raises:
            WrongRequest: a database of one's own has no cases.
        """
        self._home("cases")
        return Cases(self.viewer, lambda: self._home("cases"))

    @property
    def quality(self) -> Quality:
        """Where records are poor: ``port.quality.scorecard(unit=…)``, ``port.quality.records(KPI, purpose=…)``.

        Raises:
            WrongRequest: a database of one's own has no checks.
        """
        self._home("checks of records")
        return Quality(self.viewer, lambda: self._home("checks of records"))

    def ask(
        self,
        indicators: Names,
        by: Names = (),
        where: str | Iterable[str] = (),
        *,
        as_of: str | date | None = None,
        period: Period | None = None,
        grain: Grain | None = None,
        geography: Geography = "today",
        totals: bool = False,
        order: str | Iterable[str] = (),
        top: int | None = None,
        compare: str | date | None = None,
        other: bool = False,
        subtotals: Iterable[Names] = (),
        across: str | None = None,
    ) -> Answer:
        """The answer to a question, as `dataport ask` gives it.

        Args:
            period: ``2021``, ``2021-Q3``, ``2021-03``, ``FROM..TO``, ``last-12-months``, or its two ends.
            top: so many rows; in a trend, or with `across`, so many members, each with all it has.
            across: the breakdown that will go across, as in ``answer.pivot``: a top takes lines of that table.

        Raises:
            DataportError: what is wrong, or refused, and what to do next.
        """
        words = given.question(
            by, where, as_of, period, grain, geography, totals, order, top, compare, other, subtotals, across
        )  # fmt: skip
        return Answer(self._open.answer(Request(given.names("indicators", indicators), **words), False))

    def explain(
        self, indicators: Names, by: Names = (), where: str | Iterable[str] = (), **words: Unpack[Words]
    ) -> Explanation:
        """How the same question would be answered, without answering it: takes what `ask` takes.

        Raises:
            DataportError: what is wrong, or refused, and what to do next.
        """
        if stray := sorted(words.keys() - set(_WORDS)):
            raise WrongRequest(f"A question has no {stray[0]!r}. It has {', '.join(_WORDS)}.")
        rest = {**_WORDS, **words}
        asked = given.question(by, where, *(rest[name] for name in _WORDS))
        return self._open.explain(Request(given.names("indicators", indicators), **asked))

    def change(
        self,
        indicator: str | Named,
        between: str | tuple[str | date, str | date],
        by: Names = (),
        where: str | Iterable[str] = (),
        *,
        geography: Geography = "today",
        totals: bool = False,
        subtotals: Iterable[Names] = (),
    ) -> Change:
        """Why a number moved between two days, as `dataport change` tells it.

        Args:
            between: the earlier day, and the later one.

        Raises:
            DataportError: what is wrong, or refused, and what to do next.
        """
        first, last = given.between(between)
        asked = Request(
            given.names("indicator", indicator),
            given.names("by", by),
            given.names("where", where),
            as_of=last,
            compare=first,
            geography=geography,
            totals=totals,
            subtotals=given.lists("subtotals", subtotals),
        )
        return Change(self._open.answer(asked, True))


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
        UnknownName: the viewer is declared for entities of which no fact of the definitions has any.
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
        return Port(login or "", _Home(asker, house))
    if home is not None or definitions is None or not isinstance(viewer, Viewer):
        raise WrongRequest("A database is opened with `definitions` and with a `viewer` made by dataport.declared.")
    places = given.path("database", database), given.path("definitions", definitions)
    own = own_file(*places, given.horizon(history))
    # what is wrong with the file as a whole, with the definitions, or with who is declared for them, is said at once
    with own.opened() as file:
        known = {fact.entity for fact in file.catalog.facts.values()}
    declared_for = [one.entity for one in viewer.permissions]
    if declared_for and known.isdisjoint(declared_for):
        raise UnknownName("entity", declared_for[0], known, "A viewer is declared for the `entity` of facts.")
    return Port(viewer.login, _File(viewer, own))


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
