"""The store's tables and triggers in PostgreSQL's words, rendered from the declared schema.

A version's change number is the id of its transaction, raised to that of the version it replaces. So an extract that
takes numbers below the oldest transaction in flight misses nothing, and versions of a record never overtake each other.
"""

from __future__ import annotations

from dataport.store.ddl import column_list, indexes, journal
from dataport.store.declared import Column, Kind, Table
from dataport.store.schema import TABLES

TYPES: dict[Kind, str] = {
    "text": "text",
    "integer": "bigint",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}

_ALIGNED: tuple[Kind, ...] = ("timestamp", "integer", "date", "boolean", "text")

# The server's id, the database in it, and the store's own id. Transaction ids start anew in another server, and change
# numbers with them.
IDENTITY = (
    "SELECT (SELECT system_identifier FROM pg_control_system()) || '-' || "
    "(SELECT oid FROM pg_database WHERE datname = current_database()) || '-' || (SELECT identity FROM store)"
)

_CONTROL = (
    "CREATE TABLE store (identity text NOT NULL, is_armed boolean NOT NULL)",
    "CREATE TABLE clock (id integer PRIMARY KEY CHECK (id = 1), moment timestamp NOT NULL, "
    "first_stamp timestamp NOT NULL)",
    "CREATE TABLE tombstone (table_name text NOT NULL, key text NOT NULL, change_no bigint NOT NULL, "
    "stamped_at timestamp NOT NULL)",
)

_CONTROL_ARMED = (
    "CREATE INDEX tombstone_by_key ON tombstone (table_name, key)",
    "CREATE INDEX tombstone_by_change ON tombstone (table_name, change_no)",
    "CREATE FUNCTION keep_clock_forward() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION 'the clock never goes back' USING ERRCODE = 'check_violation'; END $$",
    "CREATE TRIGGER clock_forward BEFORE UPDATE OF moment ON clock FOR EACH ROW WHEN (NEW.moment < OLD.moment) "
    "EXECUTE FUNCTION keep_clock_forward()",
    "CREATE FUNCTION refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    "RAISE EXCEPTION 'TRUNCATE leaves no tombstones: use DELETE' USING ERRCODE = 'check_violation'; END $$",
)

_STAMP = """
CREATE FUNCTION {name}_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  number bigint := pg_current_xact_id()::text::bigint;
  now_at timestamp;
  buried record;
BEGIN
  IF TG_OP = 'INSERT' THEN
    -- Under a longer-lived snapshot the tombstone of a record just deleted by another transaction could not be seen.
    IF current_setting('transaction_isolation') <> 'read committed' THEN
      RAISE EXCEPTION 'records are inserted under READ COMMITTED only' USING ERRCODE = 'check_violation';
    END IF;
    -- Whoever is deleting a record of this key is waited for here: the stamp is taken after the wait, not before it.
    PERFORM 1 FROM "{name}" WHERE "{key}" = NEW."{key}" FOR UPDATE;
    now_at := (SELECT moment FROM clock);
    SELECT max(stamped_at) AS stamped_at, max(change_no) AS change_no INTO buried
      FROM tombstone WHERE table_name = '{name}' AND key = NEW."{key}";
    NEW.stamped_at := greatest(now_at, buried.stamped_at + interval '1 microsecond');
    NEW.change_no := greatest(number, buried.change_no);
    RETURN NEW;
  END IF;
  -- The row is locked by now, so nobody else is changing it.
  now_at := (SELECT moment FROM clock);
  INSERT INTO "{name}_journal" ({columns}) VALUES ({old});
  IF TG_OP = 'DELETE' THEN
    INSERT INTO tombstone (table_name, key, change_no, stamped_at)
      VALUES ('{name}', OLD."{key}", greatest(number, OLD.change_no),
              greatest(now_at, OLD.stamped_at + interval '1 microsecond'));
    RETURN OLD;
  END IF;
  IF NEW."{key}" IS DISTINCT FROM OLD."{key}" THEN
    RAISE EXCEPTION 'a {key} never changes: delete the record and insert another' USING ERRCODE = 'check_violation';
  END IF;
  NEW.stamped_at := greatest(now_at, OLD.stamped_at + interval '1 microsecond');
  NEW.change_no := greatest(number, OLD.change_no);
  RETURN NEW;
END $$
"""

# Two sessions may insert one key at once: the second waits for the key after it was stamped. Where the first deleted
# its record again meanwhile, the stamp of the second may lie before that deletion, and must be taken anew.
_ORDER = """
CREATE FUNCTION {name}_order() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF EXISTS (
    SELECT 1 FROM tombstone WHERE table_name = '{name}' AND key = NEW."{key}"
      AND (stamped_at >= NEW.stamped_at OR change_no > NEW.change_no)
  ) THEN
    RAISE EXCEPTION 'another session has just deleted a record of this key: try again'
      USING ERRCODE = 'serialization_failure';
  END IF;
  RETURN NULL;
END $$
"""


def create_statements() -> list[str]:
    """Empty tables, journals and the store's own control tables."""
    return [*_CONTROL, *(sql for table in TABLES for sql in (_table(table), journal(table.name, packed(table), TYPES)))]


def arm_statements(loaded: int) -> list[str]:
    """Indexes and triggers.

    Args:
        loaded: every change number so far is at most this. What was loaded is read once, all of it, by a scan: the
            index by change number holds only what came later, and costs nothing where nothing did.
    """
    return [
        *_CONTROL_ARMED,
        *(
            sql
            for table in TABLES
            for sql in (_key(table), *indexes(table, f" WHERE change_no > {loaded}"), *_triggers(table))
        ),
    ]


def packed(table: Table) -> list[Column]:
    """The table's columns in the order they are kept in: widest alignment first, so that rows hold no padding."""
    return sorted(table.landed, key=lambda column: _ALIGNED.index(column.kind))


def _table(table: Table) -> str:
    columns = ", ".join(
        f'"{column.name}" {TYPES[column.kind]}{" NOT NULL" if column.required else ""}' for column in packed(table)
    )
    return f'CREATE TABLE "{table.name}" ({columns})'


def _key(table: Table) -> str:
    return f'ALTER TABLE "{table.name}" ADD CONSTRAINT "{table.name}_by_key" PRIMARY KEY ("{table.key}")'


def _triggers(table: Table) -> list[str]:
    name = table.name
    function = _STAMP.format(
        name=name, key=table.key, columns=column_list(table.landed), old=column_list(table.landed, "OLD.")
    )
    return [
        function.strip(),
        f'CREATE TRIGGER "{name}_stamp" BEFORE INSERT OR UPDATE OR DELETE ON "{name}" '
        f"FOR EACH ROW EXECUTE FUNCTION {name}_stamp()",
        _ORDER.format(name=name, key=table.key).strip(),
        f'CREATE TRIGGER "{name}_order" AFTER INSERT ON "{name}" FOR EACH ROW EXECUTE FUNCTION {name}_order()',
        f'CREATE TRIGGER "{name}_no_truncate" BEFORE TRUNCATE ON "{name}" EXECUTE FUNCTION refuse_truncate()',
    ]
