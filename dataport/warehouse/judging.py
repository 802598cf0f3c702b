"""What the build judges records by, as rows that dbt reads: checks, the instants of the calendar, mandatory fields."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple

import duckdb

from dataport.checks import CHECKS, Check, load_checks
from dataport.checks.fields import fields_of
from dataport.checks.sql import clocks, judgements
from dataport.dictionary import read_seed
from dataport.errors import ContractBroken

PARTS = ("global", "own", "socio_economic")


def hand_over_checks(core: duckdb.DuckDBPyConnection) -> None:
    """Write the checks into tables of `core`, for the models to read.

    Raises:
        BadDefinition: a check says what cannot be, with file and line.
        ContractBroken: the seed of mandatory fields does.
    """
    checks = load_checks(CHECKS)
    core.execute(
        "create or replace table main.run_check (check_number integer, check_name varchar, kpi varchar, "
        "entity varchar, label varchar, says varchar, dimension varchar, severity varchar, ease integer, "
        "version integer, word integer, mask bigint, failed varchar, known varchar)"
    )
    rows = [(number, *_told(one.check), one.word, one.mask, one.failed, one.known) for number, one in
            enumerate(judgements(checks))]  # fmt: skip
    core.executemany(f"insert into main.run_check values ({', '.join('?' * 14)})", rows)
    core.execute(
        "create or replace table main.run_clock (entity varchar, field varchar, moment varchar, months integer)"
    )
    core.executemany("insert into main.run_clock values (?, ?, ?, ?)", list(map(astuple, clocks(checks))))
    core.execute(
        "create or replace table main.run_mandatory (part varchar, is_asked varchar, is_filled varchar, weight integer)"
    )
    core.executemany("insert into main.run_mandatory values (?, ?, ?, ?)", list(_mandatory()))
    core.execute("create or replace table main.run_phone (country_code varchar, pattern varchar)")
    plans = [(row["country_code"], row["pattern"]) for row in read_seed("phone_pattern")]
    core.executemany("insert into main.run_phone values (?, ?)", plans)


def _told(one: Check) -> tuple[object, ...]:
    """What a reader of the figures is told of a check."""
    return (one.name, one.kpi, one.entity, one.label, one.says, one.dimension, one.severity, one.ease, one.version)


def _mandatory() -> Iterator[tuple[str, str, str, int]]:
    """The fields that a record must have: the part, when it is asked for, when it is filled, the weight."""
    known = fields_of("individual")
    operations = {row["operation_code"] for row in read_seed("operation")}
    for line, row in enumerate(read_seed("mandatory_field"), start=2):
        where = f"seeds/mandatory_field.csv:{line}"
        if unknown := next((name for name in row["fields"].split() if name not in known), None):
            raise ContractBroken(f"{where}: there is no field called {unknown!r}. Mend the seed.")
        if row["part"] not in PARTS or not row["weight"].isdigit():
            raise ContractBroken(f"{where}: a part is one of {', '.join(PARTS)}, and a weight a whole number.")
        if row["operation_code"] and row["operation_code"] not in operations:
            raise ContractBroken(f"{where}: there is no operation {row['operation_code']!r}. Mend the seed.")
        asked = f"coalesce(operation_code = '{row['operation_code']}', false)" if row["operation_code"] else "true"
        filled = (
            f"coalesce({name}, false)" if known[name].type == "boolean" else f"{name} is not null"
            for name in row["fields"].split()
        )
        yield row["part"], asked, " and ".join(filled), int(row["weight"])
