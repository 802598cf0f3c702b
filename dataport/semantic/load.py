"""load: a folder of YAML definitions becomes a Catalog, or an error with file, line and the nearest valid word."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from dataport.dictionary import CodeList
from dataport.errors import BadDefinition, did_you_mean
from dataport.semantic.condition import ALWAYS
from dataport.semantic.kpi import Kpi
from dataport.semantic.load_indicators import check_made, composition, condition_on, indicators_of, known
from dataport.semantic.load_kpis import kpis_of, level_of, numbers_of
from dataport.semantic.load_movements import boundaries_of, movements_of
from dataport.semantic.load_names import check_names
from dataport.semantic.load_policies import policies_of
from dataport.semantic.load_records import records_of
from dataport.semantic.load_rules import rules_of
from dataport.semantic.load_types import (
    check_listed,
    columns_of,
    typed_base,
    typed_indicator,
    typed_level,
    typed_link,
    typed_scope,
)
from dataport.semantic.model import (
    VALUE_TYPES,
    Bands,
    Catalog,
    Dimension,
    Fact,
    Identity,
    Indicator,
    Level,
    Through,
    Validity,
    Via,
)
from dataport.semantic.names import CELL_STATUS, NAME, TOTAL_OF
from dataport.semantic.policy import TIERS
from dataport.semantic.rollup import Rollup
from dataport.semantic.schema import Schema
from dataport.semantic.source_of import SourceOf
from dataport.semantic.yaml_entries import Entry, Fields, read_entries

DEFINITIONS = Path(__file__).parent / "definitions" / "registration"

COMPUTED: tuple[Literal["age"], ...] = ("age",)
_SECTIONS = (
    "facts",
    "dimensions",
    "rollups",
    "levels",
    "indicators",
    "code_lists",
    "policies",
    "movements",
    "records",
    "rules",
    "kpis",
)


def load_catalog(folder: Path, code_lists: Mapping[str, CodeList], schema: Schema | None = None) -> Catalog:
    """Every definition below a folder.

    Args:
        folder: holds ``*.yml`` files, at any depth; each may have any of the sections facts, dimensions, rollups,
            levels, indicators, code_lists, policies, movements, records, rules, kpis.
        code_lists: lists that the levels may name, beside those declared in the folder itself.
        schema: what the file holds that the definitions are about, if that is known: then they are held against it.

    Raises:
        BadDefinition: with file and line, for the first thing that is wrong.
    """
    files = sorted(folder.rglob("*.yml"))
    if not files:
        raise BadDefinition(f"{folder}: there are no definitions (*.yml) here.")
    digest, sections = hashlib.sha256(), _Sections()
    for path in files:
        entries, content = read_entries(path, folder)
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + content + b"\0")
        sections.add(entries)
    return sections.catalog(code_lists, digest.hexdigest(), schema)


class _Sections:
    """Definitions of all files, by section, before they are read."""

    def __init__(self) -> None:
        self._entries: dict[str, dict[str, Entry]] = {name: {} for name in _SECTIONS}

    def add(self, document: Entry) -> None:
        for section, entry in document.map().items():
            if section not in _SECTIONS:
                raise entry.error(f"there is no section {section!r}.{did_you_mean(section, _SECTIONS)}")
            for name, definition in entry.map().items():
                if not NAME.fullmatch(name) and section != "code_lists":
                    raise definition.error(f"{name!r} is no name: use a-z, 0-9 and _, beginning with a letter.")
                if name in self._entries[section]:
                    raise definition.error(f"{name!r} is defined twice; first at {self._entries[section][name].place}.")
                self._entries[section][name] = definition

    def _with_kpis(self, kpis: tuple[Kpi, ...]) -> dict[str, dict[str, Entry]]:
        """All entries by the names that they give, those of what each KPI is asked for as with them."""
        named = {section: dict(entries) for section, entries in self._entries.items()}
        for one in kpis:
            entry = self._entries["kpis"][one.name.lower()]
            counts = [one.numerator, one.denominator] if one.column else []
            for section, names in (
                ("levels", [one.column] if one.column else []),
                ("indicators", [*counts, one.indicator]),
            ):
                for name in names:
                    if name in named[section]:
                        raise entry.error(f"{name!r} is defined twice; first at {named[section][name].place}.")
                    named[section][name] = entry
        return named

    def catalog(self, code_lists: Mapping[str, CodeList], digest: str, schema: Schema | None) -> Catalog:
        kpis = kpis_of(self._entries["kpis"])
        named = self._with_kpis(kpis)
        lists = _Lists({name: _code_list(name, e) for name, e in self._entries["code_lists"].items()}, code_lists)
        facts = {name: _fact(name, e, schema) for name, e in self._entries["facts"].items()}
        dimensions = {name: _dimension(name, e, schema) for name, e in self._entries["dimensions"].items()}
        levels = {
            name: typed_level(e, _level(name, e, facts, dimensions, lists), facts, dimensions)
            for name, e in self._entries["levels"].items()
        }
        levels |= {
            one.column: level_of(named["levels"][one.column], one, facts, dimensions) for one in kpis if one.column
        }
        rollups = {name: _rollup(name, e, facts) for name, e in self._entries["rollups"].items()}
        indicators: dict[str, Indicator] = {}
        catalog = Catalog(facts, dimensions, levels, indicators, lists, digest, rollups, kpis=kpis)
        for name, entry in self._entries["levels"].items():
            levels[name] = _with_facts(entry, levels[name], catalog)
        for name, entry in self._entries["levels"].items():
            _check_base(entry, levels[name], levels)
            check_listed(entry, levels[name])
            typed_base(entry, levels[name], catalog)
        for name, entry in named["levels"].items():
            for told in levels[name].tells_of:
                known(entry, "level", told, levels)
        for fact in facts.values():
            _check_identity(self._entries["facts"][fact.name], fact, facts)
            if fact.boundaries and fact.boundaries.level:
                known(self._entries["facts"][fact.name], "level", fact.boundaries.level, levels)
        self._indicators(named, catalog, indicators, is_known=schema is not None)
        return replace(
            catalog,
            policies=policies_of(self._entries["policies"], catalog),
            movements=movements_of(self._entries["movements"], {*levels, TOTAL_OF, CELL_STATUS}),
            records=records_of(self._entries["records"]),
            rules=rules_of(self._entries["rules"], catalog),
        )

    def _indicators(
        self, named: Mapping[str, Mapping[str, Entry]], draft: Catalog, found: dict[str, Indicator], *, is_known: bool
    ) -> None:
        """Put all indicators into `found`, which is the draft's own: those of one definition may speak of others."""
        given: dict[str, Entry] = {}
        for name, entry in self._entries["indicators"].items():
            for indicator in indicators_of(name, entry, draft):
                is_taken = indicator.name != name and indicator.name in named["indicators"]
                if indicator.name in found or is_taken:
                    raise entry.error(f"{indicator.name!r} is the name of another indicator.")
                found[indicator.name], given[indicator.name] = indicator, entry
        for kpi in draft.kpis:
            entry = self._entries["kpis"][kpi.name.lower()]
            for indicator in numbers_of(entry, kpi, draft):
                found[indicator.name], given[indicator.name] = indicator, entry
        for name, entry in given.items():
            if name in draft.levels:
                raise entry.error(f"{name!r} is a level too; a filter could mean either.")
        for name, entry in named["indicators"].items():
            check_made(entry, found[name], draft)
        check_names(named, draft)
        for name, entry in given.items():
            is_stated = name in self._entries["indicators"] and "type" in entry.map()
            found[name] = typed_indicator(entry, found[name], draft, is_stated, is_known=is_known)


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


