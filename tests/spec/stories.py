"""Stories that are read as the manual and run as tests: a few rows, a question, the answer."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import dedent
from typing import Any

from figures import WIDE, World, catalog, world

from dataport.access import Viewer
from dataport.semantic import Catalog, Request
from dataport.semantic.load_policies import policies_of
from dataport.semantic.yaml_entries import compose


@dataclass(frozen=True, slots=True)
class Ask:
    """One question and its answer, as the manual shows them.

    Attributes:
        answer: an ASCII table: one header line of column names, ``-`` for unknown or no number; totals below a line of
            dashes, with ``all`` where a level is added up.
        refused: the sentence, where there is no answer.
        why: asked with `dataport change`: why it moved from the day compared with.
        status: (row, column, code) of the cells with these codes, where the story is about them.
    """

    says: str
    request: Request
    answer: str = ""
    who: Viewer = WIDE
    refused: str = ""
    status: tuple[tuple[int, str, str], ...] | None = None
    why: bool = False

    @property
    def typed(self) -> str:
        """The command as it is typed."""
        if not self.why:
            return f"dataport ask {self.request.in_words()}"
        asked = (
            replace(self.request, as_of=None, compare=None)
            .in_words()
            .replace(
                self.request.indicators[0],
                f"{self.request.indicators[0]} --between {self.request.compare} {self.request.as_of}",
                1,
            )
        )
        return f"dataport change {asked}"


@dataclass(frozen=True, slots=True)
class Story:
    """Rows and the questions that are asked of them.

    Attributes:
        policies: YAML of policies that hold beside the project's own.
    """

    title: str
    says: str
    population: str = ""
    groups: str = ""
    events: str = ""
    needs: str = ""
    countries: str = ""
    asks: tuple[Ask, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    policies: str = ""

    @property
    def catalog(self) -> Catalog:
        if not self.policies:
            return catalog()
        said = compose(Path("policies.yml"), Path(), dedent(self.policies).encode())
        return replace(catalog(), policies=(*catalog().policies, *policies_of(said.map(), catalog())))

    @property
    def world(self) -> World:
        more = dict(self.more)
        if self.countries:
            more["countries"] = self.countries
        return world(self.population or (), self.groups or (), self.events or (), self.needs or (), **more)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One page of the manual."""

    file: str
    title: str
    says: str
    stories: tuple[Story, ...]
