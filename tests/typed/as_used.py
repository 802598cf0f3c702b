"""What somebody types in a notebook: asked of a home, of a case and of a file of their own.

Checked by mypy --strict as a package that somebody else installed, and run: see test_as_used.py.
"""

import sys
from datetime import date, datetime
from pathlib import Path

import polars as pl

import dataport
from dataport import Answer, Change, Port, QualityView
from dataport.errors import DataportError, OutsideHistory


def numbers(port: Port, folder: Path) -> pl.DataFrame:
    """One name or filter as text, several as a list; a period as text or as its two ends."""
    answer = port.ask("active_individuals", by="sex", where="country_of_asylum = 'Kenya'")
    rows: list[dict[str, object]] = answer.to_dicts()
    assert len(answer) == len(rows) == len(list(answer))
    assert pl.DataFrame(answer).height == len(answer)
    frame: pl.DataFrame = answer.labels("both").to_polars()
    answer.to_xlsx(folder / "answer.xlsx")
    for total in port.ask(["active_individuals"], ["sex", "age_group"], totals=True).totals:
        assert total.data.num_rows and isinstance(total.levels, tuple)

    months = port.ask("active_individuals", "sex", grain="month", period="2022-01..2022-02")
    again = port.ask("active_individuals", "sex", grain="month", period=("2022-01", date(2022, 2, 28)))
    assert months.to_dicts() == again.to_dicts()
    across: pl.DataFrame = months.pivot("month")
    assert across.height == 2
    scope: object = months.meta["scope"]
    marks = {cell.code for cell in months.status}
    assert scope and marks == {"not_for_release"}
    return frame


def names(port: Port) -> Answer:
    """The catalog completes, and what it names may be asked with."""
    catalog = port.catalog
    people, sex = catalog.indicators.active_individuals, catalog.breakdowns["sex"]
    label: str = sex.members["F"]
    assert label == "Female" and "sex" in people.goes_with
    assert [found.name for found in catalog.search("gender")]
    assert dict(catalog.members("sex")) == dict(sex.members)
    steps: tuple[str, ...] = port.explain(people, by=[sex, "age_group"], as_of="2022-01-31", totals=True).steps
    assert steps
    return port.ask(people, by=sex)


def why(port: Port) -> Change:
    """Why a number moved, between two days as text or as a pair."""
    moved = port.change("active_individuals", ("2022-01-01", date(2022, 2, 1)), by="country_of_asylum", totals=True)
    assert (
        moved.to_dicts() == port.change("active_individuals", "2022-01-01..2022-02-01", "country_of_asylum").to_dicts()
    )
    return moved


def one_case(port: Port) -> str:
    """A case is looked at for a purpose; a notebook shows it as tables."""
    case = port.case("KEN-00001", purpose="Appointment of 3 March")
    assert case.compare("2021-12-31..2022-02-28")._repr_html_()
    assert case.history().meta["purpose"] == "Appointment of 3 March"
    return case.show(as_of="2022-01-31")._repr_html_()


def poor_records(port: Port) -> QualityView:
    """Where records are poor; each view is rows, and its typed parts."""
    card = port.quality.scorecard(as_of="2022-01-31")
    told: dict[str, object] = card.to_dict()
    assert set(told) == {"kpis", "score", "as_of", "scope"} and len(card.to_polars()) == len(card)
    target: float = port.quality.show("K05").checks[0].version * 1.0
    assert target
    return card


def fresh(port: Port) -> datetime | None:
    """How fresh the figures are."""
    return port.status().watermark


def one_of_my_own(database: Path, definitions: Path) -> int:
    """Any DuckDB file, with definitions of its own."""
    me = dataport.declared("me", "person")
    known = (datetime(2024, 1, 1), datetime(2024, 7, 1))
    with dataport.open(database=database, definitions=definitions, viewer=me, history=known) as port:
        (row,) = port.ask("people")
    count = row["people"]
    assert isinstance(count, int)
    return count


def main(home: Path, database: Path, definitions: Path, folder: Path) -> None:
    with dataport.open(home, viewer="ken") as port:
        print(numbers(port, folder).columns)
        print(names(port), why(port), len(one_case(port)) > 0, fresh(port))
        assert len(poor_records(port)) == 32
        try:
            port.ask("active_individuals", as_of="1951-07-28")
        except OutsideHistory as told:
            print(type(told).__name__)
    try:
        port.ask("active_individuals")
    except DataportError as told:
        print(told)
    print(one_of_my_own(database, definitions))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
