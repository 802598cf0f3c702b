"""load, for KPIs: each is a level (who fails), two counts and a share, and is held to all that those are held to.

They are made as they are, and not written out as definitions to be read: every question loads all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import reduce

from dataport.errors import did_you_mean
from dataport.semantic.arithmetic import Arithmetic, Constant, Minus, Of, Over, Plus, Times
from dataport.semantic.condition import Compare, IsUnknown, Not
from dataport.semantic.formula import Derived, Measure, Simple
from dataport.semantic.kpi import BETTER, DIMENSIONS, SEVERITIES, Kpi
from dataport.semantic.load_types import typed_level, typed_measure
from dataport.semantic.model import Catalog, Dimension, Fact, Indicator, Leaf, Level
from dataport.semantic.policy import TIERS
from dataport.semantic.yaml_entries import Entry, Fields

_FIELDS = (
    "label", "description", "fact", "dimension", "severity", "better", "weight", "target", "tier", "entities",
    "tells_of", "owner", "source", "reason", "numerator", "denominator",
)  # fmt: skip
_OVER = "counted at the end of the day asked; never stale; time alone can make a record fail, and it does on its day"
_SUBJECT = "kpis"


def kpis_of(entries: Mapping[str, Entry]) -> tuple[Kpi, ...]:
    """The section ``kpis``."""
    return tuple(_kpi(name, entry) for name, entry in entries.items())


def _kpi(name: str, entry: Entry) -> Kpi:
    if not (len(name) == 3 and name[0] == "k" and name[1:].isdigit()):
        raise entry.error(f"{name!r} is no code of a KPI: write k and two digits, k05.")
    fields = Fields(entry, _FIELDS)
    given = [one for one in ("numerator", "denominator") if one in entry.map()]
    if len(given) == 1:
        raise entry.error("a KPI that is counted by indicators of their own names both: `numerator` and `denominator`.")
    weight = fields.need("weight").whole()
    label, description, owner, source, reason = (
        fields.need(one).text() for one in ("label", "description", "owner", "source", "reason")
    )
    return Kpi(
        name=name.upper(),
        label=label,
        description=description,
        fact=fields.need("fact").text(),
        column="" if given else name,
        dimension=fields.need("dimension").choice(DIMENSIONS),
        severity=fields.need("severity").choice(SEVERITIES),
        better=fields.get("better", lambda e: e.choice(BETTER), BETTER[0]),
        weight=weight,
        target=_share(fields.need("target")),
        tier=fields.need("tier").choice(TIERS),
        entities=fields.get("entities", Entry.texts, ()),
        tells_of=fields.get("tells_of", Entry.texts, ()),
        indicator=f"kpi_{name}",
        numerator=fields.get("numerator", Entry.text, f"kpi_{name}_failing"),
        denominator=fields.get("denominator", Entry.text, f"kpi_{name}_judged"),
        owner=owner,
        source=source,
        reason=reason,
    )


def _share(entry: Entry) -> Decimal:
    try:
        found = Decimal(entry.text())
    except InvalidOperation:
        found = Decimal(-1)
    if not (found.is_finite() and 0 <= found <= 1):
        raise entry.error(f"{entry.text()!r} is no share: a target lies between 0 and 1.")
    return found


def level_of(entry: Entry, kpi: Kpi, facts: Mapping[str, Fact], dimensions: Mapping[str, Dimension]) -> Level:
    """Whether a record fails."""
    if kpi.fact not in facts:
        raise entry.error(f"there is no fact called {kpi.fact!r}.{did_you_mean(kpi.fact, facts)}")
    if facts[kpi.fact].validity is None:
        raise entry.error(f"a KPI is counted on a fact with a validity; {kpi.fact} has none.")
    level = Level(
        name=kpi.column,
        label=f"{kpi.name} fails",
        description=f"Whether it does: {kpi.label}. Unknown where it is not judged, or nobody can tell",
        type="boolean",
        on={kpi.fact: kpi.column},
        tier=kpi.tier,
        entities=kpi.entities,
        tells_of=kpi.tells_of,
    )
    typed = typed_level(entry, level, facts, dimensions)
    if typed.type != level.type:
        raise entry.error(f"whom a KPI fails is yes or no; the column {kpi.column!r} of {kpi.fact!r} is {typed.type}.")
    return typed


def numbers_of(entry: Entry, kpi: Kpi, draft: Catalog) -> Iterator[Indicator]:
    """The two counts of a KPI, unless it has such of its own, and their quotient."""
    if kpi.column:
        for name, said, where in (
            (kpi.numerator, "Records that fail", Compare(kpi.column, "=", True)),
            (kpi.denominator, "Records that are judged by", Not(IsUnknown(kpi.column))),
        ):
            measure = typed_measure(entry, name, Measure(kpi.fact, where=where), draft)
            yield _count(kpi, name, f"{said} {kpi.name}", measure)
    ratio = Derived(Over(Of(kpi.numerator), Of(kpi.denominator)))
    yield Indicator(
        name=kpi.indicator,
        label=f"{kpi.name} {kpi.label}",
        description=kpi.description,
        unit="share",
        type="number",
        formula=ratio,
        subject=_SUBJECT,
        tier=kpi.tier,
        entities=kpi.entities,
        tells_of=kpi.tells_of,
    )


def _count(kpi: Kpi, name: str, said: str, measure: Measure) -> Leaf:
    return Leaf(
        name=name,
        label=said,
        description=f"{said}: {kpi.description}",
        unit="records",
        type="integer",
        formula=Simple(measure, "stock"),
        subject=_SUBJECT,
        over=_OVER,
        tier=kpi.tier,
        entities=kpi.entities,
        tells_of=kpi.tells_of,
    )


def score_of(entry: Entry, kpis: tuple[Kpi, ...]) -> Derived:
    """One number of several KPIs: one less the weight of those that records fail, among that of those that judge them.

    Weights stand with the KPIs and nowhere else.
    """
    of = {one.name.lower(): one for one in kpis if one.column and one.weight}
    names = tuple(of) if entry.value == "all" else entry.texts()
    for name in names:
        if name not in of:
            raise entry.error(f"there is no KPI with a weight called {name!r}.{did_you_mean(name, of)}")
    if not names or len(set(names)) != len(names):
        raise entry.error("a score is of `all`, or of some KPIs, each once.")
    counted = [of[name] for name in names]
    held = _weighed((one.weight, Minus(Of(one.denominator), Of(one.numerator))) for one in counted)
    return Derived(Over(held, _weighed((one.weight, Of(one.denominator)) for one in counted)))


def _weighed(terms: Iterable[tuple[int, Arithmetic]]) -> Arithmetic:
    products: Iterable[Arithmetic] = (Times(Constant(Decimal(weight)), term) for weight, term in terms)
    return reduce(Plus, products)
