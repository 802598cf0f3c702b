"""Options and argument types that several commands share."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

import click

from dataport.access import ViewerClass
from dataport.ask import Asker
from dataport.cli.words import Word
from dataport.errors import WrongRequest
from dataport.privacy import require_private
from dataport.semantic import (
    DateRange,
    OrderBy,
    RelativePeriod,
    Request,
    parse_comparison,
    parse_day,
    parse_period,
    parse_subtotal,
)
from dataport.semantic.model import GRAINS
from dataport.settings import Settings, read_settings
from dataport.visit import machine_account

F = TypeVar("F", bound=Callable[..., Any])


def home_option(command: F) -> F:
    """``--home``: which home folder; the environment's or ``.dataport`` otherwise."""
    return click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="The folder everything lives under (DATAPORT_HOME; default .dataport).",
    )(command)


def format_option(*formats: str) -> Callable[[F], F]:
    """``--format`` with the formats a command can render."""
    return click.option("--format", "form", type=click.Choice(formats), default=formats[0], show_default=True)


class Duration(click.ParamType[float]):
    """A length of time: ``30s``, ``5min``, ``1h``; at least a second."""

    name = "duration"
    _SECONDS = {"s": 1, "min": 60, "h": 3600}

    def convert(self, value: Any, param: click.Parameter | None, context: click.Context | None) -> float:
        found = re.fullmatch(r"([1-9][0-9]{0,4})\s*(s|min|h)", str(value))
        if not found:
            self.fail(f"{value!r} is no length of time. Write it as 30s, 5min or 1h.", param, context)
        return float(int(found[1]) * self._SECONDS[found[2]])


DURATION = Duration()

raw_option = click.option(
    "--raw", is_flag=True, help="With --format csv: texts as they are, also those that a spreadsheet would run."
)


def require_csv(raw: bool, form: str) -> None:
    """Refuse --raw where it would say nothing: every other format is either for the eye or exact already."""
    if raw and form != "csv":
        raise WrongRequest("--raw goes with --format csv. JSON, Parquet and Arrow are exact without it.")


def settings_of(home: Path | None, *, must_exist: bool = True, whole: bool = False) -> Settings:
    """The settings of the home asked for, which nobody else may read; `whole` looks at every file in it for that."""
    settings = read_settings(home)
    if whole:
        require_private(settings.home, whole=True)
    if must_exist and not settings.home.is_dir():
        raise WrongRequest(
            f"There is no Dataport home at this place ({settings.home}). Give --home or set DATAPORT_HOME; `dataport "
            "register create` makes a new one here."
        )
    return settings


class _Parsed(click.ParamType):
    """A value parsed by one of ours; its error is a usage error in our own words."""

    def __init__(self, name: str, parse: Callable[[str], Any], completes: str = "") -> None:
        self.name, self.completes = name, completes
        self._parse = parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return self._parse(value) if isinstance(value, str) else value


DAY = _Parsed("date", parse_day)
PERIOD = _Parsed("period", parse_period, "period")
ORDER = _Parsed("name[:desc]", OrderBy.parse, "order")
SUBTOTAL = _Parsed("level,level", parse_subtotal, "subtotal")
COMPARISON = _Parsed("previous|year-ago|date", parse_comparison, "comparison")

_ROWS = (
    click.option("--by", multiple=True, type=Word("breakdown"), metavar="LEVEL",
                 help="Break down by this; repeat for more."),
    click.option("--where", multiple=True, type=Word("filter"), metavar="EXPR",
                 help="Only these, such as \"sex = 'F'\"; repeat for more."),
)  # fmt: skip
_GEOGRAPHY = click.option("--geography", type=click.Choice(("today", "as-was")), default="today", show_default=True,
                          help="Count places as they are today, or as they were at the date asked.")  # fmt: skip
_TOTALS = (
    click.option("--totals", is_flag=True, help="Totals and subtotals, each computed at its own grain."),
    click.option("--subtotal", "subtotals", type=SUBTOTAL, multiple=True, metavar="LEVEL[,LEVEL]|none",
                 help="A total that keeps these breakdowns and adds up the others; repeat for more."),
)  # fmt: skip
_WHO = (
    click.option("--as", "login", metavar="VIEWER", help="Who asks: a login (default: the `viewer` setting)."),
    click.option("--class", "as_class", type=click.Choice(["statistics"]), help="Ask as a lesser class."),
    home_option,
)
_QUESTION = (
    click.argument("indicators", nargs=-1, type=Word("indicator"), metavar="INDICATOR…"),
    *_ROWS,
    click.option("--as-of", type=DAY, help="Stocks at the end of this day (default: the newest)."),
    click.option("--period", type=PERIOD, metavar="PERIOD",
                 help="Flows in it, stocks at its end: 2021, 2021-Q3, 2021-03, FROM..TO, last-month, last-12-months."),
    click.option("--grain", type=click.Choice(GRAINS), help="A trend, period by period."),
    click.option("--compare", type=COMPARISON, metavar="previous|year-ago|DATE",
                 help="Side by side with the period before, the year before, or another date."),
    _GEOGRAPHY,
    *_TOTALS,
    click.option("--top", type=click.IntRange(min=1),
                 help="Only the largest so many rows; in a trend or with --pivot, so many members, each whole."),
    click.option("--other", is_flag=True,
                 help="With --top: the largest members of the first breakdown, and the rest together."),
    click.option("--order", type=ORDER, multiple=True, help="Order by a column; repeat for more."),
    *_WHO,
)  # fmt: skip
_CHANGE = (
    click.argument("indicator", type=Word("indicator")),
    click.option(
        "--between", type=(DAY, DAY), required=True, metavar="DATE DATE", help="The earlier day and the later."
    ),
    *_ROWS,
    _GEOGRAPHY,
    *_TOTALS,
    *_WHO,
)  # fmt: skip


def _with(options: tuple[Callable[..., Any], ...], command: F) -> F:
    for option in reversed(options):
        command = option(command)
    return command


def question_options(command: F) -> F:
    """Everything that makes a question, the same for ask and explain."""
    return _with(_QUESTION, command)


def change_options(command: F) -> F:
    """Everything that makes a change: of one indicator, between two days."""
    return _with(_CHANGE, command)


def request_of(
    indicators: tuple[str, ...],
    by: tuple[str, ...],
    where: tuple[str, ...],
    as_of: date | None,
    period: DateRange | RelativePeriod | None,
    grain: Any,
    geography: Any,
    totals: bool,
    top: int | None,
    order: tuple[OrderBy, ...],
    compare: Any = None,
    other: bool = False,
    subtotals: tuple[tuple[str, ...], ...] = (),
    across: str | None = None,
) -> Request:
    """The request that the options spell."""
    return Request(
        indicators, by, where, as_of, period, grain, geography, totals, order, top, compare, other, subtotals, across
    )


def asker_of(settings: Settings, login: str | None, as_class: str | None = None, purpose: str | None = None) -> Asker:
    """Who asks: as said, or, where nothing was said, as the settings say; with the machine account that typed it."""
    wanted = ViewerClass(as_class) if as_class else None
    return Asker(settings.viewer if login is None else login, machine_account(), wanted, purpose)
