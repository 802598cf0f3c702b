"""What can be asked, for notebooks: names complete, and each says what it is. All of it is public; there is no look."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dataport.api import given
from dataport.api.case import html_table
from dataport.api.named import Named
from dataport.errors import UnknownName
from dataport.semantic import Catalog, Found, breaks_down, search
from dataport.semantic.model import GRAINS, Indicator, Level
from dataport.semantic.units import measured_in


class Names(Mapping[str, Named]):
    """Indicators or breakdowns by name: ``names["sex"]``, ``names.sex``; both complete in a notebook."""

    def __init__(self, kind: str, known: tuple[str, ...], named: Callable[[str], Named]) -> None:
        self._kind, self._known, self._named = kind, known, named

    def __getitem__(self, name: str) -> Named:
        if name not in self._known:
            raise KeyError(str(UnknownName(self._kind, str(name), self._known)))
        return self._named(name)

    def __getattr__(self, name: str) -> Named:
        if name.startswith("_") or name not in self._known:
            raise AttributeError(str(UnknownName(self._kind, name, self._known)))
        return self._named(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._known]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._known)

    def __repr__(self) -> str:
        return f"{len(self)} {self._kind}s: {', '.join(self)}"

    def _repr_html_(self) -> str:
        return html_table(
            (self._kind.capitalize(), "What it is"), ((one.name, one.description) for one in self.values())
        )


class CatalogView:
    """What a port can be asked."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @property
    def indicators(self) -> Names:
        """Every indicator that can be asked for."""
        return Names("indicator", self._catalog.public_indicators(), lambda name: self._indicator(name))

    @property
    def breakdowns(self) -> Names:
        """Every level that an answer can be broken down or filtered by."""
        return Names("breakdown", tuple(self._catalog.levels), lambda name: self._level(name))

    def members(self, breakdown: str) -> Mapping[str, str]:
        """The members of a breakdown that its public list has, code to label; empty where there is no list.

        Which of them occur is a question like any other: ask by that breakdown.

        Raises:
            UnknownName: there is no such breakdown.
        """
        return self._level(self._catalog.level(str(breakdown)).name).members

    def search(self, words: str) -> tuple[Found, ...]:
        """Indicators and breakdowns that all the words stand for, as `dataport catalog search` finds them."""
        return search(self._catalog, given.names("words", words))

    def _indicator(self, name: str) -> Named:
        one: Indicator = self._catalog.indicator(name)
        levels = (level for level in self._catalog.levels.values() if breaks_down(self._catalog, one, level))
        return Named(
            one.name, one.label, one.description, measured_in(one, self._catalog)[0],
            (*(level.name for level in levels), *GRAINS),
        )  # fmt: skip

    def _level(self, name: str) -> Named:
        one: Level = self._catalog.levels[name]
        codes = self._catalog.code_lists.get(one.code_list or "")
        bands = {label: label for label in one.bands.labels} if one.bands else {}
        return Named(one.name, one.label, one.description, members=dict(codes.labels) if codes else bands)

    def __repr__(self) -> str:
        return f"{len(self.indicators)} indicators, {len(self.breakdowns)} breakdowns"
