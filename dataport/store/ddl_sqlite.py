"""The store's tables and triggers in SQLite's words, rendered from the declared schema.

Kinds: text is TEXT; integer is INTEGER; boolean is 0 or 1; date is ISO text; timestamp is microseconds since 1970, UTC.
"""

from __future__ import annotations

from dataport.store.ddl import column_list, indexes, journal
from dataport.store.declared import Column, Kind, Table
from dataport.store.schema import TABLES

TYPES: dict[Kind, str] = {
    "text": "TEXT",
    "integer": "INTEGER",
    "boolean": "INTEGER",
    "date": "TEXT",
    "timestamp": "INTEGER",
}

# SQLite would keep any text as a date; the checks make it as strict as a server. They are off during bulk load, whose
# values come from typed Arrow columns. ('+0 days' makes SQLite calculate: date('2021-02-30') alone is left as it is.)
_CHECKS: dict[Kind, str] = {"boolean": " CHECK ({0} IN (0, 1))", "date": " CHECK ({0} IS date({0}, '+0 days'))"}

_CONTROL = (
    "CREATE TABLE store (identity TEXT NOT NULL, is_armed INTEGER NOT NULL) STRICT",
    "CREATE TABLE clock (id INTEGER PRIMARY KEY CHECK (id = 1), moment INTEGER NOT NULL, first_stamp INTEGER NOT NULL, "
    "change_no INTEGER NOT NULL) STRICT",
    "CREATE TABLE tombstone (table_name TEXT NOT NULL, key TEXT NOT NULL, change_no INTEGER NOT NULL, "
    "stamped_at INTEGER NOT NULL) STRICT",
)

_CONTROL_ARMED = (
    "CREATE INDEX tombstone_by_key ON tombstone (table_name, key)",
    "CREATE INDEX tombstone_by_change ON tombstone (table_name, change_no)",
    "CREATE TRIGGER clock_forward BEFORE UPDATE OF moment ON clock WHEN NEW.moment < OLD.moment "
    "BEGIN SELECT RAISE(ABORT, 'the clock never goes back'); END",
)


def create_statements() -> list[str]:
    """Empty tables, journals and the store's own control tables."""
    return [
        *_CONTROL,
        *(sql for table in TABLES for sql in (_table(table), f"{journal(table.name, table.landed, TYPES)} STRICT")),
    ]


def arm_statements() -> list[str]:
    """Indexes and triggers."""
    return [*_CONTROL_ARMED, *(sql for table in TABLES for sql in (_key(table), *indexes(table), *_triggers(table)))]


def _table(table: Table) -> str:
    return f'CREATE TABLE "{table.name}" ({", ".join(_definition(column) for column in table.landed)}) STRICT'


def _definition(column: Column) -> str:
    name = f'"{column.name}"'
    # The trigger writes both stamps after the row is there, so the row is there first with a zero.
    default = " DEFAULT 0" if column.name in ("change_no", "stamped_at") else ""
    check = "" if column.name == "stamped_at" else _CHECKS.get(column.kind, "").format(name)
    return f"{name} {TYPES[column.kind]}{' NOT NULL' if column.required else ''}{default}{check}"


def _key(table: Table) -> str:
    return f'CREATE UNIQUE INDEX "{table.name}_by_key" ON "{table.name}" ("{table.key}")'


def _triggers(table: Table) -> list[str]:
    return [_refuse_replacement(table), _refuse_key_change(table), _refuse_stamping(table), *_stamping(table)]


def _refuse_replacement(table: Table) -> str:
    # INSERT OR REPLACE deletes without firing the delete trigger: a version would vanish unjournaled.
    return (
        f'CREATE TRIGGER "{table.name}_no_replacement" BEFORE INSERT ON "{table.name}" '
        f'WHEN EXISTS (SELECT 1 FROM "{table.name}" WHERE "{table.key}" = NEW."{table.key}") '
        f"BEGIN SELECT RAISE(ABORT, 'a record with this {table.key} exists already: update it'); END"
    )


def _refuse_key_change(table: Table) -> str:
    return (
        f'CREATE TRIGGER "{table.name}_same_key" BEFORE UPDATE OF "{table.key}" ON "{table.name}" '
        f'WHEN NEW."{table.key}" IS NOT OLD."{table.key}" '
        f"BEGIN SELECT RAISE(ABORT, 'a {table.key} never changes: delete the record and insert another'); END"
    )


def _refuse_stamping(table: Table) -> str:
    # The stamping triggers always move change_no on to the counter; whatever else touches a stamp is not the store.
    return (
        f'CREATE TRIGGER "{table.name}_own_stamps" BEFORE UPDATE OF change_no, stamped_at ON "{table.name}" '
        f"WHEN NEW.change_no IS OLD.change_no OR NEW.change_no IS NOT (SELECT change_no FROM clock) "
        f"BEGIN SELECT RAISE(ABORT, 'change_no and stamped_at are set by the store alone'); END"
    )


def _stamping(table: Table) -> list[str]:
    name, key, every = table.name, table.key, column_list(table.landed)
    # AFTER UPDATE OF leaves the stamps out, so that setting them does not fire it again.
    written = column_list([c for c in table.landed if c.name not in ("change_no", "stamped_at")])
    journal = f'INSERT INTO "{name}_journal" ({every}) VALUES ({column_list(table.landed, "OLD.")});'
    count = "UPDATE clock SET change_no = change_no + 1;"
    number, moment = "(SELECT change_no FROM clock)", "(SELECT moment FROM clock)"
    buried = f"(SELECT max(stamped_at) FROM tombstone WHERE table_name = '{name}' AND key = NEW.\"{key}\")"
    stamp = f'UPDATE "{name}" SET change_no = {number}, stamped_at = max({moment}, {{}} + 1) WHERE rowid = NEW.rowid;'
    return [
        f'CREATE TRIGGER "{name}_insert" AFTER INSERT ON "{name}" BEGIN {count} '
        f"{stamp.format(f'coalesce({buried}, 0)')} END",
        f'CREATE TRIGGER "{name}_update" AFTER UPDATE OF {written} ON "{name}" BEGIN {journal} {count} '
        f"{stamp.format('OLD.stamped_at')} END",
        f'CREATE TRIGGER "{name}_delete" AFTER DELETE ON "{name}" BEGIN {journal} {count} '
        f"INSERT INTO tombstone (table_name, key, change_no, stamped_at) "
        f"VALUES ('{name}', OLD.\"{key}\", {number}, max({moment}, OLD.stamped_at + 1)); END",
    ]
