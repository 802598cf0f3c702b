"""load: a folder of YAML definitions becomes a Catalog, or an error with file, line and the nearest valid word."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from dataport.dictionary import CodeList
from dataport.errors import BadDefinition, DataportError, did_you_mean
from dataport.semantic.arithmetic import Arithmetic, Of, Over, has_quotient, names_of, parse_arithmetic
from dataport.semantic.condition import ALWAYS, Condition, levels_of
from dataport.semantic.model import (
    AGGREGATES,
    TIERS,
    VALUE_TYPES,
    Catalog,
    Composition,
    Derived,
    Dimension,
    Fact,
    Indicator,
    Level,
    Measure,
    Share,
    Simple,
    Through,
    TimeKind,
    Validity,
    ValueType,
    Via,
)
from dataport.semantic.parse import parse_condition
from dataport.semantic.resolve import bind
from dataport.semantic.yaml_entries import Entry, Fields, compose

DEFINITIONS = Path(__file__).parent / "definitions" / "registration"

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
KINDS = ("stock", "flow", "cumulative", "ratio", "derived", "share")
MADE_OF_OTHERS = ("ratio", "derived", "share")
WITHIN: tuple[Literal["total", "parent"], ...] = ("total", "parent")
_SECTIONS = ("facts", "dimensions", "levels", "indicators", "code_lists")


def load_catalog(folder: Path, code_lists: Mapping[str, CodeList]) -> Catalog:
    """Every definition below a folder.

    Args:
        folder: holds ``*.yml`` files, at any depth; each may have any of the sections facts, dimensions, levels,
            indicators, code_lists.
        code_lists: lists that the levels may name, beside those declared in the folder itself.

    Raises:
        BadDefinition: with file and line, for the first thing that is wrong.
    """
    files = sorted(folder.rglob("*.yml"))
    if not files:
        raise BadDefinition(f"{folder}: there are no definitions (*.yml) here.")
    digest, sections = hashlib.sha256(), _Sections()
    for path in files:
        content = path.read_bytes()
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + content + b"\0")
        sections.add(compose(path, folder, content))
    return sections.catalog(code_lists, digest.hexdigest())


class _Sections:
    """Definitions of all files, by section, before they are read."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, Entry]] = {name: {} for name in _SECTIONS}

    def add(self, document: Entry) -> None:
        for section, entry in document.map().items():
            if section not in _SECTIONS:
                raise entry.error(f"there is no section {section!r}.{did_you_mean(section, _SECTIONS)}")
            for name, definition in entry.map().items():
                if not _NAME.fullmatch(name) and section != "code_lists":
                    raise definition.error(f"{name!r} is no name: use a-z, 0-9 and _, beginning with a letter.")
                if name in self._entries[section]:
                    raise definition.error(f"{name!r} is defined twice; first at {self._entries[section][name].place}.")
                self._entries[section][name] = definition

    def catalog(self, code_lists: Mapping[str, CodeList], digest: str) -> Catalog:
        lists = _Lists({name: _code_list(name, e) for name, e in self._entries["code_lists"].items()}, code_lists)
        facts = {name: _fact(name, e) for name, e in self._entries["facts"].items()}
        dimensions = {name: _dimension(name, e) for name, e in self._entries["dimensions"].items()}
        levels = {name: _level(name, e, facts, dimensions, lists) for name, e in self._entries["levels"].items()}
        draft = Catalog(facts, dimensions, levels, {}, lists, digest)
        for name, entry in self._entries["levels"].items():
            levels[name] = _with_through(entry, levels[name], draft)
        for name, entry in self._entries["levels"].items():
            _check_via(entry, levels[name], levels)
        indicators = {name: _indicator(name, e, draft) for name, e in self._entries["indicators"].items()}
        for name, entry in self._entries["indicators"].items():
            if name in levels:
                raise entry.error(f"{name!r} is a level too; a filter could mean either.")
            _check_made(entry, indicators[name], indicators)
        return Catalog(facts, dimensions, levels, indicators, lists, digest)


class _Lists(Mapping[str, CodeList]):
    """A folder's own code lists before the common ones, which are read only when somebody asks for them."""

    def __init__(self, own: Mapping[str, CodeList], common: Mapping[str, CodeList]) -> None:
        self._own, self._common = own, common

    def __getitem__(self, name: str) -> CodeList:
        return self._own[name] if name in self._own else self._common[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self._own, *self._common]))

    def __len__(self) -> int:
        return len(set(self._own) | set(self._common))


def _code_list(name: str, entry: Entry) -> CodeList:
    return CodeList(name, {code: label.text() for code, label in entry.map().items()})


def _validity(entry: Entry) -> Validity:
    fields = Fields(entry, ("from", "to"))
    return Validity(fields.need("from").text(), fields.need("to").text())


def _texts_by_name(entry: Entry) -> dict[str, str]:
    return {name: value.text() for name, value in entry.map().items()}


