"""dataport keys: the keys of a home, which only it has, and keys by which programs are known."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import click

from dataport.ask import open_house
from dataport.cli.options import DAY, format_option, home_option, settings_of
from dataport.cli.report import say, say_json
from dataport.errors import WrongRequest
from dataport.jobs.freshen import freshen_grants
from dataport.keyring import PURPOSES, versions
from dataport.keyring import rotate as rotate_key
from dataport.state import SCOPES, AccessKey, AccessKeys, State
from dataport.visit import Asker, machine_account, viewer_of

# How long a key lasts of which nobody says when it ends.
_DAYS = 365


@click.group()
def keys() -> None:
    """The keys of a home, of which none is ever shown; and keys of programs, each told once.

    \b
    Examples:
      dataport keys list
      dataport keys create --as analyst.ken@example.org --name "Notebook of the analyst"
    """


@keys.command()
@click.option("--as", "login", required=True, metavar="LOGIN", help="As whom programs that have it are known.")
@click.option("--name", required=True, metavar="NAME", help="What it is for.")
@click.option("--expires", type=DAY, metavar="DATE", help=f"The last day (UTC) that it lasts (default: {_DAYS} days).")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it opens (default: ask); repeat for more."
)
@home_option
@format_option("table", "json")
def create(login: str, name: str, expires: date | None, scopes: tuple[Any, ...], home: Path | None, form: str) -> None:
    """Make a key by which a program is known as an account at `dataport serve`. It is told once and not kept.

    What the account may see its grants say, whatever the key opens. --scope cases opens cases and records, and no
    questions unless --scope ask is given too.

    \b
    Example:
      dataport keys create --as analyst.ken@example.org --name "Nightly table" --expires 2027-06-30 --format json
    """
    settings = settings_of(home)
    freshen_grants(settings)
    # a key for nobody would be found out only when it is used
    viewer_of(Asker(login, machine_account()), open_house(settings))
    last = expires or (datetime.now(UTC) + timedelta(days=_DAYS)).date()
    ends = datetime.combine(last + timedelta(days=1), time())
    made = AccessKeys(State(settings.state)).make(
        login, name, scopes=frozenset(scopes or ("ask",)), made_by=machine_account(), expires_at=ends
    )
    if form == "json":
        say_json({"key": made.key, **_told(made.known)})
    else:
        say(made.key)
        say(f"It is told this once. It is known as {login} until the end of {last}, and opens {_opens(made.known)}.")


@keys.command()
@click.argument("key_id", metavar="ID")
@home_option
@format_option("table", "json")
def revoke(key_id: str, home: Path | None, form: str) -> None:
    """End a key of a program for ever, within seconds wherever it is used.

    \b
    Example:
      dataport keys revoke 1f3a9c20
    """
    ended = AccessKeys(State(settings_of(home).state)).revoke(key_id, machine_account())
    if form == "json":
        say_json(_told(ended))
    else:
        say(f"The key {ended.key_id} ({ended.name}) of {ended.login} is revoked.")


@keys.command("list")
@home_option
@format_option("table", "json")
def list_(home: Path | None, form: str) -> None:
    """The versions that there are of each key of the home, and the keys of programs.

    \b
    Example:
      dataport keys list --format json
    """
    settings = settings_of(home)
    made = AccessKeys(State(settings.state)).all()
    if not settings.keyring.exists() and not made:
        raise WrongRequest(f"There is no keyring at {settings.keyring} yet: the first question makes it.")
    found = versions(settings.keyring) if settings.keyring.exists() else {}
    if form == "json":
        say_json({"keyring": str(settings.keyring), "versions": found, "keys": list(map(_told, made))})
        return
    say(f"{settings.keyring}:")
    for purpose, numbers in found.items():
        say(f"  {purpose}: {', '.join(map(str, numbers))}")
    for one in made:
        used = f"last used {one.last_used_at:%Y-%m-%d}" if one.last_used_at else "never used"
        ends = f"revoked on {one.ended_at:%Y-%m-%d}" if one.ended_at else f"until {one.expires_at:%Y-%m-%d %H:%M} UTC"
        say(f"{one.key_id}  {one.login}  {one.name}  ({_opens(one)}; {ends}; {used})")


def _opens(one: AccessKey) -> str:
    return ", ".join(sorted(one.scopes))


def _told(one: AccessKey) -> dict[str, Any]:
    said = {
        name: f"{value.isoformat()}Z" if isinstance(value, datetime) else value for name, value in asdict(one).items()
    }
    said["id"] = said.pop("key_id")
    return said | {"scopes": sorted(one.scopes)}


@keys.command()
@click.argument("purpose", type=click.Choice(PURPOSES), default="audit")
@home_option
@format_option("table", "json")
def rotate(purpose: str, home: Path | None, form: str) -> None:
    """Make a newer version of a key, and use it from now on. Older versions stay: they read what was made with them.

    Of the audit key: lines are sealed with the newer version from the next look on, and none with an older one ever
    again. Digests and pseudonyms of the log are made with it too, so those before and after cannot be matched.

    \b
    Example:
      dataport keys rotate audit
    """
    settings = settings_of(home)
    made = rotate_key(settings.keyring, purpose)
    if form == "json":
        say_json({"purpose": made.purpose, "version": made.version})
    else:
        said = "Back the keyring up: nothing reads the log without it."
        say(f"The {made.purpose} key has version {made.version} now, in {settings.keyring}. {said}")
