"""create: fill an empty registration store with people who have the real shape."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa

from dataport.dictionary.seeds import read_seed
from dataport.store import FIRST_MOMENT, Store
from dataport.synthetic import organisation, seeds
from dataport.synthetic.dirt import GAP, Truth, plant
from dataport.synthetic.past import past_of
from dataport.synthetic.plan import OperationPlan, Plan
from dataport.synthetic.portion import Portion
from dataport.synthetic.records import portions, tables_of
from dataport.synthetic.stocks import Followed, stock_path

# A place that the official list does not explain: of level 4, with nothing above it.
_GAP = {
    "location_code": GAP,
    "country_code": "KEN",
    "parent_code": None,
    "level": 4,
    "name": "Block 4",
    "effective_date": date(2018, 1, 1),
}

Progress = Callable[[str], None]

# Codes, places and accounts are older than the people; their device times must not look like news.
_SET_UP = datetime(2018, 1, 1, 8)


@dataclass(frozen=True, slots=True)
class Summary:
    """What was put into a store, or what happened in it.

    Attributes:
        rows: rows written, by table; after `advance`, new rows.
        notes: what a reader must know before using the numbers.
        events: after `advance`, events by type.
    """

    rows: dict[str, int]
    notes: tuple[str, ...] = ()
    events: dict[str, int] | None = None


def create(
    store: Store,
    plan: Plan,
    progress: Progress = lambda text: None,
    *,
    history: int | None = None,
    dirt: Truth | None = None,
) -> Summary:
    """Create the store and load the planned people; its clock then stands at the end of 2021.

    Args:
        store: a connection to an empty place.
        plan: what `plan` decided.
        progress: is told, in words, what has been done.
        dirt: plant mistakes, and write them down there; without it the store is clean.
        history: how many of the years before are written too. The people in the end are the planned ones either way.

    Raises:
        WrongRequest: there is a store already, or the history is longer than there are published stocks.
    """
    began = stock_path("", 0, history).start if history else None
    store.create(invented=True)
    store.set_clock(FIRST_MOMENT)
    rows: Counter[str] = Counter()
    for table, found in reference_rows(plan).items():
        gaps = [_GAP] if dirt and table == "location" else []
        rows[table] += store.load(table, [_batch([*found, *gaps], began)])
    done, followed = 0, Followed()
    for operation in plan.operations:
        for part in portions(operation, plan, history):
            rows.update(_load(store, part, _rows(part, operation, dirt), followed))
        done += operation.records
        progress(f"{operation.operation.operation_name}: {operation.records:,} people ({done:,} of {plan.records:,})")
    progress("indexes and triggers")
    store.arm()
    return Summary(dict(rows), (*_notes(plan), *followed.notes(), *_dirt_note(dirt)))


def _rows(part: Portion, operation: OperationPlan, dirt: Truth | None) -> dict[str, pa.RecordBatch]:
    """A portion's rows, with mistakes in them if there is somewhere to write them down."""
    tables = tables_of(part)
    if dirt is None:
        return tables
    tables, planted = plant(part, tables, operation.calibrated_count)
    dirt.add(planted)
    return tables


def _dirt_note(dirt: Truth | None) -> tuple[str, ...]:
    if dirt is None:
        return ()
    where = f" Which ones is written in {dirt.path}." if dirt.path else ""
    return (f"{dirt.planted.total():,} mistakes of {len(dirt.planted)} kinds were planted.{where}",)


def _load(store: Store, part: Portion, tables: dict[str, pa.RecordBatch], followed: Followed) -> dict[str, int]:
    """Load a portion's rows, and what they were before; returns the rows by table, superseded versions included."""
    if part.path is None:
        return {table: store.load(table, [batch]) for table, batch in tables.items()}
    past = past_of(part, tables)
    followed.add(part.operation.country_code, part.path, past.active)
    rows = Counter({table: store.load(table, [batch]) for table, batch in past.current.items()})
    rows.update(
        {f"{table}_journal": store.load(table, [rows], superseded=True) for table, rows in past.superseded.items()}
    )
    return rows


def _notes(plan: Plan) -> tuple[str, ...]:
    if plan.is_exact:
        return ("Active people of every published cell of the 85 calibrated countries equal the published figure.",)
    return (
        f"At scale {plan.scale:g} published cells are sampled: a country's total is within 1 of published x scale, "
        "a single cell may be off by 1, and families live where their focal point lives.",
    )


def _batch(rows: list[dict[str, Any]], began: int | None) -> pa.RecordBatch:
    """Reference rows as Arrow; where earlier years are written, they are as old as those (`began`: days since 1970)."""
    stamped = {
        "created_on": _SET_UP,
        "modified_on": _SET_UP,
        "created_by": organisation.SET_UP,
        "entry_channel_code": "office",
    }
    if began is not None:
        stamped["stamped_at"] = datetime.combine(date(1970, 1, 1) + timedelta(days=began), FIRST_MOMENT.time())
    return pa.RecordBatch.from_pylist([row | stamped for row in rows])


def reference_rows(plan: Plan) -> dict[str, list[dict[str, Any]]]:
    """Rows of the code tables, the geography, the organisation and its accounts."""
    operations = [operation.operation for operation in plan.operations]
    users, user_roles = organisation.accounts(operations)
    return {
        "code_value": list(_code_values()),
        "country": [
            {
                "country_code": row["country_code"],
                "iso3_code": row["iso3_code"],
                "name": row["country_name"],
                "bureau_code": row["bureau_code"] or None,
                "effective_date": date(2018, 1, 1),
            }
            for row in read_seed("country")
        ],
        "location": list(_locations()),
        "operation": [_operation(operation) for operation in plan.operations],
        "business_unit": organisation.business_units(operations),
        "user_account": users,
        "role": organisation.roles(),
        "user_role": user_roles,
        "permission": organisation.permissions(),
    }


def _code_values() -> Iterator[dict[str, Any]]:
    for row in read_seed("code_value"):
        yield {
            "code_value_id": f"{row['code_list']}:{row['code']}",
            "code_list": row["code_list"],
            "code": row["code"],
            "label": row["label"],
            "is_active": True,
        }


def _locations() -> Iterable[dict[str, Any]]:
    for row in read_seed("location"):
        yield {
            "location_code": row["location_code"],
            "country_code": row["country_code"],
            "parent_code": row["parent_code"] or None,
            "level": int(row["level"]),
            "name": row["location_name"],
            "effective_date": date(2018, 1, 1),
        }


def _operation(operation: OperationPlan) -> dict[str, Any]:
    found = operation.operation
    # The first phase was over by the end of 2019, two years after it began; the others moved in the two years after.
    first, nth = seeds.first_phase(), found.onboarding_order - 1
    later = len(seeds.operations()) - first
    year = 2018 + nth // math.ceil(first / 2) if nth < first else 2020 + (nth - first) // math.ceil(later / 2)
    return {
        "operation_code": found.operation_code,
        "country_code": found.country_code,
        "name": found.operation_name,
        "onboarded_date": date(year, 1 + found.onboarding_order % 12, 1),
    }
