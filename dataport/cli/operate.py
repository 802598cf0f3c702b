"""dataport backup, restore, prune, keys: what an operator does to a home. docs/operate.md says when."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from dataport.cli.options import format_option, home_option, settings_of
from dataport.cli.progress import progress
from dataport.cli.report import say, say_json
from dataport.errors import WrongRequest
from dataport.jobs.backup import Backup, verify_backup
from dataport.jobs.backup import backup as make_backup
from dataport.jobs.prune import prune_home
from dataport.jobs.restore import restore as restore_home
from dataport.keyring import PURPOSES, versions
from dataport.keyring import rotate as rotate_key
from dataport.settings import PREFIX

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--keys", type=_FOLDER, required=True, help="Where the keys and the head of the log go: another place.")
@home_option
@format_option("table", "json")
def backup(folder: Path, keys: Path, home: Path | None, form: str) -> None:
    """Copy a home into FOLDER, and its keys apart from it. Both are there whole, and verified, or not at all.

    Questions go on meanwhile; a job that is under way is waited for by nobody: the exit code is 5.

    \b
    Example:
      dataport backup /backup/home-2026-11-28 --keys /vault/keys-2026-11-28
    """
    with progress("backup") as tell:
        done = make_backup(settings_of(home, whole=True), folder, keys, tell)
    _show(done, form, f"is backed up in {folder}; its keys and the head of its log are in {keys}")


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--keys", type=_FOLDER, help="The backup of the keys and of the head of the log.")
@click.option("--check", is_flag=True, help="Only read all of the backup, and hold it against its checksums.")
@home_option
@format_option("table", "json")
def restore(folder: Path, keys: Path | None, check: bool, home: Path | None, form: str) -> None:
    """Put a home back from its backup in FOLDER, at a place where nothing is. It is there whole or not at all.

    Exit code 1 if the log of looks is not in order at its new place; what it is then is said.

    \b
    Examples:
      dataport restore /backup/home-2026-11-28 --check
      dataport restore /backup/home-2026-11-28 --keys /vault/keys-2026-11-28 --home /srv/dataport/home
    """
    with progress("restore") as tell:
        if check:
            found = verify_backup(folder, tell)
            if keys:
                verify_backup(keys, tell, "keys")
            return _show(found, form, f"is in {folder} as it was backed up")
        place = home or Path(os.environ.get(PREFIX + "HOME") or ".dataport")
        done = restore_home(folder, place, keys, tell)
    if form == "json":
        say_json({"files": len(done.backup.files), "notes": done.notes, "log": asdict(done.log)})
    else:
        say(f"The home is restored at {place}, as it was on {done.backup.made_at:%Y-%m-%d %H:%M} UTC.")
        if not done.log.intact:
            say(f"Its log of looks is NOT in order: {done.log.problem}. {done.log.advice}")
        for note in done.notes:
            say(note)
    if not done.log.intact:
        raise SystemExit(1)


def _show(done: Backup, form: str, said: str) -> None:
    if form == "json":
        say_json({"files": len(done.files), "size_bytes": done.size, "made_at": done.made_at.isoformat()})
    else:
        say(f"The home {done.home} {said}: {len(done.files):,} files, {done.size / 1e6:,.1f} MB.")


@click.command()
@click.option("--keep", type=click.IntRange(1), help="How many versions stay (default: the `keep_versions` setting).")
@home_option
@format_option("table", "json")
def prune(keep: int | None, home: Path | None, form: str) -> None:
    """Give up older published versions, and what jobs that were killed left behind. The published one always stays.

    \b
    Example:
      dataport prune --keep 1
    """
    settings = settings_of(home, whole=True)
    done = prune_home(settings, keep or settings.keep_versions)
    if form == "json":
        say_json(asdict(done))
    else:
        what = ", ".join(map(str, done.versions)) or "none"
        say(f"Versions given up: {what}; leftovers: {done.leftovers}; {done.size_bytes / 1e6:,.1f} MB are free again.")


@click.group()
def keys() -> None:
    """The keys of a home: which versions there are, and a newer one. No key is ever shown.

    \b
    Example:
      dataport keys list
    """


@keys.command("list")
@home_option
@format_option("table", "json")
def list_(home: Path | None, form: str) -> None:
    """The versions that there are of each key.

    \b
    Example:
      dataport keys list --format json
    """
    settings = settings_of(home)
    if not settings.keyring.exists():
        raise WrongRequest(f"There is no keyring at {settings.keyring} yet: the first question makes it.")
    found = versions(settings.keyring)
    if form == "json":
        say_json({"keyring": str(settings.keyring), "versions": found})
    else:
        say(f"{settings.keyring}:")
        for purpose, numbers in found.items():
            say(f"  {purpose}: {', '.join(map(str, numbers))}")


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
