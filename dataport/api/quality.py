"""The quality of records, for notebooks and programs: each call is a look of its own, and is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from dataport.api import given
from dataport.api.case import day_of, html_table
from dataport.errors import WrongRequest
from dataport.house import House
from dataport.quality import (
    Measure,
    Records,
    Scorecard,
    Selected,
    Table,
    Wanted,
    Worked,
    assign,
    card_table,
    excuse,
    keep,
    measure,
    note,
    records,
    records_table,
    scorecard,
    with_excused,
    work,
    work_table,
)
from dataport.quality.words import amount_of, points, rank_of, share, target_of, value_of
from dataport.visit import Asker, machine_account


@dataclass(frozen=True, slots=True, repr=False)
class QualityView:
    """What a look at the quality of records gave, as rows. It does not print in a log; a notebook shows it."""

    told: Scorecard | Records | Worked

    @property
    def meta(self) -> Mapping[str, Any]:
        """Viewer, day, data version, and how many more there are."""
        return self._table().meta

    def to_dict(self) -> dict[str, Any]:
        """As ``--format json`` gives it: a scorecard as it is, records in the shape of an answer."""
        return self.told.as_dict() if isinstance(self.told, Scorecard) else self._table().as_dict()

    def to_dicts(self) -> list[dict[str, Any]]:
        """The rows."""
        table = self._table()
        names = [one.name for one in table.columns]
        return [dict(zip(names, row, strict=True)) for row in table.rows]

    def to_polars(self) -> pl.DataFrame:
        """The rows as a frame."""
        table = self._table()
        kinds = {"text": pl.String, "integer": pl.Int64, "number": pl.Float64, "boolean": pl.Boolean, "date": pl.Date}
        schema = {one.name: kinds[one.type] for one in table.columns}
        return pl.DataFrame(table.rows, schema=schema, orient="row", strict=False)

    def _table(self) -> Table:
        match self.told:
            case Scorecard():
                return card_table(self.told)
            case Records():
                return records_table(self.told)
            case Worked():
                return work_table(self.told)

    def _repr_html_(self) -> str:
        if isinstance(self.told, Scorecard):
            return _card(self.told)
        table = self._table()
        kept = [place for place in range(len(table.columns)) if any(row[place] is not None for row in table.rows)]
        heads = [table.columns[place].label for place in kept]
        return html_table(heads, (["" if row[n] is None else str(row[n]) for n in kept] for row in table.rows))

    def __len__(self) -> int:
        return len(self._table().rows)

    def __repr__(self) -> str:
        return f"QualityView({type(self.told).__name__}, {len(self)} rows)"


def _card(card: Scorecard) -> str:
    heads = ("Measure", "Records", "Of", "Value", "Target", "Change", "Rank")
    rows = (
        (f"{one.kpi.name} {one.kpi.label}", amount_of(one, one.numerator), amount_of(one, one.denominator),
         value_of(one), target_of(one), points(one.moved), rank_of(one.rank))
        for one in card.lines
    )  # fmt: skip
    return html_table((), [("As of", str(card.as_of)), ("Score", share(card.score))]) + html_table(heads, rows)


@dataclass(frozen=True, slots=True)
class Quality:
    """Where the records of a home are poor, for one viewer: ``scorecard()``, ``records(KPI, purpose=…)``."""

    _login: str
    _home: Callable[[], House] = field(repr=False)

    def scorecard(
        self,
        unit: str | None = None,
        *,
        as_of: str | date | None = None,
        compare: str | date | None = None,
        purpose: str | None = None,
        keep_it: bool = False,
    ) -> QualityView:
        """All KPIs on a day, as `dataport quality scorecard` gives them; ``.told`` is the `Scorecard`.

        Args:
            unit: a business unit by its code or name, with all below it.
            compare: ``year-ago`` or a day, to hold it against; the last twelve months otherwise.
            purpose: for who may open records: how many of them are excused, too.
            keep_it: keep it as it is told, as one that was handed out.
        """
        against = given.comparison(compare)
        wanted = Wanted(_text("unit", unit), None if as_of is None else day_of(as_of), against)
        asker, house = self._asker(purpose), self._home()
        card = scorecard(wanted, asker, house)
        if purpose is not None:
            card = with_excused(card, wanted.as_of, asker, house)
        if keep_it:
            keep(card, house)
        return QualityView(card)

    def show(self, kpi: str) -> Measure:
        """What a KPI says: its checks with examples, fields, thresholds and versions."""
        return measure(self._home().catalog, str(kpi))

    def records(
        self,
        kpi: str,
        *,
        purpose: str,
        where: str | Iterable[str] = (),
        unit: str | None = None,
        as_of: str | date | None = None,
        limit: int | None = None,
    ) -> QualityView:
        """The records that fail a KPI, the worst and easiest first; ``.told`` is the `Records`.

        Args:
            purpose: what for; it is written down with the look.
            limit: so many at most; as many as the role opens otherwise.
        """
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 1):
            raise WrongRequest("`limit` is a whole number from 1.")
        day = None if as_of is None else day_of(as_of)
        chosen = Selected(str(kpi), given.names("where", where), _text("unit", unit), day, limit)
        return QualityView(records(chosen, self._asker(purpose), self._home()))

    def assign(self, kpi: str, ids: str | Iterable[str], to: str | None, *, purpose: str) -> int:
        """Give records to an account to see to, or with None take them back; returns how many."""
        return assign(given.names("ids", ids), str(kpi), to, self._asker(purpose), self._home()).records

    def excuse(
        self, kpi: str, ids: str | Iterable[str], reason: str | None, until: str | date | None, *, purpose: str
    ) -> int:
        """Excuse records until a day, or with None for both withdraw it; returns how many."""
        day = None if until is None else day_of(until)
        return excuse(given.names("ids", ids), str(kpi), reason, day, self._asker(purpose), self._home()).records

    def note(self, kpi: str, ids: str | Iterable[str], text: str, *, purpose: str) -> int:
        """Note something of records; returns of how many."""
        return note(given.names("ids", ids), str(kpi), text, self._asker(purpose), self._home()).records

    def work(self, *, purpose: str, mine: bool = False, kpi: str | None = None) -> QualityView:
        """The working list, of records that the viewer may open."""
        return QualityView(work(self._asker(purpose), self._home(), mine=mine, kpi=kpi))

    def _asker(self, purpose: str | None) -> Asker:
        return Asker(self._login or None, machine_account(), purpose=_text("purpose", purpose))


def _text(what: str, given_text: str | None) -> str | None:
    if given_text is not None and not isinstance(given_text, str):
        raise WrongRequest(f"`{what}` is a text.")
    return given_text
