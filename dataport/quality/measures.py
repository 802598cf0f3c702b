"""measures: the KPIs of a catalog as people name them, and what gathers in each."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dataport.ask import permitted
from dataport.checks import Check, Threshold, all_thresholds, load_checks, of_kpi
from dataport.errors import UnknownName
from dataport.house import House
from dataport.semantic import Catalog, Request
from dataport.semantic.kpi import Kpi
from dataport.visit import Asker


@dataclass(frozen=True, slots=True)
class Measure:
    """A KPI with what is behind it: definitions alone, and nothing of anybody's record.

    Attributes:
        checks: what a record is held to, the worst first.
        thresholds: the numbers that they name: stand-ins, all of them.
        version: how often what it says was changed: the versions of its checks added up.
    """

    kpi: Kpi
    checks: tuple[Check, ...]
    thresholds: tuple[Threshold, ...]

    @property
    def version(self) -> int:
        return sum(one.version for one in self.checks)

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        checks = [
            {
                "name": check.name, "label": check.label, "says": check.says, "entity": check.entity,
                "dimension": check.dimension, "severity": check.severity, "ease": check.ease, "fields": check.fields,
                "owner": check.owner, "reason": check.reason, "source": check.source, "version": check.version,
                "thresholds": check.thresholds,
                "examples": [
                    {"verdict": one.verdict, "fields": dict(one.fields), "today": one.today} for one in check.examples
                ],
            }
            for check in self.checks
        ]  # fmt: skip
        kpi = asdict(self.kpi) | {"target": float(self.kpi.target)}
        return {
            **kpi,
            "version": self.version,
            "checks": checks,
            "thresholds": [asdict(each) for each in self.thresholds],
        }


def kpi_named(catalog: Catalog, name: str) -> Kpi:
    """The KPI with this code, or with the name of its indicator.

    Raises:
        UnknownName: there is none.
    """
    wanted = name.strip().casefold()
    for one in catalog.kpis:
        if wanted in (one.name.casefold(), one.indicator):
            return one
    raise UnknownName("KPI", name, [one.name for one in catalog.kpis], "`dataport quality scorecard` lists them.")


def tellable(asker: Asker, house: House) -> frozenset[str]:
    """The codes of the KPIs that somebody may be told of: who may not, is told of no note or excuse by them either.

    Raises:
        DataportError: nobody asks.
    """
    of = {one.numerator: one.name for one in house.catalog.kpis if one.column}
    return frozenset(of[name] for name in permitted((Request((name,)) for name in of), asker, house).names)


def measure(catalog: Catalog, name: str) -> Measure:
    """What is behind a KPI.

    Raises:
        UnknownName: there is none.
    """
    kpi = kpi_named(catalog, name)
    checks = tuple(sorted(of_kpi(load_checks(), kpi.name), key=lambda one: (one.ease, one.name)))
    named = {name for one in checks for name in one.thresholds}
    return Measure(kpi, checks, tuple(one for one in all_thresholds() if one.name in named))
