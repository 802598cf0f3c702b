"""The tokens of a text in one of our small languages: filters, conditions of checks, and arithmetic of indicators.

Texts in quotes, numbers and names are written alike in all of them; their marks differ.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from dataport.errors import WrongRequest

END = "end"
_TEXT = r"(?P<text>'(?:[^']|'')*')"
# Nothing goes on where a number ends: 1.5.2 and 2x are none, rather than two tokens.
_NUMBER = r"\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?)(?![\w.])"
_NAME = r"(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)?)"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: `kind` is ``text``, ``number``, ``name``, ``mark`` or, once, ``end``; `at` is its place from 0."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True, slots=True)
class Language:
    """What a language is written in.

    Attributes:
        called: what a text of it is, for people.
        marks: what stands between its words. Where a minus is one of them, no number begins with it.
        hint: what helps where something is not of the language.
    """

    called: str
    marks: tuple[str, ...]
    hint: str = ""

    def read(self, text: str) -> Tokens:
        """The tokens of a text.

        Raises:
            WrongRequest: something in it is not of the language; the message points at the place.
        """
        return Tokens(self.called, list(self._split(text)))

    def _split(self, text: str) -> Iterator[Token]:
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _token(self.marks).match(text, at)
            if not found:
                rest = text[at:].lstrip()
                raise WrongRequest(
                    f"In the {self.called}, at character {len(text) - len(rest) + 1}: {rest[:20].strip()!r} is not "
                    f"part of the language.{' ' + self.hint if self.hint else ''}"
                )
            kind = found.lastgroup or ""
            yield Token(kind, found.group(kind), found.start(kind))
            at = found.end()
        yield Token(END, "", len(text))


@cache
def _token(marks: tuple[str, ...]) -> re.Pattern[str]:
    """One token after any space, in a group named by its kind."""
    number = rf"(?P<number>{'' if '-' in marks else '-?'}{_NUMBER}"
    longest_first = "|".join(map(re.escape, sorted(marks, key=len, reverse=True)))
    return re.compile(rf"\s*(?:{_TEXT}|{number}|{_NAME}|(?P<mark>{longest_first}))")


class Tokens:
    """Tokens that are taken from left to right."""

    def __init__(self, called: str, tokens: list[Token]) -> None:
        self._called, self._tokens, self._position = called, tokens, 0

    def __len__(self) -> int:
        return len(self._tokens) - 1

    @property
    def here(self) -> Token:
        """The first token that is not taken yet."""
        return self._tokens[self._position]

    def next(self) -> Token:
        """Take one token, which is not the end."""
        token = self.here
        self._position += token.kind != END
        return token

    def take(self, word: str) -> bool:
        """Take a word or mark, if that is what stands here. A text in quotes is never one."""
        if self.here.kind not in ("name", "mark") or self.here.text.lower() != word:
            return False
        self._position += 1
        return True

    def need(self, word: str) -> None:
        """Take a word or mark; WrongRequest if something else stands here."""
        if not self.take(word):
            raise self.expected(word)

    def expected(self, what: str) -> WrongRequest:
        """The error of whoever finds something else here."""
        found = "the end" if self.here.kind == END else repr(self.here.text[:40])
        return WrongRequest(f"In the {self._called}, at character {self.here.at + 1}: expected {what}, found {found}.")
