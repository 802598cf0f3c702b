"""dataport dev: a small home that is always the same, built after each change of a model, a seed or a definition."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import click

from dataport.checking import check_project
from dataport.cli.check import print_findings
from dataport.cli.progress import progress
from dataport.cli.register import make_store
from dataport.cli.report import say, show_note
from dataport.dictionary import CodeLists, project_root
from dataport.durable import write_json
from dataport.errors import WrongRequest
from dataport.jobs.refresh import refresh
from dataport.privacy import make_home
from dataport.semantic import DEFINITIONS, Catalog, breaks_down, load_catalog
from dataport.settings import Settings, read_settings
from dataport.synthetic import DEFAULT_SEED, first_phase

HOME, MARKER, SCALE = Path(".dataport-dev"), "made-by-dev", 0.0001
_PACKAGE = Path(__file__).resolve().parent.parent
# What decides how the store looks: where one of these changes, the store is made anew.
_STORE = ("store", "synthetic", "extract", "landing")


@click.command()
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    default=HOME,
    show_default=True,
    help="Where the small home stands. It is made anew when it has to be: nothing of yours belongs there.",
)
@click.option("--anew", is_flag=True, help="Make the store and everything else anew.")
def dev(home: Path, anew: bool) -> None:
    """Build a small home of a thousand invented people after a change, and tell what to try.

    What `dataport check` finds is told first, for a build would stop at it later and say less. The store and what has
    landed stay as long as nothing changed that they are made by; a change of definitions alone needs no build.

    \b
    Examples:
      dataport dev
      dataport dev --home /tmp/mine --anew
    """  # fmt: skip
    started = time.monotonic()
    if found := check_project():
        print_findings(found)
        raise SystemExit(1)
    settings = _home(home, anew)
    with progress("dev") as tell:
        if not settings.sources:
            make_store(settings, scale=SCALE, onboarded=first_phase(), url=None, seed=DEFAULT_SEED, tell=tell)
            settings = read_settings(settings.home)
            # a build that fails leaves the store: the next one begins there
            write_json(settings.home / MARKER, {**_kept(settings), "store": _digest()})
        built = refresh(settings, tell).build
    catalog = load_catalog(DEFINITIONS, CodeLists())
    what = f"built: {built.passed} tests passed" if built.is_new else "as it was: nothing to build"
    say(f"The home {home} is {what}. {time.monotonic() - started:.0f} seconds.", bold=True)
    say("Try:")
    for line in _to_try(settings, catalog):
        say(f"  {line} --home {home}")
    write_json(settings.home / MARKER, {"store": _digest(), "names": _names(catalog)})


def _home(home: Path, anew: bool) -> Settings:
    """The small home as it was left, or an empty one where what its store is made by has changed.

    Raises:
        WrongRequest: something else stands there.
    """
    settings = read_settings(home)
    if settings.home.exists() and any(settings.home.iterdir()):
        if not (settings.home / MARKER).is_file():
            raise WrongRequest(f"{home} was not made by `dataport dev`, which leaves it alone. Name another --home.")
        if not anew and _kept(settings).get("store") == _digest():
            return settings
        show_note("The store is made anew.")
        names = _kept(settings).get("names")
        shutil.rmtree(settings.home)
    else:
        names = None
    make_home(settings.home)
    write_json(settings.home / MARKER, {"names": names})
    return read_settings(home)


def _kept(settings: Settings) -> dict[str, object]:
    try:
        found = json.loads((settings.home / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _digest() -> str:
    """Of what the store is made by: code that invents and reads it, and the seeds."""
    digest = hashlib.sha256(f"{SCALE} {DEFAULT_SEED}".encode())
    files = [path for name in _STORE for path in (_PACKAGE / name).rglob("*.py")]
    for path in sorted([*files, *(project_root() / "seeds").rglob("*.csv")]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _names(catalog: Catalog) -> list[str]:
    return [*catalog.public_indicators(), *catalog.levels]


def _to_try(settings: Settings, catalog: Catalog) -> Iterator[str]:
    """Questions about what is new since the last time, or ordinary ones."""
    before = _kept(settings).get("names")
    known = before if isinstance(before, list) else _names(catalog)
    new = [name for name in _names(catalog) if name not in known]
    for name in new:
        if name in catalog.levels:
            level = catalog.levels[name]
            public = map(catalog.indicator, catalog.public_indicators())
            with_it = next((one.name for one in public if breaks_down(catalog, one, level)), None)
            yield f"dataport ask {with_it} --by {name} --totals" if with_it else f"dataport catalog show {name}"
        else:
            yield f"dataport ask {name}"
    if not new:
        yield "dataport ask active_individuals --by country_of_asylum --by sex --pivot sex --top 5"
