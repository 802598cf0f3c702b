"""What quality costs: measures by office and place, months of all, a page of records to correct, and its rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from bench.asking import ROUNDS, compiled, timed
from dataport.ask import open_house
from dataport.engine import Figures
from dataport.errors import DataportError
from dataport.house import House
from dataport.quality import Selected, Wanted, records, scorecard
from dataport.semantic import Catalog, DateRange, Request
from dataport.semantic.calendar import months_before
from dataport.settings import Settings, read_settings
from dataport.visit import Asker
from dataport.warehouse.sealed import open_sealed

Row = tuple[str, str]
# What a measure is broken down by, and how fast that shall be (milliseconds).
BY = (("country_of_asylum", 60), ("unhcr_bureau", 60), ("business_unit", 60), ("operation", 60))
PLACE, PLACE_AIM, MONTHS, MONTHS_AIM, PAGE, PAGE_AIM = "location", 100, 60, 1000, 50, 300
# So many times the rows of the population at most.
ROWS_AIM = 1.6
_ROWS = """
select (select count(*) from fct_quality), (select count(*) from fct_group_quality),
       (select count(*) from fct_population), (select count(*) from fct_group)
"""


def quality(home: Path) -> Iterator[Row]:
    """Rows of the table, of a home as it is."""
    settings = read_settings(home)
    house = open_house(settings)
    figures = house.figures()
    catalog = figures.held(house.catalog)
    names = [one.indicator for one in catalog.kpis]
    for level, aim in BY:
        yield _each(f"any KPI by {level}", aim, [Request((name,), (level,)) for name in names], catalog, figures)
    country = _largest(catalog, figures)
    where = (f"country_of_asylum = '{country}'",)
    requests = [Request((name,), (PLACE,), where) for name in names]
    yield _each(f"any KPI by {PLACE} in {country}", PLACE_AIM, requests, catalog, figures)
    yield _months(names, catalog, figures)
    yield from _pages(house)
    yield _rows(house)
    yield from _built(settings)
    house.close()


def _each(what: str, aim: int, requests: Sequence[Request], catalog: Catalog, figures: Figures) -> Row:
    """Each request compiled and run, the best of some rounds: the slowest of them, and how many miss the aim."""
    spent = {one.indicators[0]: _best(lambda r=one: _asked(r, catalog, figures)) for one in requests}  # type: ignore[misc]
    return f"{what} (aim {aim} ms)", _spread(spent, aim)


def _spread(spent: Mapping[str, float], aim: int) -> str:
    """Milliseconds by name in short: the middle, the longest, and those above the aim."""
    slow = max(spent, key=lambda name: spent[name])
    middle = sorted(spent.values())[len(spent) // 2]
    missed = sorted(name for name, took in spent.items() if took > aim)
    over = f"; {len(missed)} above: {', '.join(missed)}" if missed else ""
    return f"median {middle:.0f} ms, longest {spent[slow]:.0f} ms ({slow}){over}"


def _asked(request: Request, catalog: Catalog, figures: Figures) -> None:
    figures.run(compiled(request, catalog, figures.horizon))


def _best(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Milliseconds."""
    return min(timed(work) for _ in range(rounds)) * 1000


def _largest(catalog: Catalog, figures: Figures) -> str:
    """The country with most records that are judged."""
    asked = compiled(Request(("judged_records",), ("country_of_asylum",)), catalog, figures.horizon)
    rows = [one for one in figures.run(asked).rows.data.to_pylist() if one["country_of_asylum"]]
    return str(max(rows, key=lambda one: one["judged_records"])["country_of_asylum"])


def _months(names: Sequence[str], catalog: Catalog, figures: Figures) -> Row:
    """All measures by country over the months that history has, sixty of them at most."""
    last = figures.horizon.last_day
    first = max(months_before(last.replace(day=1), MONTHS - 1), figures.horizon.first_day)
    request = Request(tuple(names), ("country_of_asylum",), period=DateRange(first, last), grain="month")
    took = _best(lambda: _asked(request, catalog, figures), 3)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    return f"{months} months of all {len(names)} KPIs by country (aim {MONTHS_AIM} ms for {MONTHS})", f"{took:.0f} ms"


def _pages(house: House) -> Iterator[Row]:
    """The first page of the records that fail each measure, and a scorecard, for who opens most of them."""
    login = _opener(house)
    if login is None:
        yield "first page of a drill-down", "nobody opens records here"
        return
    asker, spent = Asker(login, "bench", purpose="measured by the bench"), dict[str, float]()
    for kpi in house.catalog.kpis:
        if kpi.column:
            chosen = Selected(kpi.name, most=PAGE)
            try:
                spent[kpi.name] = _best(lambda c=chosen: records(c, asker, house, command="bench"), 3)  # type: ignore[misc]
            except DataportError:
                continue  # not for this role
    yield f"the first {PAGE} records that fail a KPI, of {login} (aim {PAGE_AIM} ms)", _spread(spent, PAGE_AIM)
    yield f"the scorecard of {login}", f"{_best(lambda: scorecard(Wanted(), asker, house, door='bench'), 3):.0f} ms"


def _opener(house: House) -> str | None:
    """The account that opens records of the offices with most of them."""
    figures = house.figures()
    asked = compiled(Request(("judged_records",), ("business_unit",)), figures.held(house.catalog), figures.horizon)
    rows = figures.run(asked).rows.data.to_pylist()
    counted = {one["business_unit"]: one["judged_records"] for one in rows}
    best: tuple[int, str] | None = None
    for grants in house.everybody():
        opened = [one for one in grants.permissions if one.may_open and one.entity == "individual" and one.row_limit]
        units = set().union(*(counted if one.units is None else one.units for one in opened)) if opened else set()
        found = (sum(counted.get(unit, 0) for unit in units), str(grants.login))
        best = max(best, found) if best and units else found if units else best
    return best[1] if best else None


def _rows(house: House) -> Row:
    with open_sealed(house.published().figures) as connection:
        persons, groups, population, of_groups = connection.execute(_ROWS).fetchall()[0]
    return (
        f"rows of the intervals of quality beside those they follow (aim {ROWS_AIM} times)",
        f"persons {persons / population:.2f} times ({persons:,} beside {population:,}), groups "
        f"{groups / max(of_groups, 1):.2f} times ({groups:,} beside {of_groups:,})",
    )


def _built(settings: Settings) -> Iterator[Row]:
    """What the last build spent on quality, of what it spent on everything: a first one, or a refresh."""
    results = settings.warehouse / "target" / "run_results.json"
    if not results.is_file():
        yield "the last build", "its results are not there"
        return
    nodes = json.loads(results.read_text(encoding="utf-8"))["results"]
    of = [one for one in nodes if _is_of_quality(one["unique_id"])]
    whole, models, tests = (
        sum(one["execution_time"] for one in several if one["unique_id"].startswith(kind))
        for several, kind in ((nodes, ""), (of, "model."), (of, "test."))
    )
    number = len(list((settings.warehouse / "logs").glob("build-*.log")))
    yield (
        f"models and tests of quality in the last build (the {number}. of this home; aims: 360 s at first, 15 s a day)",
        f"{models:.1f} s and {tests:.1f} s, of {whole:.1f} s in all models and tests",
    )
    for one in sorted(of, key=lambda each: -each["execution_time"])[:5]:
        yield f"… {one['unique_id'].split('.')[2]}", f"{one['execution_time']:.1f} s"


def _is_of_quality(node: str) -> bool:
    name = node.split(".")[2]
    return "quality" in name or "dim_check" in name or "check_field" in name
