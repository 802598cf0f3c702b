"""texts: how text that came from elsewhere is shown. Every outlet and every message writes it out here.

A name, a note or a code may hold escape sequences that steer a terminal, marks that turn the direction of what follows,
NUL, a formula that a spreadsheet would run, or a million letters. None of it may hide or forge a line of ours, or do
anything at all. What is shown is made of what prints; what does not is written as an escape. Formats for programs lose
nothing by it: JSON has escapes of its own, Parquet and Arrow are not for the eye, and a CSV can be had raw.
"""

from __future__ import annotations

import re

# How many letters of one text are shown: in a message or a note, in a cell of a table, in a cell of a spreadsheet (it
# takes 32,767 of them).
MESSAGE, CELL, SPREADSHEET = 10_000, 2_000, 32_000

# What begins a formula, in narrow and in wide letters, after blanks and apostrophes; or after what separates columns
# where a comma does not.
_FORMULA = re.compile(r"\s*'*\s*[=+\-@＝＋－＠]")
_FURTHER = re.compile(r"(?<=[;|])(?=\s*[\"']*\s*[=+\-@＝＋－＠])")


class _Marks(dict[int, str]):
    """What stands for each letter; found out once for each that occurs."""

    def __init__(self, escape: str) -> None:
        self._escape = escape

    def __missing__(self, code: int) -> str:
        one = chr(code)
        self[code] = told = one if one.isprintable() or one == "\n" else self._written(one)
        return told

    def _written(self, one: str) -> str:
        if self._escape == "python":
            return one.encode("unicode_escape").decode("ascii")
        units = one.encode("utf-16-be", "surrogatepass")
        return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


_PYTHON, _JSON = _Marks("python"), _Marks("json")


def written(text: str, *, longest: int = MESSAGE) -> str:
    """A text as it may be shown: what does not print is written out, lines stay, and how much was left out is said.

    >>> written("a\\x1b[2Kb")
    'a\\\\x1b[2Kb'
    >>> written("x" * 50, longest=20)
    'xxxxxxxxxxxxxxxx… 30 characters …xxxx'
    """
    if len(text) > longest:
        tail = longest // 5
        text = f"{text[: longest - tail]}… {len(text) - longest:,} characters …{text[-tail:]}"
    return text if text.isprintable() else text.translate(_PYTHON)


def on_one_line(text: str, *, longest: int = CELL) -> str:
    """The same for a place that has one line.

    >>> on_one_line("two\\nlines")
    'two\\\\nlines'
    """
    return written(text, longest=longest).replace("\n", "\\n")


def inert(text: str) -> str:
    """The same for a cell of a CSV: what a spreadsheet would run begins with an apostrophe there.

    >>> [inert(one) for one in ("=1+1", "'=1+1", "-5", "a;=1+1", "'s-Hertogenbosch")]
    ["'=1+1", "''=1+1", "'-5", "a;'=1+1", "'s-Hertogenbosch"]
    """
    told = _FURTHER.sub("'", on_one_line(text, longest=SPREADSHEET))
    return f"'{told}" if _FORMULA.match(told) else told


def inert_json(text: str) -> str:
    """JSON that says the same, in which nothing stands as it is that does not print.

    >>> inert_json('{"a": "\\u202e"}')
    '{"a": "\\\\u202e"}'
    """
    return text if text.isprintable() else text.translate(_JSON)
