"""Kinds by name, and loaded batches in full shape."""

from __future__ import annotations

from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from dataport.errors import ContractBroken
from dataport.store.arrow import TYPES, arrow_schema, fit, kind_of, smallest_stamp
from dataport.store.postgres import _translated_sql
from dataport.store.schema import BY_NAME, TABLES

NOON = datetime(2022, 1, 1, 12)
COUNTRY = BY_NAME["country"]


def test_a_column_name_has_one_kind_everywhere() -> None:
    kinds: dict[str, set[str]] = {}
    for table in TABLES:
        for column in table.landed:
            kinds.setdefault(column.name, set()).add(column.kind)
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}


def test_names_follow_the_grammar() -> None:
    """A declared date is called one, so that an alias can be too."""
    for table in TABLES:
        for column in table.landed:
            by_ending = column.name.endswith("_date")
            assert by_ending == (column.kind == "date")
    assert [kind_of(name) for name in ("first_x_date", "read_at", "has_x", "n")] == [
        "date",
        "timestamp",
        "boolean",
        None,
    ]


def test_a_batch_is_filled_and_put_in_order() -> None:
    given = pa.RecordBatch.from_pylist([{"name": "Kenya", "country_code": "KEN"}])
    fitted = fit(COUNTRY, given, 7, NOON)
    assert fitted.schema == arrow_schema(COUNTRY.landed)
    [row] = fitted.to_pylist()
    assert (row["country_code"], row["bureau_code"], row["change_no"]) == ("KEN", None, 7)
    assert row["created_on"] == row["modified_on"] == row["stamped_at"] == smallest_stamp(fitted) == NOON


def test_stamps_that_are_given_stay() -> None:
    before = NOON - timedelta(days=1)
    given = pa.RecordBatch.from_pylist([{"country_code": "KEN", "stamped_at": before}])
    assert smallest_stamp(fit(COUNTRY, given, 7, NOON)) == before


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"countri_code": "x"},
            r"country has no column 'countri_code' that may be written\. Did you mean country_code",
        ),
        ({"change_no": 1}, "no column 'change_no'"),
        ({"effective_date": "sentinel"}, r"country\.effective_date holds a value that is not a date"),
    ],
)
def test_what_does_not_fit_is_named(row: dict[str, object], message: str) -> None:
    with pytest.raises(ContractBroken, match=message) as caught:
        fit(COUNTRY, pa.RecordBatch.from_pylist([row]), 1, NOON)
    assert "sentinel" not in str(caught.value)


def test_every_kind_has_an_arrow_type() -> None:
    assert {column.kind for table in TABLES for column in table.landed} <= set(TYPES)


def test_placeholders_are_translated_outside_quotes_only() -> None:
    assert _translated_sql("""SELECT '?', "a?", 'it''s 5%' WHERE x = ? AND y % 2 = ?""") == (
        """SELECT '?', "a?", 'it''s 5%%' WHERE x = %s AND y %% 2 = %s"""
    )