_FACT = ("label", "table", "entity", "unit", "scope", "validity", "axes", "boundaries", "attributes_of", "identity")


def _identity(entry: Entry, fact: str) -> Identity:
    fields = Fields(entry, ("record", "registration", "rank", "of", "at"))
    return Identity(
        fields.need("record").text(),
        fields.need("registration").text(),
        fields.get("rank", Entry.text, None),
        fields.get("of", Entry.text, fact),
        fields.get("at", Entry.text, None),
    )


def _check_identity(entry: Entry, fact: Fact, facts: Mapping[str, Fact]) -> None:
    """Who stands for a person is said by a fact whose rows say when a record is there."""
    identity = fact.identity
    if identity is None or identity.rank is None:
        return
    of = facts[known(entry, "fact", identity.of, facts)]
    if of.identity is None or of.identity.rank is None or of.identity.of != of.name or of.validity is None:
        raise entry.error(f"identity: rows of {of.name!r} do not say when a record of a person is there.")
    if identity.at is None and fact.validity is None:
        raise entry.error("identity: a fact of what happened says at which instant its record must stand (at).")


def _fact(name: str, entry: Entry, schema: Schema | None) -> Fact:
    fields = Fields(entry, _FACT)
    validity = fields.get("validity", _validity, None)
    axes: dict[str, str] = fields.get("axes", _texts_by_name, {})
    if validity is None and not axes:
        raise entry.error("a fact has a validity (its stocks are counted) or axes (its flows are), or both.")
    boundaries = fields.get("boundaries", boundaries_of, None)
    if boundaries and validity is None:
        raise entry.error("boundaries are those of intervals: this fact has no validity.")
    fact = Fact(
        name=name,
        label=fields.need("label").text(),
        table=fields.need("table").text(),
        entity=fields.need("entity").text(),
        unit=fields.need("unit").text(),
        scope=fields.get("scope", Entry.text, None),
        validity=validity,
        axes=axes,
        boundaries=boundaries,
        attributes_of=fields.get("attributes_of", Entry.text, None),
        identity=fields.get("identity", lambda e: _identity(e, name), None),
        columns=columns_of(fields.need("table"), schema),
    )
    return typed_scope(entry, fact)