def _fact(name: str, entry: Entry) -> Fact:
    fields = Fields(entry, ("label", "table", "entity", "unit", "scope", "validity", "axes"))
    validity = fields.get("validity", _validity, None)
    axes: dict[str, str] = fields.get("axes", _texts_by_name, {})
    if (validity is None) == (not axes):
        raise entry.error("a fact has either a validity (its stocks are counted) or axes (its flows are).")
    return Fact(
        name=name,
        label=fields.need("label").text(),
        table=fields.need("table").text(),
        entity=fields.need("entity").text(),
        unit=fields.need("unit").text(),
        scope=fields.get("scope", Entry.text, None),
        validity=validity,
        axes=axes,
    )


def _dimension(name: str, entry: Entry) -> Dimension:
    fields = Fields(entry, ("table", "key", "validity", "public", "reason"))
    return Dimension(
        name=name,
        table=fields.need("table").text(),
        key=fields.need("key").text(),
        public=fields.need("public").flag(),
        reason=fields.need("reason").text(),
        validity=fields.get("validity", _validity, None),
    )


def _level(
    name: str,
    entry: Entry,
    facts: Mapping[str, Fact],
    dimensions: Mapping[str, Dimension],
    lists: Mapping[str, CodeList],
) -> Level:
    fields = Fields(
        entry,
        (
            "label",
            "description",
            "type",
            "on",
            "via",
            "through",
            "code_list",
            "tier",
            "entity",
            "place_level",
            "ordered",
        ),
    )

    def on(value: Entry) -> dict[str, str]:
        for fact, column in value.map().items():
            column.text()
            _known(value, "fact", fact, facts)
        return _texts_by_name(value)

    def via(value: Entry) -> Via:
        inner = Fields(value, ("base", "dimension", "column"))
        dimension = _known(inner.need("dimension"), "dimension", inner.need("dimension").text(), dimensions)
        return Via(inner.need("base").text(), dimension, inner.need("column").text())

    level = Level(
        name=name,
        label=fields.need("label").text(),
        description=fields.get("description", Entry.text, ""),
        type=fields.get("type", lambda e: e.choice(VALUE_TYPES), "text"),
        on=fields.get("on", on, {}),
        via=fields.get("via", via, None),
        code_list=fields.get("code_list", lambda e: _known(e, "code list", e.text(), lists), None),
        tier=fields.need("tier").choice(TIERS),
        entity=fields.get("entity", Entry.text, None),
        place_level=fields.get("place_level", Entry.whole, None),
        ordered=fields.get("ordered", Entry.flag, False),
    )
    if bool(level.on) == bool(level.via):
        raise entry.error("a level stands either `on` facts or is reached `via` another level.")
    return level


def _with_through(entry: Entry, level: Level, draft: Catalog) -> Level:
    """The level with what it filters through, which may name other levels."""
    if "through" not in entry.map():
        return level
    inner = entry.map()["through"]
    fields = Fields(inner, ("of", "fact", "link", "where"))
    fact = _known(fields.need("fact"), "fact", fields.need("fact").text(), draft.facts)
    if fact not in level.on:
        raise inner.error(f"the level does not stand on {fact!r}, through which it filters.")
    if draft.facts[fact].validity is None:
        raise inner.error(f"{fact!r} has no validity: nobody has its rows on a day.")
    of = tuple(_known(inner, "fact", name, draft.facts) for name in fields.need("of").texts())
    where = fields.get("where", lambda e: _where(e, fact, draft), ALWAYS)
    return replace(level, through=Through(of, fact, fields.need("link").text(), where))


def _known(entry: Entry, kind: str, name: str, known: Mapping[str, Any]) -> str:
    if name not in known:
        raise entry.error(f"there is no {kind} called {name!r}.{did_you_mean(name, known)}")
    return name


def _check_via(entry: Entry, level: Level, levels: Mapping[str, Level]) -> None:
    seen = {level.name}
    while level.via:
        _known(entry, "level", level.via.base, levels)
        if level.via.base in seen:
            raise entry.error(f"{level.via.base!r} is reached through itself.")
        seen.add(level.via.base)
        level = levels[level.via.base]


def _indicator(name: str, entry: Entry, draft: Catalog) -> Indicator:
    known = ("label", "description", "unit", "type", "over", "internal", "tier", "levels", "levels_reason")
    fields = Fields(entry, (*known, *KINDS))
    kinds = [kind for kind in KINDS if kind in entry.map()]
    if len(kinds) != 1:
        raise entry.error(f"an indicator is exactly one of {', '.join(KINDS)}.")
    kind = kinds[0]
    body = fields.need(kind)
    formula = _made_of(kind, body) if kind in MADE_OF_OTHERS else _simple(kind, body, draft)  # type: ignore[arg-type]
    over = fields.get("over", Entry.text, "")
    if kind == "stock" and not over:
        raise entry.error("a stock states `over`: how it behaves along time and place, and when it is stale.")
    return Indicator(
        name=name,
        label=fields.need("label").text(),
        description=fields.need("description").text(),
        unit=fields.need("unit").text(),
        type=fields.get("type", lambda e: e.choice(VALUE_TYPES), _natural_type(formula)),
        formula=formula,
        subject=Path(entry.place.partition(":")[0]).with_suffix("").as_posix(),
        over=over,
        internal=fields.get("internal", Entry.flag, False),
        tier=fields.need("tier").choice(TIERS),
        levels=fields.get("levels", lambda e: _level_names(e, draft), None),
        levels_reason=fields.get("levels_reason", Entry.text, ""),
    )


