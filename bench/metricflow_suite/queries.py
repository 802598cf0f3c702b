"""The suite's cases as frozen records, saved queries filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench.metricflow_suite.manifests import Manifest, NotExpressible
from bench.metricflow_suite.repository import CASES, documents

_OBJECT = re.compile(r"(?P<kind>\w+)\('(?P<name>\w+)'(?:, *'(?P<grain>\w+)')?\)(?P<desc>\.descending\(True\))?")


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A case as it is written."""

    file: str
    name: str
    model: str
    body: Mapping[str, Any]

    @property
    def check_query(self) -> str:
        return str(self.body["check_query"])


@dataclass(frozen=True, slots=True)
class Query:
    """What a case asks for."""

    metrics: tuple[str, ...]
    group_bys: tuple[str, ...]
    filters: tuple[str, ...]
    order_bys: tuple[str, ...]
    limit: int | None
    time_constraint: tuple[date, date] | None
    in_order: bool


def cases(root: Path) -> tuple[Case, ...]:
    """Every case of the suite."""
    found = [(path, one["integration_test"]) for path, one in documents(root / CASES)]
    return tuple(Case(path.stem, one["name"], one["model"], one) for path, one in found)


def query(case: Case, manifest: Manifest) -> Query:
    """What a case asks for, or NotExpressible if its answer is no table of members and numbers."""
    body = case.body
    if body.get("min_max_only"):
        raise NotExpressible("the first and the last member only")
    if body.get("apply_group_by") is False:
        raise NotExpressible("members as often as rows have them")
    saved = manifest.saved.get(body.get("saved_query_name", ""), {})
    objects = [_typed(one) for one in body.get("group_by_objs", ())]
    filters = [*saved.get("where", ()), *([body["where_filter"]] if body.get("where_filter") else [])]
    return Query(
        metrics=tuple(body.get("metrics") or saved.get("metrics") or ()),
        group_bys=(*body.get("group_bys", ()), *objects, *(_named(one) for one in saved.get("group_by", ()))),
        filters=tuple(filters),
        order_bys=tuple(body.get("order_bys") or [_named(one) for one in saved.get("order_by", ())]),
        limit=body.get("limit") or saved.get("limit"),
        time_constraint=_days(body["time_constraint"]) if body.get("time_constraint") else None,
        in_order=bool(body.get("check_order")),
    )


def _typed(one: Mapping[str, str]) -> str:
    part = f"extract_{one['date_part']}" if "date_part" in one else one.get("grain")
    return f"{one['name']}__{part}" if part else one["name"]


def _named(text: str) -> str:
    """``TimeDimension('metric_time', 'day').descending(True)`` as a name."""
    found = _OBJECT.fullmatch(text)
    if not found:
        raise NotExpressible(f"an object of a saved query ({text})")
    name = f"{found['name']}__{found['grain']}" if found["grain"] else found["name"]
    return f"-{name}" if found["desc"] else name


def _days(constraint: list[str]) -> tuple[date, date]:
    if any(len(one) > 10 for one in constraint):
        raise NotExpressible("a time within the day")
    first, last = (date.fromisoformat(one) for one in constraint)
    return first, last
