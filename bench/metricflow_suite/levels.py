"""The facts, dimensions and levels of a manifest, in the words of Dataport's definitions; levels as they are asked for.

A fact is a model along one of its axes: a measure with a date of its own is on a fact of its own over the same table,
so that ``metric_time`` is one level that stands on each fact by its axis.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.metricflow_suite.manifests import Manifest, Model, NotExpressible
from bench.metricflow_suite.tables import CALENDAR, CALENDAR_DATES, CALENDAR_PARTS, KEY, SCOPE, Tables

GRAINS = ("day", "week", "month", "quarter", "year")
WITHIN_DAY = ("nanosecond", "microsecond", "millisecond", "second", "minute", "hour")
# What the suite's calendar, which is a table, says of each day: a level of that table, reached by the day.
OF_CALENDAR = ("alien_day", *CALENDAR_DATES, *CALENDAR_PARTS)
METRIC_TIME, SPINE = "metric_time", "time_spine"
ENTITY = "row"


@dataclass(frozen=True, slots=True)
class Named:
    """A name of MetricFlow taken apart: ``listing__ds__month``."""

    path: tuple[str, ...]
    last: str
    grain: str | None

    @classmethod
    def of(cls, name: str) -> Named:
        *path, last = name.split("__")
        if path and last in (*GRAINS, *WITHIN_DAY, *OF_CALENDAR):
            return cls(tuple(path[:-1]), path[-1], last)
        return cls(tuple(path), last, None)

    @property
    def whole(self) -> str:
        return "__".join((*self.path, self.last))


@dataclass(slots=True)
class Levels:
    """What definitions say of one manifest's rows. ``used`` grows with each level that is asked for."""

    manifest: Manifest
    tables: Tables
    is_stated: bool
    used: dict[str, dict[str, Any]] = field(default_factory=dict)
    changing: set[str] = field(default_factory=set)

    def facts(self) -> dict[str, dict[str, Any]]:
        found = {}
        for name, (model, axis) in self._axes().items():
            column = model.dimensions[axis].column
            found[name] = self._fact(model.name, model.table, {axis: column})
        return found | {SPINE: self._fact("every day", CALENDAR, {"ds": "ds"})}

    def _fact(self, label: str, table: str, axes: Mapping[str, str]) -> dict[str, Any]:
        return {"label": label, "table": table, "entity": ENTITY, "unit": KEY, "scope": SCOPE, "axes": dict(axes)}

    def _axes(self) -> dict[str, tuple[Model, str]]:
        return {self.fact(one, axis): (one, axis) for one in self.manifest.models.values() for axis in one.axes}

    def fact(self, model: Model, axis: str) -> str:
        return model.name if axis == model.axes[0] else f"{model.name}__{axis}"

    def dimensions(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for model in self.manifest.models.values():
            ends = {one.validity: one.column for one in model.dimensions.values() if one.validity}
            for entity in model.keys.values():
                described = {"table": model.table, "key": entity.column, "public": True, "reason": "a suite of tests"}
                found[_dimension(model, entity.name)] = described | ({"validity": ends} if ends else {})
        spine = {"table": CALENDAR, "key": "ds", "public": True, "reason": "a calendar"}
        return found | {CALENDAR: spine}

    def metric_time(self) -> str:
        on = {name: model.dimensions[axis].column for name, (model, axis) in self._axes().items()}
        return self._add(METRIC_TIME, "date", {"on": on | {SPINE: "ds"}})

    def column(self, model: Model, column: str) -> str:
        """A level for a column that a definition filters by."""
        return self._on(f"{model.name}__{column}__column", model, column)

    def level(self, named: Named, models: Iterable[str]) -> str:
        """The level of a name, for measures of some models; NotExpressible where there is none."""
        counted = [self.manifest.models[name] for name in models]
        found = self.metric_time() if named.whole == METRIC_TIME else self._level(named.path, named.last, counted)
        if named.grain in OF_CALENDAR:
            via = {"base": found, "dimension": CALENDAR, "column": named.grain}
            return self._add(f"{found}__{named.grain}", self.tables.level_type(CALENDAR, named.grain), {"via": via})
        return found

    def own(self, named: Named, model: Model) -> str | None:
        """The level of a name on a model's own rows, without any join; None if it is another model's."""
        if not named.path:
            return self._entity(named.last, [model]) if named.last in model.entities else None
        if len(named.path) > 1 or named.path[0] not in (model.primary_entity, *model.keys):
            return None
        column = _column(model, named.last)
        if column is None:
            return None
        is_only_own = named.path[0] not in model.entities
        return self._on(named.whole + ("" if is_only_own else "__own"), model, column)

    def _level(self, path: tuple[str, ...], last: str, counted: list[Model]) -> str:
        if not path:
            return self._entity(last, counted)
        if len(counted) == 1 and (own := self.own(Named(path, last, None), counted[0])):
            return own
        owner = self._owner(path[-1], last)
        joined = [*counted, *(self._owner(*step) for step in itertools.pairwise(path)), owner]
        if owner.is_partitioned and sum(one.is_partitioned for one in joined) > 1:
            raise NotExpressible("a join by a partition beside the key")
        base = self._level(path[:-1], path[-1], counted)
        dimension = _dimension(owner, path[-1])
        column = _column(owner, last) or ""
        via = {"base": base, "dimension": dimension, "column": column}
        name = self._add("__".join((*path, last)), self.tables.level_type(owner.table, column), {"via": via})
        if base in self.changing or any(one.validity for one in owner.dimensions.values()):
            self.changing.add(name)
        return name

    def _owner(self, key: str, last: str) -> Model:
        found = [one for one in self.manifest.models.values() if key in one.keys and _column(one, last)]
        if not found:
            raise NotExpressible("a name that only MetricFlow's search for a path finds")
        return found[0]

    def _entity(self, name: str, counted: list[Model]) -> str:
        if any(name not in one.entities for one in counted):
            raise NotExpressible("a key that the rows do not have, reached by MetricFlow's own search for a path")
        on, kinds = {}, set()
        for fact, (model, _) in self._axes().items():
            if name in model.entities:
                on[fact] = model.entities[name].column
                kinds.add(self.tables.level_type(model.table, on[fact]))
        return self._add(name, kinds.pop(), {"on": on})

    def _on(self, name: str, model: Model, column: str) -> str:
        facts = [fact for fact, (other, _) in self._axes().items() if other.name == model.name]
        if not facts:
            raise NotExpressible("rows of a table that has no date")
        return self._add(name, self.tables.level_type(model.table, column), {"on": dict.fromkeys(facts, column)})

    def _add(self, name: str, kind: str, body: Mapping[str, Any]) -> str:
        stated = {"type": kind} if self.is_stated else {}
        self.used[name] = {"label": name, "tier": "T0", **stated, **body}
        return name

    def type_of(self, level: str) -> str:
        """The type of a level's column, whether stated or not."""
        body = self.used[level]
        if "via" in body:
            table = self.dimensions()[body["via"]["dimension"]]["table"]
            return self.tables.level_type(table, body["via"]["column"])
        fact, column = next(iter(body["on"].items()))
        return self.tables.level_type(self.facts()[fact]["table"], column)


def _dimension(model: Model, key: str) -> str:
    return f"{model.name}__by_{key}"


def _column(model: Model, name: str) -> str | None:
    """The column of a dimension or an entity."""
    if name in model.dimensions:
        return model.dimensions[name].column
    return model.entities[name].column if name in model.entities else None
