"""The semantic layer over any file and definitions: a shop with two facts, unknown and orphan keys, and labels."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

import dataport
from dataport.api import Port
from dataport.errors import BadDefinition, Refused, WrongRequest

from .conftest import Lived

MODEL = Path(__file__).parents[1] / "shop"
HISTORY = (datetime(2024, 1, 1), datetime(2024, 4, 1))
TABLES = """
create table customers as from (values (1, 'Bonn'), (2, 'Köln'), (3, null)) as t(customer_no, town);
create table orders as from (values
    (1, 'north', 1, date '2024-01-10', 10), (2, 'north', 1, date '2024-02-10', 20),
    (3, 'north', 2, date '2024-02-11', null),
    (4, 'south', 3, date '2024-03-01', 40), (5, 'south', null, date '2024-03-02', 50),
    (6, 'south', 99, date '2024-03-03', 60)
) as t(order_no, branch, customer_no, ordered_on, amount);
create table shelf as from (values
    (1, 'north', 1.5, timestamp '2024-01-05', timestamp '9999-12-31'),
    (2, 'north', 9.0, timestamp '2024-01-05', timestamp '2024-03-01'),
    (3, 'south', null, timestamp '2024-02-01', timestamp '9999-12-31')
) as t(article_no, branch, price, put_at, taken_at);
create table labels as from (values
    (1, 1, 'north', 'new', timestamp '2024-01-05', timestamp '9999-12-31'),
    (2, 1, 'north', 'red', timestamp '2024-01-05', timestamp '9999-12-31'),
    (3, 1, 'north', 'red', timestamp '2024-01-06', timestamp '9999-12-31'),
    (4, 2, 'north', 'red', timestamp '2024-01-05', timestamp '2024-02-01')
) as t(label_no, article_no, branch, label, put_at, taken_at);
"""
ENTITIES = ("order", "article")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shop") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    return path


@pytest.fixture
def port(shop: Path) -> Port:
    return opened(shop, dataport.declared("ana", ENTITIES))


def opened(shop: Path, viewer: object) -> Port:
    return dataport.open(database=shop, definitions=MODEL, viewer=viewer, history=HISTORY)  # type: ignore[arg-type]


def rows(port: Port, *indicators: str, **words: object) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in port.ask(indicators, **words).to_dicts()]  # type: ignore[arg-type]


def test_unknown_and_orphan_keys_are_counted_under_unknown(port: Port) -> None:
    assert rows(port, "orders", "turnover", by=["town"], period="2024-01-01..2024-03-31") == [
        ("Bonn", 2, 30),
        ("Köln", 1, None),
        (None, 3, 150),
    ]


def test_two_facts_side_by_side_multiply_nothing(port: Port) -> None:
    asked = {"by": ["branch"], "period": "2024-01-01..2024-03-31"}
    assert rows(port, "orders", "articles", "orders_per_article", **asked) == [
        ("north", 3, 1, 3.0),
        ("south", 3, 1, 3.0),
    ]


def test_an_article_with_three_labels_counts_once(port: Port) -> None:
    assert rows(port, "articles", where=["label = 'red'"], as_of="2024-01-31") == [(2,)]
    assert rows(port, "articles", where=["label = 'red'"], as_of="2024-02-29") == [(1,)]
    assert rows(port, "articles", where=["label = 'red' and label = 'new'"], as_of="2024-02-29") == [(1,)]
    assert rows(port, "articles", where=["label != 'red'"], as_of="2024-02-29") == [(2,)]
    assert rows(port, "articles", where=["label is unknown"], as_of="2024-02-29") == [(2,)]
    with pytest.raises(WrongRequest, match="of which a row may have many or none"):
        port.ask(["articles"], by=["label"])
    trend = rows(port, "articles", where=["label = 'red'"], grain="month", period="2024-01-01..2024-02-29")
    assert [count for _, count in trend] == [2, 1]


def test_numbers_have_sizes(port: Port) -> None:
    assert rows(port, "articles", "share_of_articles", by=["price"], where=["price < 5.5"]) == [(1.5, 1, 1.0)]
    assert rows(port, "orders_to_date", grain="month", period="2024-01-01..2024-03-31") == [
        (datetime(2024, month, 1).date(), count) for month, count in ((1, 1), (2, 3), (3, 6))
    ]


def test_a_comparison_of_two_periods(port: Port) -> None:
    assert rows(port, "turnover", period="2024-03-01..2024-03-31", compare="previous") == [(150, 20, 130)]


def test_a_comparison_says_over_which_days_its_flows_are(port: Port) -> None:
    """Without a period they go back to where history begins, and so are not equally long."""
    answer = port.ask(["turnover"], as_of="2024-03-31", compare="2024-01-31")
    told = "flows of 2024-01-01 to 2024-03-31 are beside those of 2024-01-01 to 2024-01-31; 31 days are in both"
    assert told in answer.meta["limits"]
    assert port.ask(["articles"], as_of="2024-03-31", compare="2024-01-31").meta["limits"] == []


def test_a_declared_grant_narrows_every_fact(shop: Path) -> None:
    port = opened(shop, dataport.declared("sue", ENTITIES, ["south"]))
    assert rows(port, "orders", "articles", by=["branch"], period="2024-01-01..2024-03-31") == [("south", 3, 1)]
    assert rows(port, "articles", where=["label = 'red'"], as_of="2024-01-31") == [(0,)]
    with pytest.raises(Refused, match="permits counting article records"):
        opened(shop, dataport.declared("joe", ["order"])).ask(["articles"])
    with pytest.raises(Refused, match="more sensitive"):
        opened(shop, dataport.declared("joe", ENTITIES, highest_tier="T0")).ask(["orders"], by=["customer"])


def test_a_file_is_open_for_several_at_once(shop: Path) -> None:
    """They share one instance of the engine, which the first has sealed."""
    ports = [opened(shop, dataport.declared(login, ENTITIES)) for login in ("ana", "sue")]
    assert [rows(port, "articles", as_of="2024-01-31") for port in ports] == [[(2,)], [(2,)]]


def test_what_does_not_go_together(shop: Path, tmp_path: Path, sqlite_home: Lived) -> None:
    viewer = dataport.declared("ana", ENTITIES)
    with pytest.raises(WrongRequest, match="opened with `definitions`"):
        dataport.open(database=shop, viewer=viewer)
    with pytest.raises(WrongRequest, match="has its own definitions"):
        dataport.open(home=tmp_path, definitions=MODEL)
    with pytest.raises(BadDefinition, match="no definitions"):
        dataport.open(database=shop, definitions=tmp_path, viewer=viewer)
    figures = next((sqlite_home.settings.published).glob("*/figures.duckdb"))
    with pytest.raises(Refused, match="open the home instead"):
        dataport.open(database=figures, definitions=MODEL, viewer=viewer)
