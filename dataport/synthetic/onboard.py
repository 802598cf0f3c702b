"""onboard: migrate further operations into a store that is in use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pyarrow as pa

from dataport.errors import WrongRequest
from dataport.store import Store
from dataport.store.schema import BY_NAME
from dataport.synthetic.create import Summary, reference_rows
from dataport.synthetic.plan import Plan
from dataport.synthetic.records import portions, tables_of

Progress = Callable[[str], None]

_MORNING = time(6, 0)
_ORGANISATION = ("operation", "business_unit", "user_account", "user_role")
_ROWS_AT_ONCE = 5_000


def onboard(store: Store, plan: Plan, progress: Progress = lambda text: None) -> Summary:
    """Bring in the operations of a plan that the store does not have yet, with their people, units and accounts.

    It happens on the morning of the store's next day, before anything else of that day. Migrated people have no events:
    nothing happened to them, their records moved. Each operation is one transaction.

    Args:
        store: a created store, made with the same scale and seed as the plan.
        plan: what the store is to hold afterwards.

    Raises:
        WrongRequest: the store has all operations of the plan already.
    """
    present = set(store.query("SELECT operation_code FROM operation")["operation_code"].to_pylist())
    coming = [operation for operation in plan.operations if operation.operation.operation_code not in present]
    if not coming:
        raise WrongRequest(f"All {len(plan.operations)} operations are in the store already. Onboard more than these.")
    store.set_clock(datetime.combine(store.now().date() + timedelta(days=1), _MORNING))
    rows: Counter[str] = Counter()
    for operation in coming:
        with store.write() as writer:
            for table, found in _organisation(store, replace(plan, operations=(operation,))):
                writer.insert(table, found)
                rows[table] += len(found)
            for part in portions(operation, plan):
                for table, batch in tables_of(part).items():
                    for some in _in_parts(batch):
                        writer.insert(table, some)
                    rows[table] += batch.num_rows
        progress(f"{operation.operation.operation_name}: {operation.records:,} people migrated")
    return Summary(dict(rows), events={})


def _organisation(store: Store, plan: Plan) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The operation, its units, accounts and their roles, as far as the store does not have them."""
    wanted = reference_rows(plan)
    for table in _ORGANISATION:
        key = BY_NAME[table].key
        present = set(store.query(f"SELECT {key} FROM {table}")[key].to_pylist())
        migrated = {"onboarded_date": store.now().date()} if table == "operation" else {}
        yield table, [row | migrated for row in wanted[table] if row[key] not in present]


def _in_parts(batch: pa.RecordBatch) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, batch.num_rows, _ROWS_AT_ONCE):
        yield batch.slice(start, _ROWS_AT_ONCE).to_pylist()