def _dimension(name: str, entry: Entry, schema: Schema | None) -> Dimension:
    fields = Fields(entry, ("table", "key", "validity", "public", "reason"))
    return Dimension(
        name=name,
        table=fields.need("table").text(),
        key=fields.need("key").text(),
        public=fields.need("public").flag(),
        reason=fields.need("reason").text(),
        validity=fields.get("validity", _validity, None),
        columns=columns_of(fields.need("table"), schema),
    )


_LEVEL = (
    "label", "description", "type", "on", "via", "bands", "computed", "composed_of", "through", "code_list", "tier",
    "entity", "entities", "tells_of", "place_level", "ordered", "source_of",
)  # fmt: skip


def _on(entry: Entry, facts: Mapping[str, Fact]) -> dict[str, str]:
    for fact, column in entry.map().items():
        column.text()
        known(entry, "fact", fact, facts)
    return _texts_by_name(entry)


def _via(entry: Entry, dimensions: Mapping[str, Dimension]) -> Via:
    fields = Fields(entry, ("base", "dimension", "column"))
    dimension = known(fields.need("dimension"), "dimension", fields.need("dimension").text(), dimensions)
    return Via(fields.need("base").text(), dimension, fields.need("column").text())


def _source_of(entry: Entry, dimensions: Mapping[str, Dimension]) -> SourceOf:
    fields = Fields(entry, ("dimension", "member", "source"))
    name = known(fields.need("dimension"), "dimension", fields.need("dimension").text(), dimensions)
    if not dimensions[name].public:
        raise entry.error(f"{name!r} is not public: which stores there are of what is read for everybody.")
    return SourceOf(name, fields.need("member").text(), fields.need("source").text())


def _bands(entry: Entry) -> Bands:
    fields = Fields(entry, ("of", "from"))
    edges = tuple(one.whole() for one in fields.need("from").items())
    if not edges or list(edges) != sorted(set(edges)):
        raise entry.error("bands begin at numbers that rise: `from: [0, 18, 60]`.")
    return Bands(fields.need("of").text(), edges)


