"""What an opened case costs: shown, its history, on two days; for persons of one country, drawn at random."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from datetime import timedelta

from bench.asking import Row, timed
from dataport.access import Permission, Viewer, ViewerClass, open_records
from dataport.ask import open_house
from dataport.errors import NotVisible
from dataport.history import compared, shown_at, timeline_of
from dataport.records import Case
from dataport.records.case import Opening
from dataport.settings import Settings
from dataport.warehouse.sealed import open_sealed
from dataport.warehouse.versions import published

MANY, OPERATION = 100, "KEN"
_UNITS = f"select distinct business_unit_id from dim_individual where operation_code = '{OPERATION}'"
_DRAWN = f"""
select individual_no from (
    select individual_no from dim_individual where operation_code = '{OPERATION}' and valid_to > '9999-01-01'
) using sample reservoir({MANY} rows) repeatable (3)
"""


def opening(settings: Settings) -> Iterator[Row]:
    """Measure the published records of a home, as an officer of all units of one operation."""
    house = open_house(settings)
    records, horizon = house.records(), house.figures().horizon
    with open_sealed(published(settings.published).records) as reader:
        units = frozenset(row[0] for row in reader.execute(_UNITS).fetchall() if row[0])
        ids = [row[0] for row in reader.execute(_DRAWN).fetchall()]
    entities = {model.entity for model in house.catalog.records.models.values()}
    grants = tuple(Permission("bench", entity, units, True, True, 6, "T2", 5000) for entity in sorted(entities))
    officer = Viewer("bench", ViewerClass.REGISTRATION, grants, 1)
    scoped = open_records(officer, house.catalog, "Bench", records.held)
    last = horizon.last_day
    first = max(horizon.first_day, last - timedelta(days=31))

    def case(case_id: str) -> Case:
        found = Opening(scoped, records, house.catalog.records).case(case_id)
        if found is None:
            raise NotVisible
        return found

    looks: dict[str, Callable[[str], object]] = {
        "a case shown": lambda one: shown_at(case(one), last, horizon),
        "its history": lambda one: timeline_of(case(one), horizon.start),
        "it on two days": lambda one: compared(case(one), first, last, horizon.closing(first), horizon.closing(last)),
        "an id that is nobody's": lambda one: Opening(scoped, records, house.catalog.records).case(f"{one}?"),
    }
    for one in ids[:5]:
        case(one)
    for what, look in looks.items():
        spent = [timed(lambda one=one, look=look: look(one)) * 1000 for one in ids]  # type: ignore[misc]
        cuts = statistics.quantiles(spent, n=20)
        yield (
            f"{what}, {len(ids)} cases",
            f"median {cuts[9]:.0f} ms, p95 {cuts[18]:.0f} ms, longest {max(spent):.0f} ms",
        )
