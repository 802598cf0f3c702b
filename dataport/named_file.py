"""A file that somebody named to be written: whole and private, or refused in words that say what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dataport.durable import new_file
from dataport.errors import WrongRequest, is_full


def form_of(path: Path | None, said: str | None, by_name: Mapping[str, str], otherwise: str | None) -> str | None:
    """Which format is written: the one that was said, or what the file is called; `otherwise` where neither says.

    Args:
        by_name: the format of each ending of a name.

    Raises:
        WrongRequest: what was said and the name contradict each other.
    """
    named = by_name.get(path.suffix.lower()) if path else None
    if path and named and said not in (None, named):
        raise WrongRequest(f"{path.name} is called like {named}, and --format says {said}. Leave one of them out.")
    return said or named or otherwise


def check_place(path: Path, *, replace: bool, home: Path | None = None) -> None:
    """Refuse a place where no file of ours has any business, before anything is read for it."""
    if home and path.resolve().is_relative_to(home.resolve()):
        raise WrongRequest("The home holds files of Dataport's own, and no answers. Name another place.")
    if not path.parent.is_dir():
        raise WrongRequest(f"There is no folder {path.parent}. Make it first, or name another place.")
    if path.exists() and not path.is_file():
        raise WrongRequest(f"{path} is no ordinary file. Name another one.")
    if path.exists() and not replace:
        raise WrongRequest(_there(path))


@contextmanager
def named_file(path: Path, *, replace: bool) -> Iterator[BinaryIO]:
    """The file, open for the block: there whole afterwards, or as it was before.

    Raises:
        WrongRequest: it cannot be written, or it is there and nobody said to replace it.
    """
    try:
        with new_file(path, replace=replace) as file:
            yield file
    except FileExistsError:
        raise WrongRequest(_there(path)) from None
    except OSError as problem:
        if is_full(problem):
            raise
        raise WrongRequest(f"{path} cannot be written ({type(problem).__name__}). Name another file.") from None


def _there(path: Path) -> str:
    return f"{path} is there already, and was left as it is. Name another file, or replace it with --overwrite."
