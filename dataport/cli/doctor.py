"""dataport doctor: what each source must allow, and what mends what it does not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

import click

from dataport.cli.options import format_option, home_option, settings_of
from dataport.cli.report import say, say_json
from dataport.jobs.doctor import Requirement, examine, examine_state


@click.command()
@home_option
@click.option("--source", "source_id", help="Examine this source alone.")
@format_option("table", "json")
def doctor(home: Path | None, source_id: str | None, form: str) -> None:
    """What each source must allow so that all of it can be read: one line for each requirement.

    `missing` keeps an extract from running or would make numbers wrong, `advised` is better done. Below each stands
    what mends it. No row is read. Beside the sources it says whether `state/` can be read, where what people made of
    records is kept. Exit code 1 if something is missing.

    \b
    Examples:
      dataport doctor
      dataport doctor --source registration --format json
    """
    settings = settings_of(home, whole=True)
    found = examine(settings, source_id)
    own = [] if source_id else [examine_state(settings)]
    if form == "json":
        told = [{**asdict(one), "is_sound": one.is_sound} for one in found]
        say_json({"sources": told, "home": [asdict(one) for one in own]})
    else:
        for one in found:
            history = (
                "every version" if one.every_version else "last versions only: history depends on how often it is read"
            )
            say(f"{one.source_id} ({one.kind}; {history})", bold=True)
            _show(one.requirements)
        if own:
            say("This home", bold=True)
            _show(own)
    if not all(one.is_sound for one in found) or any(one.state == "missing" for one in own):
        raise SystemExit(1)


def _show(requirements: Iterable[Requirement]) -> None:
    for requirement in requirements:
        told = f"{requirement.state:<8} {requirement.what}"
        # a place or a statement that somebody copies is not cut in the middle
        say(textwrap.fill(told, 100, subsequent_indent=" " * 9, break_long_words=False, break_on_hyphens=False))
        if requirement.mend:
            # on a line of its own, and whole: it is to be copied
            say(f"         → {requirement.mend}")
