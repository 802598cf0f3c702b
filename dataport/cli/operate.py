"""dataport backup, restore, prune: what an operator does to a home. docs/operate.md says when."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

import click

from dataport.cli.options import format_option, home_option, settings_of
from dataport.cli.progress import progress
from dataport.cli.report import say, say_json
from dataport.jobs.backup import Backup, verify_backup
from dataport.jobs.backup import backup as make_backup
from dataport.jobs.prune import prune_home
from dataport.jobs.restore import restore as restore_home
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
