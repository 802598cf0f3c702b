"""Confirmed links: which record of one store is the same person's as which of another.

They are data that somebody in charge has made. Nothing is guessed: equal names, numbers or dates join nobody. A line
that cannot be used joins nobody either, and is said with its number; it stops no build, for the rest is true as before.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from dataport.durable import new_file
from dataport.errors import ContractBroken, WrongRequest, did_you_mean

Kind: TypeAlias = Literal["same_person", "moved"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Link:
    """One line: two records that are one person's, why that is known, and who confirmed it when.

    Attributes:
        source_a, id_a, source_b, id_b: the two records, each by its store and by its id there.
        kind: ``same_person``, or ``moved`` where an operation was migrated and the first record is now the second.
    """

    source_a: str
    id_a: str
    source_b: str
    id_b: str
    kind: Kind
    reason: str
    confirmed_by: str
    confirmed_on: date

    @property
    def records(self) -> tuple[tuple[str, str], tuple[str, str]]:
        return (self.source_a, self.id_a), (self.source_b, self.id_b)


COLUMNS: tuple[str, ...] = tuple(one.name for one in fields(Link))


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that joins nobody, and why; never whom it names."""

    line: int
    why: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.why}"


@dataclass(frozen=True, slots=True)
class Links:
    """What the file says: links by their line, and the lines that cannot be used.

    Attributes:
        digest: of what is joined: a build with another one joins other records. Empty where there are none.
    """

    by_line: tuple[tuple[int, Link], ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def digest(self) -> str:
        said = sorted((link.records, link.kind) for _, link in self.by_line)
        return hashlib.sha256(repr(said).encode()).hexdigest() if said else ""


NO_LINKS = Links()


def read_links(path: Path, sources: Iterable[str]) -> Links:
    """The confirmed links of a file; none where there is no file.

    Args:
        sources: the stores that there are.

    Raises:
        ContractBroken: it is no such file at all. A build stops then: everybody in it would be counted twice.
    """
    if not path.exists():
        return NO_LINKS
    known, taken = frozenset(sources), set[tuple[str, str]]()
    good: list[tuple[int, Link]] = []
    bad: list[Problem] = []
    for line, words in _lines(path):
        found = _link(words, known)
        if isinstance(found, Link) and taken.intersection(found.records):
            # the earlier line holds: what is added must not undo what was confirmed
            found = "it names a record that an earlier line joins already; a registration is of two records."
        if isinstance(found, Link):
            taken.update(found.records)
            good.append((line, found))
        else:
            bad.append(Problem(line, found))
    return Links(tuple(good), tuple(bad))


def add_link(path: Path, link: Link, sources: Iterable[str]) -> None:
    """Write one more line, if it can be used beside those that are there.

    Raises:
        WrongRequest: it cannot.
        ContractBroken: the file is none of links.
    """
    known = frozenset(sources)
    words = {name: str(getattr(link, name)) for name in COLUMNS}
    found = _link(words, known)
    if isinstance(found, str):
        raise WrongRequest(f"This link was not written: {found}")
    taken = {record for _, one in read_links(path, known).by_line for record in one.records}
    if taken.intersection(link.records):
        raise WrongRequest(
            "This link was not written: one of these records is joined to another already, and a registration is of "
            "two records. Take that line out of the file if it is wrong."
        )
    text = io.StringIO(path.read_text(encoding="utf-8-sig") if path.exists() else ",".join(COLUMNS) + "\n", newline="")
    text.seek(0, io.SEEK_END)
    if not text.getvalue().endswith("\n"):
        text.write("\n")
    csv.writer(text, lineterminator="\n").writerow(words.values())
    with new_file(path, replace=True) as file:
        file.write(text.getvalue().encode())


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            header = tuple(reader.fieldnames or ())
            if set(header) != set(COLUMNS) or len(header) != len(COLUMNS):
                raise ContractBroken(
                    f"{path.name} is not a file of confirmed links: its first line must be {','.join(COLUMNS)}."
                )
            for row in reader:
                # a row with more cells than the header has them under None, one with fewer holds None
                cells = {name: (row[name] or "").strip() for name in COLUMNS}
                yield reader.line_num, cells if None not in row else cells | {"kind": "", "reason": ""}
    except (UnicodeDecodeError, csv.Error):
        raise ContractBroken(f"{path.name} cannot be read: it is not CSV in UTF-8.") from None


def _link(words: dict[str, str], known: frozenset[str]) -> Link | str:
    """The link that a line is, or why it is none."""
    if empty := [name for name in COLUMNS if not words[name].strip()]:
        return f"{' and '.join(empty)} must be filled in, in as many cells as there are columns."
    for name in ("source_a", "source_b"):
        if words[name] not in known:
            # the names of stores are no secrets, the ids beside them are
            near = did_you_mean(words[name], known)
            return f"{name} is none of the stores here ({', '.join(sorted(known)) or 'there are none'}).{near}"
    if words["source_a"] == words["source_b"]:
        return "it joins two records of one store; those are the store's own to merge."
    if words["kind"] not in KINDS:
        return f"kind is {' or '.join(KINDS)}.{did_you_mean(words['kind'], KINDS)}"
    try:
        day = date.fromisoformat(words["confirmed_on"])
    except ValueError:
        return "confirmed_on is a day, as in 2022-03-01."
    kind: Kind = "moved" if words["kind"] == "moved" else "same_person"
    texts = {name: words[name] for name in COLUMNS if name not in ("kind", "confirmed_on")}
    return Link(**texts, kind=kind, confirmed_on=day)
