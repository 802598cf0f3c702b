"""load: a folder of checks, one file each, becomes `Check`s, or an error with file, line and the nearest valid word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path

from dataport.checks.check import (
    DIMENSIONS,
    ENTITIES,
    SEVERITIES,
    Check,
    Entity,
    Example,
    Value,
    Verdict,
)
from dataport.checks.fields import RecordField, fields_of, thresholds
from dataport.checks.language import parse_check, thresholds_named
from dataport.checks.tree import FieldType, Term, fields_in
from dataport.errors import BadDefinition, DataportError, did_you_mean
from dataport.semantic import DEFINITIONS
from dataport.semantic.names import NAME
from dataport.semantic.yaml_entries import Entry, Fields, read_entries

CHECKS = Path(__file__).parent / "registration"
# As many as the bits of two numbers without a sign.
MOST = 124
EASE = range(1, 4)
_EXAMPLES: Mapping[str, Verdict] = {"pass": "holds", "fail": "fails", "unknown": "unknown", "not_judged": "not judged"}
# Whom a check does not judge needs no example.
_MAY_LACK = "not_judged"
_FIELDS = (
    "kpi", "label", "says", "entity", "judged", "holds", "dimension", "severity", "ease", "owner", "reason", "source",
    "version", "examples", "cannot",
)  # fmt: skip


@cache
def load_checks(folder: Path = CHECKS) -> tuple[Check, ...]:
    """Every check below a folder, by name.

    Raises:
        BadDefinition: with file and line, for the first thing that is wrong.
    """
    files = sorted(folder.rglob("*.yml"))
    if not files:
        raise BadDefinition(f"{folder.name}: there are no checks (*.yml) here.")
    found: dict[str, Check] = {}
    for path in files:
        one = _check(path.stem, read_entries(path, folder)[0])
        if one.name in found:
            raise BadDefinition(f"{one.place}: {one.name!r} is defined twice; first at {found[one.name].place}.")
        found[one.name] = one
    if len(found) > MOST:
        raise BadDefinition(f"{folder.name}: there are {len(found)} checks, and {MOST} have room in the history.")
    return tuple(found[name] for name in sorted(found))


def of_kpi(checks: Iterable[Check], code: str) -> tuple[Check, ...]:
    """The checks that a KPI gathers."""
    return tuple(one for one in checks if one.kpi == code)


def _check(name: str, entry: Entry) -> Check:
    if not NAME.fullmatch(name):
        raise entry.error(f"{name!r} is no name: use a-z, 0-9 and _, beginning with a letter.")
    fields = Fields(entry, _FIELDS)
    entity: Entity = fields.need("entity").choice(ENTITIES)
    known = fields_of(entity)
    judged = fields.get("judged", lambda e: _term(e, known), None)
    holds = _term(fields.need("holds"), known)
    ease, version = fields.need("ease").whole(), fields.need("version").whole()
    if ease not in EASE:
        raise fields.need("ease").error("ease is 1 (at a desk), 2 (ask for a paper) or 3 (the person must be seen).")
    if version < 1:
        raise fields.need("version").error("versions are counted from 1.")
    cannot = fields.get("cannot", lambda e: {kind: why.text() for kind, why in e.map().items()}, {})
    said = {name: fields.need(name).text() for name in ("label", "says", "owner", "reason", "source")}
    if empty := next((name for name, text in said.items() if not text.strip()), None):
        raise fields.need(empty).error(f"{empty!r} says nothing.")
    return Check(
        name=name,
        kpi=_code(fields.need("kpi")),
        entity=entity,
        judged=judged,
        holds=holds,
        fields=_speaks_of(known, *([judged] if judged else []), holds),
        dimension=fields.need("dimension").choice(DIMENSIONS),
        severity=fields.need("severity").choice(SEVERITIES),
        ease=ease,
        version=version,
        examples=tuple(_examples(fields.need("examples"), known, cannot)),
        thresholds=thresholds_named(*(entry.map()[one].text() for one in ("judged", "holds") if one in entry.map())),
        cannot=cannot,
        place=entry.place,
        **said,
    )


@cache
def _codes() -> tuple[str, ...]:
    """The codes of the KPIs that there are."""
    document = read_entries(DEFINITIONS / "kpis.yml", DEFINITIONS)[0].map()
    return tuple(name.upper() for name in document["kpis"].map())


def _code(entry: Entry) -> str:
    code = entry.text().upper()
    if code not in _codes():
        raise entry.error(f"There is no KPI called {code!r}.{did_you_mean(code, _codes())}")
    return code


def _term(entry: Entry, known: Mapping[str, RecordField]) -> Term:
    try:
        return parse_check(entry.text(), {name: one.type for name, one in known.items()}, thresholds())
    except DataportError as problem:
        raise entry.error(str(problem)) from None


def _speaks_of(known: Mapping[str, RecordField], *terms: Term) -> tuple[str, ...]:
    """The fields of the store that conditions speak of, each once."""
    named = (known[field.name] for term in terms for field in fields_in(term))
    return tuple(dict.fromkeys(column for one in named for column in one.of))


def _examples(entry: Entry, known: Mapping[str, RecordField], cannot: Mapping[str, str]) -> Iterator[Example]:
    """All examples; of each kind one at least, unless `cannot` says why there is none."""
    kinds = entry.map()
    for kind in (*kinds, *cannot):
        if kind not in _EXAMPLES:
            raise entry.error(f"{kind!r} is no kind of example.{did_you_mean(kind, _EXAMPLES)}")
    for kind, verdict in _EXAMPLES.items():
        given = kinds[kind].items() if kind in kinds else []
        if not given and kind not in (*cannot, _MAY_LACK):
            raise entry.error(f"there is no example of {kind!r}: give one, or say under `cannot` why there is none.")
        if given and kind in cannot:
            raise kinds[kind].error(f"`cannot` says that there is no example of {kind!r}, and here is one.")
        for one in given:
            yield _example(one, verdict, known)


def _example(entry: Entry, verdict: Verdict, known: Mapping[str, RecordField]) -> Example:
    values: dict[str, Value] = {}
    today = date(2022, 1, 1)
    for name, value in entry.map().items():
        if name == "today":
            today = _date(value)
        elif name in known:
            values[name] = _value(value, known[name].type)
        else:
            raise value.error(f"there is no field called {name!r} here.{did_you_mean(name, known)}")
    return Example(verdict, values, today)


def _value(entry: Entry, kind: FieldType) -> Value:
    if kind != "text" and entry.value == "":
        return None
    match kind:
        case "integer":
            return entry.whole()
        case "boolean":
            return entry.flag()
        case "date":
            return _date(entry)
        case _:
            return entry.text()


def _date(entry: Entry) -> date:
    try:
        return date.fromisoformat(entry.text())
    except ValueError:
        raise entry.error(f"{entry.value!r} is no date: write it as 2021-12-31.") from None
