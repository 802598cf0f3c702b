"""members: codes in filters as a person writes them, and as the lists have them.

Countries have codes in more than one system, and some codes mean one country in each. A request may name the system, as
in ``iso3:AUS``; a code by itself is taken where it means one member only. Definitions and policies are written in the
lists' own codes and do not come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from difflib import get_close_matches

from dataport.dictionary import SYSTEMS, UNLISTED, CodeList, Reading
from dataport.errors import UnknownName, WrongRequest
from dataport.semantic.condition import Atom, Between, Compare, Condition, OneOf, Value, mapped
from dataport.semantic.model import Catalog, Level


def as_read(condition: Condition, catalog: Catalog) -> tuple[Condition, tuple[str, ...]]:
    """A filter with every code as its list has it, and what was taken for what, in words.

    Raises:
        WrongRequest: a code that means one member in each of two systems.
        UnknownName: a code that its system does not have.
    """
    said: dict[str, None] = {}

    def read(level: Level, codes: CodeList, text: str) -> str:
        if not codes.system or text.startswith(UNLISTED):
            return text
        found = codes.readings(text)
        # who writes small letters is told of both countries too
        meant = found or codes.readings(text.upper())
        if len(meant) > 1:
            raise WrongRequest(_both_readings(level, meant, text))
        if not found:
            if ":" in text:
                raise UnknownName(f"value of {level.name}", text, (), values_hint(level))
            return text
        if found[0].code != text and ":" not in text:
            one, systems = found[0], (SYSTEMS[found[0].system], SYSTEMS[codes.system])
            said[f"{text} was read as the {systems[0]} code of {one.label} ({systems[1]}: {one.code})"] = None
        return found[0].code

    return _with_values(condition, catalog, read), tuple(said)


def as_written(condition: Condition, catalog: Catalog) -> Condition:
    """A filter with every code as it can be read back."""
    return _with_values(condition, catalog, lambda _level, codes, code: codes.written(code))


def written_members(codes: CodeList) -> tuple[str, ...]:
    """The members of a list as they can be written in a filter."""
    return tuple(map(codes.written, codes.labels)) if codes.system else tuple(codes.labels)


def near_members(codes: CodeList, text: str) -> tuple[str, ...]:
    """The members that a wrong code may have meant, as they are written: the one that it names, or the closest.

    None for one that is right, or that names two.
    """
    if codes.readings(text) or len(codes.readings(text.upper())) > 1:
        return ()
    named = codes.find(text)
    return tuple(codes.written(code) for code in ((named,) if named else closest(text, codes.labels)))


def closest(name: str, known: Iterable[str]) -> list[str]:
    """At most two of the known names, those spelt most like it."""
    folded = {one.casefold(): one for one in known}
    return [folded[one] for one in get_close_matches(name.casefold(), folded, n=2, cutoff=0.55)]


def is_listed(catalog: Catalog, name: str, written: str) -> bool:
    """Whether a text stands for a member that a public list knows, and so is nothing that somebody happened to type."""
    codes = catalog.code_lists.get(catalog.levels[name].code_list or "")
    return codes is not None and bool(codes.readings(written))


def values_hint(level: Level) -> str:
    return f"`dataport catalog values {level.name}` lists them."


def _both_readings(level: Level, readings: tuple[Reading, ...], text: str) -> str:
    means = " and ".join(f"{one.label} in the codes of {SYSTEMS[one.system]}" for one in readings)
    ways = " or ".join(f"'{one.system}:{text.upper()}' ({one.label})" for one in readings)
    return f"{text} means {means}. In {level.name}, write {ways}."


def _with_values(condition: Condition, catalog: Catalog, changed: Callable[[Level, CodeList, str], str]) -> Condition:
    """The same condition with other texts, for levels whose members have codes in several systems."""

    def each(atom: Atom) -> Condition:
        level = catalog.levels.get(atom.level)
        codes = catalog.code_lists.get(level.code_list) if level and level.code_list else None
        if level is None or codes is None:
            return atom

        def value(one: Value) -> Value:
            return changed(level, codes, one) if isinstance(one, str) else one

        match atom:
            case Compare(value=one):
                return replace(atom, value=value(one))
            case OneOf(values=several):
                return replace(atom, values=tuple(map(value, several)))
            case Between(low=low, high=high):
                return replace(atom, low=value(low), high=value(high))
        return atom

    return mapped(condition, each)
