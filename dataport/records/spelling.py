"""spelling: names as they are compared: in Latin letters whatever they are written in, in small ones, word by word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from importlib import import_module

# Written within a word, and left out as often as not.
_WITHIN = re.compile("['`’ʼʻ]")
_WORD = re.compile("[a-z0-9]+")


def spelled(name: str) -> frozenset[str]:
    """The words of a name.

    >>> sorted(spelled("Zoë O’Connor-Müller")), sorted(spelled("Амина"))
    (['muller', 'oconnor', 'zoe'], ['amina'])
    """
    latin = name if name.isascii() else _letters()(unicodedata.normalize("NFC", name))
    return frozenset(_WORD.findall(_WITHIN.sub("", latin).lower()))


def words_in(text: str) -> frozenset[str]:
    """The words of a text, taken together and apart at what may be written within one.

    >>> sorted(words_in("Amina's card"))
    ['amina', 'aminas', 'card', 's']
    """
    return spelled(text) | spelled(_WITHIN.sub(" ", text))


def run_together(text: str) -> str:
    """The letters and figures of a text alone.

    >>> run_together(" Ken-21 007")
    'ken21007'
    """
    latin = text if text.isascii() else _letters()(unicodedata.normalize("NFC", text))
    return "".join(_WORD.findall(latin.lower()))


@cache
def _letters() -> Callable[[str], str]:
    """The library that knows the letters of all scripts: read when the first name has others than Latin ones."""
    found: Callable[[str], str] = import_module("anyascii").anyascii
    return found
