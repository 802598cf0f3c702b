"""Code lists: which members a field has, what they are called, in which order. All of them are public."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from dataport.dictionary.seeds import read_seed

# How systems of codes are called in sentences; before a code they stand as they are: `iso3:DEU`.
SYSTEMS = {"unhcr": "UNHCR", "iso3": "ISO"}
# Before a code that rows have and their list does not.
UNLISTED = "unlisted:"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a code means in one system of codes: the member, by the code that its list has for it."""

    system: str
    code: str
    label: str


def folded(text: str) -> str:
    """A text as names are compared: without case, accents and spare blanks.

    >>> folded(" Türkiye ")
    'turkiye'
    """
    bare = (one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return " ".join("".join(bare).casefold().split())


@dataclass(frozen=True, slots=True)
class CodeList:
    """A public list of members: code to label, in order. ``missing`` codes mean unknown and are no members.

    Attributes:
        system: which system the codes are of, where members have codes of other systems too.
        others: the codes of other systems, each with the members' own codes, for those systems.
        beyond: what the system has and this list has not, code to label: it is read, and is no member.
    """

    name: str
    labels: Mapping[str, str]
    missing: frozenset[str] = frozenset()
    system: str = ""
    others: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    beyond: Mapping[str, str] = field(default_factory=dict)
    _named: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def named(self, text: str) -> tuple[str, ...]:
        """The codes of the members that a text names by code or by label, as `folded` compares them."""
        if not self._named:  # made when it is first needed: most questions write codes
            for code, label in self.labels.items():
                for name in dict.fromkeys((folded(code), folded(label))):
                    self._named[name] = (*self._named.get(name, ()), code)
        return self._named.get(folded(text), ())

    def readings(self, text: str) -> tuple[Reading, ...]:
        """What a text may mean, its own system first: one reading where it is clear, none where it names no member.

        Two systems may give the same code to two countries. Taking one of them silently would count the other's people
        under its name, so both are told apart here and nowhere else; also where only one of them is in the list.
        """
        system, colon, code = text.partition(":")
        if colon and self.system and system.lower() in (self.system, *self.others):
            return self._read(system.lower(), code)
        found = self._read(self.system, text)
        for other in self.others:
            found += self._read(other, text)
        return tuple({one.code: one for one in reversed(found)}.values())[::-1]

    def _read(self, system: str, code: str) -> tuple[Reading, ...]:
        own = self.others[system].get(code, ()) if system in self.others else (code,)
        known = ((one, self.labels.get(one) or self.beyond.get(one)) for one in own)
        return tuple(Reading(system, one, label) for one, label in known if label)

    def named_beyond(self, text: str) -> str | None:
        """The label of what a text names in the system, where this list does not have it."""
        name = folded(text)
        return next((label for label in self.beyond.values() if folded(label) == name), None)

    def code_in(self, system: str, code: str) -> str | None:
        """A member's code in another system; None where it has none there."""
        return next((other for other, own in self.others[system].items() if code in own), None)

    def written(self, code: str) -> str:
        """A member's code as it can be read back: with its system where, by itself, it would mean another one too.

        A code that rows have and the list does not is marked as such, for by itself it is taken for a mistake.
        """
        if code not in self.labels:
            return UNLISTED + code
        return f"{self.system}:{code}" if len(self.readings(code)) > 1 else code


# Lists that have a seed of their own: name of the list, seed, column of the code, column of the label.
_OWN_SEED = (
    ("country", "country", "country_code", "country_name"),
    ("bureau", "bureau", "bureau_code", "bureau_name"),
    ("region", "bureau", "region_code", "region_name"),
    ("education_band", "education_level", "education_band_code", "education_band_name"),
    ("occupation_major_group", "occupation_major_group", "major_group_code", "major_group_name"),
    ("operation", "operation", "operation_code", "operation_name"),
    ("location", "location", "location_code", "location_name"),
)
# Lists that are the part of another one which a level of it has: of places by their level, of occupations by the
# number of their digits.
_PLACES = {f"location_level_{level}": str(level) for level in range(1, 5)}
_OCCUPATIONS = {"occupation_sub_major_group": 2, "occupation_minor_group": 3, "occupation_unit_group": 4}
# Lists whose codes are UNHCR's codes of countries.
_BY_COUNTRY = ("country", "operation")


class CodeLists(Mapping[str, CodeList]):
    """Every public code list by name, read from the seeds when first asked for."""

    def __init__(self) -> None:
        self._lists: dict[str, CodeList] = {}
        self._sources = {name: source for name, *source in _OWN_SEED}
        self._common: dict[str, list[dict[str, str]]] | None = None

    def __getitem__(self, name: str) -> CodeList:
        if name not in self._lists:
            self._lists[name] = self._read(name)
        return self._lists[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._sources
        yield from ("age_group", "age_group_detailed")
        yield from (*_PLACES, *_OCCUPATIONS)
        yield from self._values()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, name: str) -> CodeList:
        if name in self._sources:
            seed, code, label = self._sources[name]
            found = _code_list(name, read_seed(seed), code, label)
            if name not in _BY_COUNTRY:
                return found
            countries = {row["country_code"]: row["country_name"] for row in read_seed("country")}
            beyond = {code: one for code, one in countries.items() if code not in found.labels}
            return replace(found, system="unhcr", others=_iso3_codes(), beyond=beyond)
        if name in _PLACES:
            places = [row for row in read_seed("location") if row["level"] == _PLACES[name]]
            return _code_list(name, places, "location_code", "location_name")
        if name in _OCCUPATIONS:
            labels = self["occupation"].labels.items()
            return CodeList(name, {code: one for code, one in labels if _digits(code) == _OCCUPATIONS[name]})
        if name in ("age_group", "age_group_detailed"):
            scheme = "standard" if name == "age_group" else "detailed"
            rows = [row for row in read_seed("age_group") if row["scheme"] == scheme]
            return _code_list(name, rows, "age_group_code", "age_group_name")
        rows = self._values()[name]
        missing = frozenset(row["code"] for row in rows if row["is_missing"] == "true")
        return _code_list(name, [row for row in rows if row["code"] not in missing], "code", "label", missing)

    def _values(self) -> dict[str, list[dict[str, str]]]:
        if self._common is None:
            self._common = {}
            for row in read_seed("code_value"):
                self._common.setdefault(row["code_list"], []).append(row)
        return self._common


def _code_list(
    name: str, rows: Iterable[dict[str, str]], code: str, label: str, missing: frozenset[str] = frozenset()
) -> CodeList:
    return CodeList(name, {row[code]: row[label] for row in rows}, missing)


def _digits(code: str) -> int:
    """Of how many digits a code is; 0 if there is anything else in it."""
    return len(code) if code.isascii() and code.isdigit() else 0


def _iso3_codes() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The ISO code of each country that has one, with the UNHCR codes of the countries that it stands for."""
    found: dict[str, tuple[str, ...]] = {}
    for row in read_seed("country"):
        if row["iso3_code"]:
            found[row["iso3_code"]] = (*found.get(row["iso3_code"], ()), row["country_code"])
    return {"iso3": found}
