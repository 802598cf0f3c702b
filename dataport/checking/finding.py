"""Finding: what stands in one place and not in the other, where, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file."""

    file: str
    line: int = 1

    @classmethod
    def read(cls, text: str) -> Place:
        """From ``file:line``.

        >>> Place.read("levels.yml:12")
        Place(file='levels.yml', line=12)
        """
        file, _, line = text.rpartition(":")
        return cls(file, int(line))


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One disagreement.

    Attributes:
        place: where to look first: the file that says more than the other, or something else than it.
        kind: what disagrees: field, type, sensitivity, code, code list, cause, bit, record, …
        what: a sentence.
        mend: what to do, as a sentence.
    """

    place: Place
    kind: str
    what: str
    mend: str


def line_of(text: str, *words: str) -> int:
    """The line in which the last of the words stands, each looked for behind the one before; 1 where one does not.

    Whole words: `code` does not stand in `sex_code`.

    >>> line_of("a\\nb\\na\\nc", "b", "a")
    3
    """
    at = 0
    for word in words:
        found = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)").search(text, at)
        if found is None:
            return 1
        at = found.end()
    return text.count("\n", 0, at) + 1


def called(path: Path, root: Path) -> str:
    """What a file is called in findings: from the root of the project, where it lies below it."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)
