"""dataport demo: the whole road in a few minutes, on invented people with the real shape."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
from rich.table import Table

from dataport.ask import Asker, ask, open_house
from dataport.cli.grids import print_grid
from dataport.cli.options import asker_of, home_option
from dataport.cli.progress import Progress, progress
from dataport.cli.register import STATISTICIAN, begin_log_anew, make_store
from dataport.cli.render import print_table
from dataport.cli.texts import Screen, shown
from dataport.dictionary import read_seed
from dataport.disclosure import SafeTable
from dataport.errors import DataportError, WrongRequest
from dataport.house import House
from dataport.jobs.refresh import refresh
from dataport.privacy import make_home
from dataport.semantic import DateRange, Request, parse_day
from dataport.settings import Settings, read_settings
from dataport.store import connect
from dataport.synthetic import DEFAULT_SEED, advance, operations

MARKER = "made-by-demo"
CALIBRATED = "population_type in ('REF', 'ASY')"
COUNTRY, COUNTRY_NAME, COUNTRY_VIEWER = "KEN", "Kenya", "analyst.ken@example.org"
MONTHS = (31, 28)
BAR = 26


@click.command()
@home_option
@click.option("--scale", type=click.FloatRange(0, 1, min_open=True), default=0.01, show_default=True,
              help="1 is 21.4 million individuals.")  # fmt: skip
def demo(home: Path | None, scale: float) -> None:
    """Create a store, build the warehouse, let two months pass, and show four answers.

    \b
    Example:
      dataport demo --scale 0.01
    """
    started = time.monotonic()
    settings = _fresh_home(home)
    with progress("demo") as tell:
        settings = _build(settings, scale, tell)
    house, console = open_house(settings), Screen()
    _beside_published(house, scale, console)
    _pyramid(house, console)
    _trend(house, console)
    _three_viewers(house, console)
    _next(settings, console)
    console.print(shown(f"\nAll of this took {time.monotonic() - started:.0f} seconds.", style="dim"))


def _fresh_home(home: Path | None) -> Settings:
    """An empty home; one that a demo made before is made again, any other is left alone."""
    settings = read_settings(home)
    if settings.home.exists() and any(settings.home.iterdir()):
        if not (settings.home / MARKER).exists():
            raise WrongRequest(
                "This home was not made by the demo, so the demo leaves it alone. Give another place with --home."
            )
        shutil.rmtree(settings.home)
    make_home(settings.home)
    (settings.home / MARKER).touch(mode=0o600)
    begin_log_anew(settings, "The home was made anew by `dataport demo`.")
    return read_settings(home)


def _build(settings: Settings, scale: float, tell: Progress) -> Settings:
    """A store at the end of 2021, then two months with a refresh after each."""
    make_store(settings, scale=scale, onboarded=len(operations()), url=None, seed=DEFAULT_SEED, tell=tell)
    settings = read_settings(settings.home)
    refresh(settings, tell)
    for days in MONTHS:
        store = connect(settings.sources[0].url.reveal())
        try:
            advance(store, days, DEFAULT_SEED, tell)
        finally:
            store.close()
        refresh(settings, tell)
    return settings


def _ask(house: House, request: Request, login: str | None = None) -> SafeTable:
    return ask(request, asker_of(house.settings, login or STATISTICIAN), house)


def _title(console: Screen, text: str) -> None:
    console.print(shown(f"\n{text}", style="bold"))


def _beside_published(house: House, scale: float, console: Screen) -> None:
    _title(
        console, f"1. Refugees and asylum-seekers by country, 31 December 2021, beside published figures x {scale:g}"
    )
    end_2021 = parse_day("2021-12-31")
    # Countries outside the calibration have refugees too: more rows are asked for than are shown.
    request = Request(("active_individuals",), ("country_of_asylum",), (CALIBRATED,), as_of=end_2021, top=30)
    answer = _ask(house, request)
    published = _published()
    grid = Table("Country of asylum", header_style="bold", box=None, pad_edge=False)
    for heading in ("Dataport", "Published x scale", "Difference"):
        grid.add_column(heading, justify="right")
    codes, counts = (answer.data.column(name).to_pylist() for name in ("country_of_asylum", "active_individuals"))
    compared = [(code, count) for code, count in zip(codes, counts, strict=True) if code in published][:10]
    for code, count in compared:
        expected = published[code] * scale
        name = answer.members["country_of_asylum"].get(code, code)
        grid.add_row(name, f"{count:,}", f"{expected:,.1f}", f"{count - expected:+.1f}")
    print_grid(grid, console)
    console.print(shown("UNHCR Refugee Population Statistics Database, demographics 2021 (CC BY 4.0)", style="dim"))


def _published() -> dict[str, int]:
    totals: dict[str, int] = {}
    for row in read_seed("published/demographics_2021"):
        code = row["country_of_asylum_code"]
        totals[code] = totals.get(code, 0) + int(row["total"])
    return totals


def _pyramid(house: House, console: Screen) -> None:
    _title(console, f"2. Who they are: active individuals in {COUNTRY_NAME} by age and sex, on the last day")
    here = (f"country_of_asylum = '{COUNTRY}'",)
    answer = _ask(house, Request(("active_individuals",), ("age_group", "sex"), here))
    counts = {(row["age_group"], row["sex"]): row["active_individuals"] for row in answer.data.to_pylist()}
    ages = list(dict.fromkeys(age for age, _ in counts))
    widest = max((count for (age, sex), count in counts.items() if sex in ("F", "M")), default=1)
    console.print(shown(f"{'women and girls':>{BAR + 9}}            men and boys", style="dim"))
    for age in reversed(ages):
        women, men = counts.get((age, "F"), 0), counts.get((age, "M"), 0)
        left, right = "█" * round(BAR * women / widest), "█" * round(BAR * men / widest)
        label = age or "Unknown"
        console.print(
            shown(f"{women:>8,} {left:>{BAR}} ").append(f"{label:^8}", style="bold").append(f" {right:<{BAR}} {men:,}")
        )
    unknown = sum(count for (_, sex), count in counts.items() if sex not in ("F", "M"))
    console.print(shown(f"{unknown:,} of unknown sex are not drawn.", style="dim"))


def _trend(house: House, console: Screen) -> None:
    _title(console, "3. How it went: the world by month")
    period = DateRange(parse_day("2021-12-01"), parse_day("2022-02-28"))
    print_table(
        _ask(house, Request(("active_individuals", "new_registrations", "departures"), period=period, grain="month")),
        console,
    )


def _three_viewers(house: House, console: Screen) -> None:
    question = Request(("active_individuals", "average_group_size"), ("country_of_asylum",), top=3)
    _title(console, f"4. The same question, asked by {STATISTICIAN}")
    print_table(_ask(house, question), console)
    _title(console, f"   … by {COUNTRY_VIEWER}, whose permissions in the store end at {COUNTRY_NAME}")
    print_table(_ask(house, question, COUNTRY_VIEWER), console)
    _title(console, "   … and by somebody the store does not know")
    try:
        ask(question, Asker("somebody@example.org", "demo"), house)
    except DataportError as refusal:
        console.print(shown(str(refusal), style="red"))


def _next(settings: Settings, console: Screen) -> None:
    _title(console, "Try next")
    for line in _commands(settings):
        console.print(shown(f"  {line}"), soft_wrap=True)


def _commands(settings: Settings) -> Iterator[str]:
    dataport = "dataport" if shutil.which("dataport") else sys.argv[0]
    home = "" if settings.home == Path(".dataport").absolute() else f" --home {settings.home}"
    yield f"{dataport} ask share_of_children share_of_women_and_girls --by unhcr_bureau --totals{home}"
    yield f"{dataport} explain average_group_size --by country_of_asylum --as {COUNTRY_VIEWER}{home}"
    yield f"{dataport} audit show{home}"
