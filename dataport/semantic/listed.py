"""listed: what a list of the catalog shows. What a KPI is made of is told by the KPI, and may be asked."""

from __future__ import annotations

from collections.abc import Mapping

from dataport.semantic.model import Catalog, Level


def parts_of_kpis(catalog: Catalog) -> Mapping[str, str]:
    """The counts of the KPIs, and the levels of whom they fail, each with the KPI's own indicator."""
    return {
        part: kpi.indicator
        for kpi in catalog.kpis
        if kpi.column
        for part in (kpi.numerator, kpi.denominator, kpi.column)
    }


def listed_indicators(catalog: Catalog) -> tuple[str, ...]:
    """Those that a list shows."""
    parts = parts_of_kpis(catalog)
    return tuple(name for name in catalog.public_indicators() if name not in parts)


def listed_levels(catalog: Catalog) -> tuple[Level, ...]:
    """Those that a list shows."""
    parts = parts_of_kpis(catalog)
    return tuple(one for one in catalog.levels.values() if one.name not in parts)
