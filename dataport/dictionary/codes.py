"""Code lists: which members a field has, what they are called, in which order. All of them are public."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dataport.dictionary.seeds import read_seed


@dataclass(frozen=True, slots=True)
class CodeList:
    """A public list of members: code to label, in order. ``missing`` codes mean unknown and are no members."""

    name: str
    labels: Mapping[str, str]
    missing: frozenset[str] = frozenset()

    def find(self, text: str) -> str | None:
        """The code that a code or a label names, whatever the case; None if there is none."""
        if text in self.labels:
            return text
        folded = text.casefold()
        return next(
            (code for code, label in self.labels.items() if folded in (label.casefold(), code.casefold())), None
        )


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
        yield from self._values()

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, name: str) -> CodeList:
        if name in self._sources:
            seed, code, label = self._sources[name]
            return _code_list(name, read_seed(seed), code, label)
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
