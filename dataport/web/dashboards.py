"""dashboards: what a dashboard is, as data. Those that come with the pages, and those that somebody brings as YAML.

A dashboard asks in the words of the command line and holds no number, no right and no person: it is read, shown to
whoever may see it, and each viewer's own permissions decide what stands in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import yaml

from dataport.errors import WrongRequest

FOLDER = Path(__file__).parent / "dashboards"
# In the order in which they are shown.
COMES_WITH_IT = ("operations", "statistics", "quality")

Kind: TypeAlias = Literal["number", "kpi", "chart", "table", "change", "text"]
Texts: TypeAlias = Mapping[str, str]

COLUMNS, MOST_TILES, MOST_ROWS, LONGEST, MOST_TOP = 12, 60, 200, 2_000, 1_000_000_000
CHARTS = ("bars", "stacked", "share", "lines", "pyramid", "heat", "map", "table")
# What a tile may ask: the words of a question, as the service takes them, and its own word for the end of last month.
_LISTS = ("indicators", "by", "where", "order")
_TEXTS = ("as_of", "period", "grain", "compare", "geography", "across")
_FLAGS = ("totals", "other")


class BadDashboard(WrongRequest):
    """What was given is no dashboard; says which part is wrong, and what it may be."""

    code = "bad_dashboard"


@dataclass(frozen=True, slots=True)
class Tile:
    """One part of a dashboard.

    Attributes:
        place: column, row, width and height in a grid of twelve columns.
        kind: a number, a KPI beside its target, a picture, a table, why a number moved, or a text.
        ask: the question in the words of the service; None for a text.
    """

    id: str
    kind: Kind
    title: Texts
    place: tuple[int, int, int, int]
    ask: Mapping[str, Any] | None = None
    chart: str | None = None
    text: Texts | None = None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Tiles, and the breakdowns that all of them can be filtered by."""

    name: str
    title: Texts
    about: Texts = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    tiles: tuple[Tile, ...] = ()


@cache
def shipped() -> tuple[Dashboard, ...]:
    """The dashboards that come with the pages."""
    return tuple(read((FOLDER / f"{name}.yml").read_text(encoding="utf-8")) for name in COMES_WITH_IT)


def listed() -> list[dict[str, Any]]:
    """The same as the service tells them."""
    return [told(one) for one in shipped()]


def told(one: Dashboard) -> dict[str, Any]:
    """A dashboard for programs, without what it does not say."""
    said = asdict(one)
    said["tiles"] = [{key: value for key, value in tile.items() if value is not None} for tile in said["tiles"]]
    return said


def written(one: Dashboard) -> str:
    """A dashboard as YAML, to be kept beside others."""
    plain = told(one)
    plain["filters"] = list(plain["filters"])
    plain["tiles"] = [{**tile, "place": list(tile["place"])} for tile in plain["tiles"]]
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=120)


def read(text: str) -> Dashboard:
    """A dashboard from YAML (or JSON, which is YAML too).

    Raises:
        BadDashboard: with the part that is wrong.
    """
    if len(text) > 256_000:
        raise BadDashboard("A dashboard is at most 256,000 letters long.")
    if "&" in text and any(line.lstrip().startswith(("- &", "&")) or ": &" in line for line in text.splitlines()):
        raise BadDashboard("A dashboard has no anchors (`&name`): write each part where it stands.")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        given = yaml.load(text, Loader=loader)
    except (yaml.YAMLError, RecursionError, ValueError, LookupError, AttributeError, TypeError):  # so it fails by tags
        raise BadDashboard("This is no YAML. A dashboard has `name`, `title`, `filters` and `tiles`.") from None
    return made(given)


def made(given: Any) -> Dashboard:
    """A dashboard from what a program hands over.

    Raises:
        BadDashboard: with the part that is wrong.
    """
    said = _mapping(given, "A dashboard", {"name", "title", "about", "filters", "tiles"})
    tiles = said.get("tiles", [])
    if not isinstance(tiles, list) or len(tiles) > MOST_TILES:
        raise BadDashboard(f"`tiles` is a list of at most {MOST_TILES}.")
    found = tuple(_tile(one, number) for number, one in enumerate(tiles, 1))
    ids = [one.id for one in found]
    if twice := sorted({one for one in ids if ids.count(one) > 1}):
        raise BadDashboard(f"Two tiles are called {twice[0]!r}; each has an `id` of its own.")
    return Dashboard(
        _name(said.get("name"), "`name`"),
        _texts(said.get("title"), "`title`"),
        _texts(said.get("about", {}), "`about`"),
        _names(said.get("filters", []), "`filters`"),
        found,
    )


