"""What it costs to say why a number moved: one month, compiled and run, beside the number on one day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from bench.asking import EVERYTHING, Row, timed
from dataport.access import guard
from dataport.engine import Figures, finish_change, lower, plan, seal
from dataport.semantic import Catalog, Request, resolve, resolve_change

ROUNDS = 7
ASKED: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("active_individuals", (), ()),
    ("active_individuals", ("country_of_asylum",), ()),
    ("active_individuals", ("unhcr_bureau", "sex"), ()),
    ("active_individuals", ("location",), ("country_of_asylum = 'KEN'",)),
    ("active_individuals", ("legal_status",), ()),
    ("active_individuals", ("age_group_detailed",), ()),
    ("active_children", ("country_of_origin",), ()),
    ("individuals_updated_within_a_year", ("country_of_asylum",), ()),
    ("active_groups", ("country_of_asylum",), ()),
    ("share_of_children", ("country_of_asylum",), ()),
)


def changing(catalog: Catalog, figures: Figures) -> Iterator[Row]:
    """Measure a published file that knows of a month at least."""
    last = figures.horizon.last_day
    first = last - timedelta(days=31)
    for indicator, by, where in ASKED:
        request = Request((indicator,), by, where, as_of=last, compare=first)
        scoped = guard(resolve_change(request, catalog, figures.horizon), EVERYTHING)
        compiling = min(timed(lambda s=scoped: seal(lower(plan(s)), s)) for _ in range(ROUNDS))  # type: ignore[misc]
        statement = seal(lower(plan(scoped)), scoped)
        spent = sorted(timed(lambda s=statement, q=scoped: finish_change(figures.run(s), q)) for _ in range(ROUNDS))  # type: ignore[misc]
        on_a_day = guard(resolve(Request((indicator,), by, where), catalog, figures.horizon), EVERYTHING)
        single = seal(lower(plan(on_a_day, rollups=False)), on_a_day)
        beside = min(timed(lambda s=single: figures.run(s)) for _ in range(ROUNDS))  # type: ignore[misc]
        yield (
            f"why {indicator} by {', '.join(by) or 'nothing'} moved in a month",
            f"compiled in {compiling * 1000:.1f} ms, run in {spent[ROUNDS // 2] * 1000:.0f} ms; "
            f"the number itself, on the facts: {beside * 1000:.0f} ms",
        )
