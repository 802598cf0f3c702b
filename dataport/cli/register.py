"""dataport register: a synthetic registration store."""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import click

from dataport.audit import begin_anew, look_trouble
from dataport.cli.options import format_option, home_option, settings_of
from dataport.cli.progress import Progress, progress
from dataport.cli.report import say, say_json, show_note
from dataport.errors import WrongRequest
from dataport.privacy import make_home
from dataport.settings import FILE_NAME, Settings, SyntheticSettings
from dataport.store import Store, connect
from dataport.synthetic import DEFAULT_SEED, Summary, Truth, first_phase, onboard, operations, plan
from dataport.synthetic import advance as let_days_pass
from dataport.synthetic import create as create_store
from dataport.visit import machine_account

STATISTICIAN = "statistician.hq@example.org"
CUBE_VIEWER = "protected.statistics@example.org"
SOURCE_ID = "registration"


def _years(_: click.Context, __: click.Parameter, given: str | None) -> int | None:
    """A number of years from ``5y`` or ``5``."""
    if given is None:
        return None
    digits = given.removesuffix("y")
    if not digits.isdigit() or int(digits) == 0:
        raise click.BadParameter(f"{given!r} is no number of years. Write 5y.")
    return int(digits)


@click.group()
def register() -> None:
    """Create a synthetic registration store, or let days pass in one. Nobody in it exists.

    \b
    Example:
      dataport register create --scale 0.01
    """


@register.command()
@home_option
@click.option(
    "--scale",
    type=click.FloatRange(0, 1, min_open=True),
    default=0.01,
    show_default=True,
    help="1 is 21.4 million individuals.",
)
@click.option(
    "--onboarded",
    type=click.IntRange(first_phase(), len(operations())),
    default=len(operations()),
    show_default=True,
    help="How many country operations have been migrated into it.",
)
@click.option("--history", callback=_years, metavar="YEARS", help="Write the years before too: 5y. At most 10y.")
@click.option("--clean", is_flag=True, help="Plant no mistakes in the data.")
@click.option("--url", help="postgresql://… (default: an embedded store in the home folder).")
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True, help="The same seed makes the same store.")
@format_option("table", "json")  # fmt: skip
def create(
    home: Path | None,
    scale: float,
    onboarded: int,
    history: int | None,
    clean: bool,
    url: str | None,
    seed: int,
    form: str,
) -> None:
    """Create a store whose clock stands at the end of 2021, and name it in the home's settings.

    It has mistakes as real registers have them, at the rates of the seeds; which ones is written, record by record, in
    the folder `planted` of the home.

    \b
    Examples:
      dataport register create --scale 0.01 --history 5y
      dataport register create --scale 0.1 --url postgresql://user@localhost/registration
    """
    settings = settings_of(home, must_exist=False)
    with progress("register") as tell:
        summary = make_store(
            settings, scale=scale, onboarded=onboarded, url=url, seed=seed, tell=tell, history=history, dirty=not clean
        )
    _show(summary, form)
    if trouble := look_trouble(settings):
        show_note(trouble)


@register.command()
@home_option
@click.option("--days", type=click.IntRange(0, 3660), default=30, show_default=True, help="How many days pass.")
@click.option(
    "--onboard",
    "more",
    type=click.IntRange(1, len(operations()) - first_phase()),
    help="First migrate so many more operations into it.",
)
@click.option("--seed", type=int, default=DEFAULT_SEED, show_default=True)
@format_option("table", "json")
def advance(home: Path | None, days: int, more: int | None, seed: int, form: str) -> None:
    """Let days pass in the store: registrations, births, moves, decisions, departures, corrections.

    \b
    Examples:
      dataport register advance --days 31
      dataport register advance --onboard 10 --days 1
    """
    settings = settings_of(home)
    if not settings.sources or not settings.synthetic:
        raise WrongRequest("This home has no synthetic registration store. Run `dataport register create` first.")
    store = connect(settings.sources[0].url.reveal())
    try:
        with progress("register") as tell:
            parts = [_onboard(store, settings.synthetic, more, tell)] if more else []
            parts += [let_days_pass(store, days, seed, tell)] if days else []
    finally:
        store.close()
    _show(_together(parts), form)


def _together(parts: list[Summary]) -> Summary:
    rows, events = Counter[str](), Counter[str]()
    for part in parts:
        rows.update(part.rows)
        events.update(part.events or {})
    return Summary(dict(rows), tuple(note for part in parts for note in part.notes), dict(events))


def _onboard(store: Store, made: SyntheticSettings, more: int, tell: Progress) -> Summary:
    present = store.query("SELECT count(*) AS operations FROM operation")["operations"][0].as_py()
    return onboard(store, plan(made.scale, min(present + more, len(operations())), made.seed), tell)


def begin_log_anew(settings: Settings, reason: str) -> None:
    """Where looks were written down at a home that stood here before: say that they are lost, here and in the log."""
    if lost := begin_anew(settings, machine_account(), reason):
        show_note(
            f"{lost.looks:,} looks were written down at a home that stood here before, and are gone with it. The first "
            "line of the new audit log says so."
        )


def make_store(
    settings: Settings,
    *,
    scale: float,
    onboarded: int,
    url: str | None,
    seed: int,
    tell: Progress,
    history: int | None = None,
    dirty: bool = False,
) -> Summary:
    """Create a store and name it in the settings of a home that has none yet."""
    _refuse_second(settings)
    is_new = not settings.home.exists() or not any(settings.home.iterdir())
    make_home(settings.home)
    if is_new:
        begin_log_anew(settings, "The home was made anew by `dataport register create`.")
    address = url or f"sqlite:///{(settings.home / 'registration.sqlite').resolve()}"
    store = connect(address)
    try:
        with Truth(settings.home / "planted") if dirty else nullcontext() as dirt:
            summary = create_store(store, plan(scale, onboarded, seed), tell, history=history, dirt=dirt)
    finally:
        store.close()
    _write_settings(settings, store.kind, address, SyntheticSettings(scale=scale, seed=seed))
    return summary


def _refuse_second(settings: Settings) -> None:
    if settings.sources or (settings.home / FILE_NAME).exists():
        raise WrongRequest(
            "This home already has a registration store. Use it, or give another place with --home; what is here was "
            "not touched."
        )


def _write_settings(settings: Settings, kind: str, address: str, made: SyntheticSettings) -> None:
    """The home's dataport.toml: private, for the address may hold a password."""
    text = (
        "# Who asks when nobody says --as; an account of the registration store.\n"
        f"viewer = {json.dumps(STATISTICIAN)}\n"
        "# The account that the protected statistics are built by. It counts everything and is shown nothing.\n"
        f"cube_viewer = {json.dumps(CUBE_VIEWER)}\n\n"
        f"[[sources]]\nsource_id = {json.dumps(SOURCE_ID)}\nkind = {json.dumps(kind)}\nurl = {json.dumps(address)}\n"
        f"\n[synthetic]\nscale = {made.scale}\nseed = {made.seed}\n"
    )
    descriptor = os.open(settings.home / FILE_NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


def _show(summary: Summary, form: str) -> None:
    if form == "json":
        say_json(asdict(summary))
        return
    for table, rows in summary.rows.items():
        if rows:
            say(f"{rows:>12,}  {table}")
    for event, count in (summary.events or {}).items():
        say(f"{count:>12,}  {event} events")
    for note in summary.notes:
        say(note)