def _tile(given: Any, number: int) -> Tile:
    where = f"Tile {number}"
    said = _mapping(given, where, {"id", "kind", "title", "place", "ask", "chart", "text"})
    kind = said.get("kind")
    if kind not in get_args(Kind):
        raise BadDashboard(f"{where}: `kind` is one of {', '.join(get_args(Kind))}.")
    chart = said.get("chart")
    if chart is not None and chart not in CHARTS:
        raise BadDashboard(f"{where}: `chart` is one of {', '.join(CHARTS)}.")
    ask = None if kind == "text" else _question(said.get("ask"), where)
    text = _texts(said.get("text"), f"{where}: `text`") if kind == "text" else None
    return Tile(
        _name(said.get("id"), f"{where}: `id`"),
        kind,
        _texts(said.get("title"), f"{where}: `title`"),
        _place(said.get("place"), where),
        ask,
        chart,
        text,
    )


def _place(given: Any, where: str) -> tuple[int, int, int, int]:
    is_four = isinstance(given, list | tuple) and len(given) == 4 and all(type(one) is int for one in given)
    if not is_four:
        raise BadDashboard(f"{where}: `place` is [column, row, width, height], four whole numbers.")
    x, y, w, h = given
    if min(x, y) < 0 or min(w, h) < 1 or x + w > COLUMNS or y + h > MOST_ROWS:
        raise BadDashboard(f"{where}: `place` lies within {COLUMNS} columns and {MOST_ROWS} rows.")
    return x, y, w, h


def _question(given: Any, where: str) -> dict[str, Any]:
    known = {*_LISTS, *_TEXTS, *_FLAGS, "top", "subtotals"}
    said = _mapping(given, f"{where}: `ask`", known)
    for name in _LISTS:
        if name in said:
            _names(said[name], f"{where}: `{name}`")
    for name in _TEXTS:
        if name in said and not _is_text(said[name]):
            raise BadDashboard(f"{where}: `{name}` is a text (a date in quotes).")
    for name in _FLAGS:
        if name in said and not isinstance(said[name], bool):
            raise BadDashboard(f"{where}: `{name}` is true or false.")
    if not said.get("indicators"):
        raise BadDashboard(f"{where}: `indicators` names at least one.")
    if "top" in said and not (type(said["top"]) is int and 0 < said["top"] <= MOST_TOP):
        raise BadDashboard(f"{where}: `top` is a whole number from 1.")
    if not isinstance(said.get("subtotals", []), list):
        raise BadDashboard(f"{where}: `subtotals` is a list of lists of names.")
    for one in said.get("subtotals", []):
        _names(one, f"{where}: `subtotals`")
    return dict(said)


def _mapping(given: Any, what: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise BadDashboard(f"{what} has {', '.join(sorted(known))}.")
    if stray := sorted(map(str, given.keys() - known)):
        raise BadDashboard(f"{what} has no {stray[0]!r}. It may have {', '.join(sorted(known))}.")
    return given


def _name(given: Any, what: str) -> str:
    is_name = isinstance(given, str) and 0 < len(given) <= 100 and given.replace("-", "_").isidentifier()
    if not is_name:
        raise BadDashboard(f"{what} is a name: letters, digits, `_` and `-`.")
    return str(given)


def _names(given: Any, what: str) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(map(_is_text, given)):
        raise BadDashboard(f"{what} is a list of texts.")
    return tuple(given)


def _is_text(given: Any) -> bool:
    """Whether it is a text of moderate length, which can be written as bytes: half of a letter cannot."""
    return isinstance(given, str) and len(given) <= LONGEST and not any("\ud800" <= one <= "\udfff" for one in given)


def _texts(given: Any, what: str) -> dict[str, str]:
    """A text in one language or several; one that is given by itself is English."""
    texts = {"en": given} if isinstance(given, str) else given
    if not (isinstance(texts, dict) and all(_is_text(key) and _is_text(text) for key, text in texts.items())):
        raise BadDashboard(f"{what} is a text, or one for each language: {{en: …, fr: …}}.")
    return dict(texts)
