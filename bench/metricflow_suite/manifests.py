"""MetricFlow's semantic manifests as frozen records: models, measures, dimensions, entities, metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.metricflow_suite.repository import MANIFESTS, documents

FOLDERS = {
    "SIMPLE_MODEL": "simple_manifest",
    "SIMPLE_MODEL_NON_DS": "non_sm_manifest",
    "UNPARTITIONED_MULTI_HOP_JOIN_MODEL": "multi_hop_join_manifest",
    "PARTITIONED_MULTI_HOP_JOIN_MODEL": "partitioned_multi_hop_join_manifest",
    "EXTENDED_DATE_MODEL": "extended_date_manifest",
    "SCD_MODEL": "scd_manifest",
}
CONNECTING = ("primary", "unique", "natural")


class NotExpressible(Exception):
    """The definitions or the question cannot say it; the text is the construct's name."""


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    model: str
    aggregate: str
    expression: str
    axis: str
    options: Mapping[str, Any]
    is_semi_additive: bool


@dataclass(frozen=True, slots=True)
class Dimension:
    name: str
    column: str
    is_time: bool
    grain: str
    is_partition: bool
    validity: str


@dataclass(frozen=True, slots=True)
class Entity:
    name: str
    kind: str
    column: str


@dataclass(frozen=True, slots=True)
class Model:
    name: str
    table: str
    primary_entity: str
    measures: Mapping[str, Measure]
    dimensions: Mapping[str, Dimension]
    entities: Mapping[str, Entity]

    @property
    def is_partitioned(self) -> bool:
        return any(one.is_partition for one in self.dimensions.values())

    @property
    def axes(self) -> tuple[str, ...]:
        """The dimensions along which its measures are added up, and for a model of none every day that it has."""
        found = dict.fromkeys(one.axis for one in self.measures.values())
        days = [one.name for one in self.dimensions.values() if one.is_time and not one.validity]
        return tuple(found) or tuple(days[:1])

    @property
    def keys(self) -> Mapping[str, Entity]:
        """The entities by which others are joined to it."""
        return {name: one for name, one in self.entities.items() if one.kind in CONNECTING}


@dataclass(frozen=True, slots=True)
class Manifest:
    models: Mapping[str, Model]
    metrics: Mapping[str, Mapping[str, Any]]
    saved: Mapping[str, Mapping[str, Any]]

    def measure(self, name: str) -> Measure:
        for model in self.models.values():
            if name in model.measures:
                return model.measures[name]
        raise NotExpressible(f"a measure that the manifest does not have ({name})")


def manifest(root: Path, model: str) -> Manifest:
    """The manifest of one of the suite's models, with the metrics that measures make by themselves."""
    models, metrics, saved = {}, {}, {}
    for _, document in documents(root / MANIFESTS / FOLDERS[model]):
        for kind, body in document.items():
            if kind == "semantic_model":
                models[body["name"]] = _model(body)
            elif kind == "metric":
                metrics[body["name"]] = body | {"type": body["type"].lower()}
            elif kind == "saved_query":
                saved[body["name"]] = body["query_params"]
            for measure in body.get("measures", ()) if kind == "semantic_model" else ():
                if measure.get("create_metric"):
                    made = {"name": measure["name"], "type": "simple", "type_params": {"measure": measure["name"]}}
                    metrics.setdefault(measure["name"], made)
    return Manifest(models, metrics, saved)


def _model(body: Mapping[str, Any]) -> Model:
    name, default = body["name"], body.get("defaults", {}).get("agg_time_dimension", "")
    entities = {
        one["name"]: Entity(one["name"], one["type"], one.get("expr", one["name"])) for one in body.get("entities", ())
    }
    primary = body.get("primary_entity") or next((one.name for one in entities.values() if one.kind == "primary"), "")
    return Model(
        name=name,
        table=body["node_relation"]["alias"],
        primary_entity=primary,
        measures={one["name"]: _measure(one, name, default) for one in body.get("measures", ())},
        dimensions={one["name"]: _dimension(one) for one in body.get("dimensions", ())},
        entities=entities,
    )


def _measure(body: Mapping[str, Any], model: str, default: str) -> Measure:
    return Measure(
        name=body["name"],
        model=model,
        aggregate=body["agg"].lower(),
        expression=str(body.get("expr", body["name"])),
        axis=body.get("agg_time_dimension", default),
        options=body.get("agg_params", {}),
        is_semi_additive="non_additive_dimension" in body,
    )


def _dimension(body: Mapping[str, Any]) -> Dimension:
    parameters = body.get("type_params", {})
    ends = parameters.get("validity_params", {})
    return Dimension(
        name=body["name"],
        column=body.get("expr", body["name"]),
        is_time=body["type"] == "time",
        grain=parameters.get("time_granularity", "day"),
        is_partition=bool(body.get("is_partition")),
        validity="from" if ends.get("is_start") else "to" if ends.get("is_end") else "",
    )