def _level(
    name: str,
    entry: Entry,
    facts: Mapping[str, Fact],
    dimensions: Mapping[str, Dimension],
    lists: Mapping[str, CodeList],
) -> Level:
    fields = Fields(entry, _LEVEL)
    level = Level(
        name=name,
        label=fields.need("label").text(),
        description=fields.get("description", Entry.text, ""),
        type=fields.get("type", lambda e: e.choice(VALUE_TYPES), "integer" if "computed" in entry.map() else "text"),
        on=fields.get("on", lambda e: _on(e, facts), {}),
        via=fields.get("via", lambda e: _via(e, dimensions), None),
        bands=fields.get("bands", _bands, None),
        computed=fields.get("computed", lambda e: e.choice(COMPUTED), None),
        code_list=fields.get("code_list", lambda e: known(e, "code list", e.text(), lists), None),
        tier=fields.need("tier").choice(TIERS),
        entity=fields.get("entity", Entry.text, None),
        entities=fields.get("entities", Entry.texts, ()),
        tells_of=fields.get("tells_of", Entry.texts, ()),
        place_level=fields.get("place_level", Entry.whole, None),
        ordered=fields.get("ordered", Entry.flag, False),
        source_of=fields.get("source_of", lambda e: _source_of(e, dimensions), None),
    )
    if [bool(level.on), bool(level.via), bool(level.bands)].count(True) != 1:
        raise entry.error("a level stands `on` facts, or is reached `via` another level, or is `bands` of one.")
    if level.computed and (not level.on or level.type != "integer"):
        raise entry.error("a computed level stands on the facts that have the date of birth, and is an integer.")
    return level


def _with_facts(entry: Entry, level: Level, draft: Catalog) -> Level:
    """The level with what it filters through or is composed of, which may name other levels."""
    if "composed_of" in entry.map():
        if level.type != "integer" or not level.on:
            raise entry.error("what is composed of members is their number: an integer that stands on a fact.")
        owners = [draft.facts[name] for name in level.on]
        level = replace(level, composed_of=composition(entry.map()["composed_of"], owners, draft))
    if "through" not in entry.map():
        return level
    inner = entry.map()["through"]
    fields = Fields(inner, ("of", "fact", "link", "where"))
    fact = known(fields.need("fact"), "fact", fields.need("fact").text(), draft.facts)
    if fact not in level.on:
        raise inner.error(f"the level does not stand on {fact!r}, through which it filters.")
    if draft.facts[fact].validity is None:
        raise inner.error(f"{fact!r} has no validity: nobody has its rows on a day.")
    of = tuple(known(inner, "fact", name, draft.facts) for name in fields.need("of").texts())
    where = fields.get("where", lambda e: condition_on(e, fact, draft), ALWAYS)
    link = fields.need("link").text()
    typed_link(inner, link, [draft.facts[name] for name in (*of, fact)])
    return replace(level, through=Through(of, fact, link, where))


def _check_base(entry: Entry, level: Level, levels: Mapping[str, Level]) -> None:
    seen = {level.name}
    while level.base:
        known(entry, "level", level.base, levels)
        if level.base in seen:
            raise entry.error(f"{level.base!r} is reached through itself.")
        if level.bands and levels[level.base].type != "integer":
            raise entry.error(f"{level.base!r} has no whole numbers that could be put into bands.")
        seen.add(level.base)
        level = levels[level.base]


def _rollup(name: str, entry: Entry, facts: Mapping[str, Fact]) -> Rollup:
    fields = Fields(entry, ("of", "table", "monthly", "day", "count", "columns", "flags", "sums"))
    fact = facts[known(fields.need("of"), "fact", fields.need("of").text(), facts)]
    columns = fields.need("columns").texts()
    if name in facts:
        raise entry.error(f"{name!r} is the name of a fact.")
    if fact.validity is None:
        raise entry.error(f"{fact.name!r} has no validity, so it has no steps.")
    if fact.scope is not None and fact.scope not in columns:
        raise entry.error(f"a rollup keeps the scope of its fact, the column {fact.scope!r}: permissions go by it.")
    table, monthly, day, count = (fields.need(one).text() for one in ("table", "monthly", "day", "count"))
    flags, sums = (fields.get(one, Entry.texts, ()) for one in ("flags", "sums"))
    if twice := sorted(one for one in {*flags, *sums} if (*columns, *flags, *sums).count(one) > 1):
        raise entry.error(f"the column {twice[0]!r} is kept, or counted apart, or added up: one of them, once.")
    return Rollup(name, fact.name, table, monthly, day, count, columns, flags, sums)