def _level_names(entry: Entry, draft: Catalog) -> tuple[str, ...]:
    return tuple(_known(entry, "level", name, draft.levels) for name in entry.texts())


def _made_of(kind: str, entry: Entry) -> Derived | Share:
    if kind == "derived":
        try:
            return Derived(parse_arithmetic(entry.text()))
        except DataportError as problem:
            raise entry.error(str(problem)) from None
    if kind == "share":
        fields = Fields(entry, ("of", "within"))
        return Share(fields.need("of").text(), fields.need("within").choice(WITHIN))
    fields = Fields(entry, ("numerator", "denominator"))
    return Derived(Over(Of(fields.need("numerator").text()), Of(fields.need("denominator").text())))


def _natural_type(formula: Simple | Derived | Share) -> ValueType:
    """Whole numbers stay whole unless something is divided."""
    is_whole = isinstance(formula, Simple) or (isinstance(formula, Derived) and not has_quotient(formula.expression))
    return "integer" if is_whole else "number"


def _check_made(entry: Entry, indicator: Indicator, indicators: Mapping[str, Indicator]) -> None:
    """What an indicator is made of exists, and ends somewhere; no quotient is divided again.

    An average of averages is a wrong number with a nice name.
    """
    match indicator.formula:
        case Share(of, _):
            _known(entry, "indicator", of, indicators)
            if not isinstance(indicators[of].formula, Simple):
                raise entry.error(f"a share is taken of what can be added up; {of!r} is itself computed.")
        case Derived(expression):
            _check_expression(entry, expression, indicators, (indicator.name,))
            if indicator.type == "integer" and has_quotient(expression):
                raise entry.error("a quotient is no whole number: leave the type out, or say number.")


def _check_expression(
    entry: Entry, expression: Arithmetic, indicators: Mapping[str, Indicator], above: tuple[str, ...]
) -> None:
    for name in names_of(expression):
        _known(entry, "indicator", name, indicators)
        if name in above:
            raise entry.error(f"{name!r} is computed from itself.")
        match indicators[name].formula:
            case Share():
                raise entry.error(f"{name!r} is a share, which belongs to one answer: nothing is computed from it.")
            case Derived(inner):
                if has_quotient(inner) and has_quotient(expression):
                    raise entry.error(f"{name!r} is itself a quotient; a quotient is made of counts and sums.")
                _check_expression(entry, inner, indicators, (*above, name))


def _simple(kind: TimeKind, entry: Entry, draft: Catalog) -> Simple:
    fields = Fields(entry, ("fact", "aggregate", "column", "where", "composed_of", "axis"))
    fact_name = _known(fields.need("fact"), "fact", fields.need("fact").text(), draft.facts)
    fact = draft.facts[fact_name]
    aggregate: Literal["count", "sum"] = fields.get("aggregate", lambda e: e.choice(AGGREGATES), "count")
    column = fields.get("column", Entry.text, None)
    if (aggregate == "sum") != (column is not None):
        raise entry.error("a sum needs a column, a count has none.")
    if kind == "stock" and fact.validity is None:
        raise entry.error(f"a stock is counted on a fact with a validity; {fact_name} has none.")
    axis = fields.get("axis", Entry.text, None)
    if kind != "stock" and axis not in fact.axes:
        raise entry.error(f"a flow states its axis; {fact_name} has {', '.join(fact.axes) or 'none'}.")
    measure = Measure(
        fact=fact_name,
        aggregate=aggregate,
        column=column,
        where=fields.get("where", lambda e: _where(e, fact_name, draft), ALWAYS),
        composition=fields.get("composed_of", lambda e: _composition(e, draft), None),
    )
    return Simple(measure, kind, axis)


def _where(entry: Entry, fact: str, draft: Catalog) -> Condition:
    """A filter inside an indicator: on columns of the fact itself, so that it is part of the one scan."""
    try:
        condition = bind(parse_condition(entry.text()), draft)
    except DataportError as problem:
        raise entry.error(str(problem)) from None
    for name in levels_of(condition):
        if fact not in draft.levels[name].on:
            raise entry.error(f"the level {name!r} is not on the fact {fact!r}.")
    return condition


def _composition(entry: Entry, draft: Catalog) -> Composition:
    fields = Fields(entry, ("fact", "link", "where"))
    fact = _known(fields.need("fact"), "fact", fields.need("fact").text(), draft.facts)
    return Composition(fact, fields.need("link").text(), fields.get("where", lambda e: _where(e, fact, draft), ALWAYS))
