"""members: codes in filters as a person writes them, and as the lists have them.

A member is written by its code or by its label, in any case. Countries have codes in more than one system, and some
codes mean one country in each; a label may be that of several members. A text is taken where it means one member only,
and what was not written as its list has it is told with the answer. A request may name the system, as in ``iso3:AUS``.
Definitions and policies are written in the lists' own codes and do not come here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import SequenceMatcher, get_close_matches

from dataport.dictionary import SYSTEMS, UNLISTED, CodeList, Reading, folded
from dataport.errors import UnknownName, WrongRequest
from dataport.semantic.condition import Atom, Between, Compare, Condition, OneOf, Value, mapped
from dataport.semantic.model import Catalog, Level

_UNKNOWN, _MOST_SHOWN = "unknown", 5
# By how much one name must be nearer than the next one to be the one that was meant.
_CLEARLY = 0.05
# How near a name must be to be proposed at all; of a code of so few letters one may be more than half of it.
_NEAR, _NEAR_CODE, _CODE = 0.7, 0.55, 3


def as_read(condition: Condition, catalog: Catalog) -> tuple[Condition, tuple[str, ...]]:
    """A filter with every code as its list has it, and what was taken for what, in words.

    Raises:
        WrongRequest: a text that means several members, or none because it means unknown.
        UnknownName: a code that its system does not have.
    """
    said: dict[str, None] = {}

    def read(level: Level, codes: CodeList, text: str) -> str:
        if text.startswith(UNLISTED) or text in codes.missing:
            return text
        meant = _meant(level, codes, text)
        if meant is None:
            return text
        # who names the system knows which code it is; a label may hold a colon too
        if meant.code != text and not (codes.system and ":" in text and codes.readings(text)):
            said[_taken(level, codes, meant, text)] = None
        return meant.code

    return _with_values(condition, catalog, read), tuple(said)


def _meant(level: Level, codes: CodeList, text: str) -> Reading | None:
    """The one member that a text means; None if it means none that the list knows.

    A code as its list has it stands before all else.
    """
    found = codes.readings(text) if codes.system else ()
    if len(found) > 1:
        raise WrongRequest(_both_readings(level, found, text))
    if found:
        return _in_list(level, codes, found[0], text)
    if codes.system and ":" in text and not codes.named(text):
        raise UnknownName(f"value of {level.name}", text, (), values_hint(level))
    if text in codes.labels:
        return Reading(codes.system, text, codes.labels[text])
    # who writes small letters is told of both countries too
    loud = codes.readings(text.upper()) if codes.system else ()
    if len(loud) > 1:
        raise WrongRequest(_both_readings(level, loud, text))
    named = tuple(Reading(codes.system, code, codes.labels[code]) for code in codes.named(text))
    several = {one.code: one for one in (*named, *loud)}
    if len(several) > 1:
        raise WrongRequest(_several(level, codes, tuple(several), text))
    if not several and (label := codes.named_beyond(text)):
        raise _not_in_list(level, label, text)
    if not several and folded(text) == _UNKNOWN:
        raise WrongRequest(f"{text!r} is no member of {level.name}: write `{level.name} is unknown`.")
    # by its own code, or by its name, rather than by a code of another system
    meant = next(iter((*named, *loud)), None)
    return meant and _in_list(level, codes, meant, text)


def _in_list(level: Level, codes: CodeList, meant: Reading, text: str) -> Reading:
    if meant.code not in codes.labels:
        raise _not_in_list(level, meant.label, text)
    return meant


def _not_in_list(level: Level, label: str, text: str) -> UnknownName:
    """Of what a code system has and a list has not, there is nothing near: another member would be another country."""
    return UnknownName(f"value of {level.name}", text, (), f"{label} is none of them. {values_hint(level)}")


def _taken(level: Level, codes: CodeList, meant: Reading, text: str) -> str:
    """What a text was read as, in words."""
    written = " ".join(text.split())
    if meant.system != codes.system:
        systems = SYSTEMS[meant.system], SYSTEMS[codes.system]
        return f"{written} was read as the {systems[0]} code of {meant.label} ({systems[1]}: {meant.code})"
    return f"{written} was read as {codes.written(meant.code)} ({meant.label}) of {level.name}"


def _several(level: Level, codes: CodeList, found: tuple[str, ...], text: str) -> str:
    shown = ", ".join(f"'{codes.written(code)}' ({codes.labels[code]})" for code in found[:_MOST_SHOWN])
    more = f" and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    return f"{text!r} names {len(found)} members of {level.name}: {shown}{more}. Write the code of the one meant."


def as_written(condition: Condition, catalog: Catalog) -> Condition:
    """A filter with every code as it can be read back."""
    return _with_values(condition, catalog, lambda _level, codes, code: codes.written(code))


def written_members(codes: CodeList) -> tuple[str, ...]:
    """The members of a list as they can be written in a filter."""
    return tuple(map(codes.written, codes.labels)) if codes.system else tuple(codes.labels)


def near_members(codes: CodeList, text: str) -> tuple[str, ...]:
    """The member that a wrong code or label can only have meant, as it is written.

    None for one that is right, or that names several.
    """
    if codes.readings(text) or codes.named(text) or codes.named_beyond(text):
        return ()
    if ":" in text and codes.system:
        return _same_code(codes, text)
    if codes.readings(text.upper()):
        return ()
    names = {label: code for code, label in codes.labels.items()} | {code: code for code in codes.labels}
    return tuple(codes.written(one) for one in closest(text, names))


def _same_code(codes: CodeList, text: str) -> tuple[str, ...]:
    """The member of exactly that code in small letters, in another system, or in one that there is not.

    What names a system was meant as a code, and a code that is like it is another country.
    """
    system, _, code = text.partition(":")
    found = codes.readings(f"{system}:{code.upper()}") or codes.readings(code.strip().upper())
    return tuple(codes.written(one.code) for one in found) if len(found) == 1 else ()


def closest(name: str, known: Iterable[str] | Mapping[str, str]) -> list[str]:
    """The one name that a misspelt one can only have meant; none where two are about as near.

    What is proposed can be copied and run, and its number would then be that of another question: ``country`` is how
    six names begin, and ``Germania`` is as near to Romania as to Germany.

    Args:
        known: the names there are, or names with what each of them stands for.
    """
    means = known if isinstance(known, Mapping) else {one: one for one in known}
    folded = {one.casefold(): meant for one, meant in means.items()}
    text = name.casefold()
    if sum(one.startswith(f"{text}_") for one in folded) > 1:
        return []
    best: dict[str, float] = {}
    for one in get_close_matches(text, folded, n=4, cutoff=_NEAR_CODE if len(text) <= _CODE else _NEAR):
        best.setdefault(folded[one], SequenceMatcher(None, one, text).ratio())
    (meant, score), *others = [*best.items()] or [("", 0.0)]
    is_clear = all(score - other > _CLEARLY for _, other in others)
    return [meant] if meant and is_clear else []


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
    """The same condition with other texts, for levels whose members are listed."""

    def each(atom: Atom) -> Condition:
        level = catalog.levels.get(atom.level)
        codes = _listed(level, catalog) if level else None
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


def _listed(level: Level, catalog: Catalog) -> CodeList | None:
    """The members of a level, where there is a list of them; bands go by their labels."""
    if level.bands:
        return CodeList(level.name, {one: one for one in level.bands.labels})
    return catalog.code_lists.get(level.code_list) if level.code_list else None
