"""The suite's SQL and filters with their Jinja carried out: the helpers that its test runner gives them, for DuckDB."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import jinja2

from bench.metricflow_suite.manifests import NotExpressible

DAY, INSTANT = "%Y-%m-%d", "%Y-%m-%d %H:%M:%S"


class _Names:
    """`TimeGranularity.DAY` and `DatePart.YEAR` in a template: their names."""

    def __getattr__(self, name: str) -> str:
        return name.lower()


def as_timestamp(expression: str) -> str:
    return f"CAST({expression} AS TIMESTAMP)"


def cast_to_ts(text: str) -> str:
    return as_timestamp(f"'{text}'")


def render_time_constraint(expression: str, start_time: str | None = None, stop_time: str | None = None) -> str:
    """From the first instant up to, and not including, the one after the last."""
    parts = [f"{as_timestamp(expression)} >= {cast_to_ts(start_time)}"] if start_time else []
    if stop_time:
        form, step = (DAY, timedelta(days=1)) if len(stop_time) == 10 else (INSTANT, timedelta(seconds=1))
        after = (datetime.strptime(stop_time, form) + step).strftime(form)
        parts.append(f"{as_timestamp(expression)} < {cast_to_ts(after)}")
    return " AND ".join(parts)


def _interval(count: int | str, grain: str) -> str:
    return f"INTERVAL (3 * {count}) month" if grain == "quarter" else f"INTERVAL ({count}) {grain}"


def render_date_sub(table_alias: str, column_alias: str, count: int, granularity: str) -> str:
    return f"{table_alias}.{column_alias} - {_interval(count, granularity)}"


def render_date_add(date_column: str, count_column: str, granularity: str) -> str:
    return f"{date_column} + {_interval(count_column, granularity)}"


def render_date_trunc(expression: str, granularity: str) -> str:
    return f"DATE_TRUNC('{granularity}', {as_timestamp(expression)})"


def render_extract(expression: str, date_part: str) -> str:
    part = {"dow": "isodow"}.get(date_part, date_part)
    return f"EXTRACT({part} FROM {as_timestamp(expression)})"


def render_percentile_expr(
    expression: str, percentile: float, use_discrete_percentile: bool, use_approximate_percentile: bool
) -> str:
    if use_approximate_percentile and use_discrete_percentile:
        raise NotExpressible("an approximate discrete quantile (MetricFlow skips it on DuckDB)")
    if use_approximate_percentile:
        return f"approx_quantile({expression}, {percentile})"
    function = "PERCENTILE_DISC" if use_discrete_percentile else "PERCENTILE_CONT"
    return f"{function}({percentile}) WITHIN GROUP (ORDER BY ({expression}))"


def _as_dimension(dimension_name: str, entity_path: Sequence[str] = ()) -> str:
    return f"{{{{ Dimension('{dimension_name}', entity_path={tuple(entity_path)!r}) }}}}"


def _as_time_dimension(
    time_dimension_name: str, time_granularity: str | None = None, entity_path: Sequence[str] = ()
) -> str:
    return f"{{{{ TimeDimension('{time_dimension_name}', {time_granularity!r}, entity_path={tuple(entity_path)!r}) }}}}"


def _as_entity(entity_name: str, entity_path: Sequence[str] = ()) -> str:
    return f"{{{{ Entity('{entity_name}', entity_path={tuple(entity_path)!r}) }}}}"


def _as_metric(metric_name: str, group_by: Sequence[str] = ()) -> str:
    return f"{{{{ Metric('{metric_name}', group_by={list(group_by)!r}) }}}}"


HELPERS: dict[str, Any] = {
    "source_schema": "main",
    "mf_time_spine_source": "main.mf_time_spine",
    "double_data_type_name": "DOUBLE",
    "TimeGranularity": _Names(),
    "DatePart": _Names(),
    "render_time_constraint": render_time_constraint,
    "render_date_sub": render_date_sub,
    "render_date_add": render_date_add,
    "render_date_trunc": render_date_trunc,
    "render_extract": render_extract,
    "render_percentile_expr": render_percentile_expr,
    "generate_random_uuid": lambda: "GEN_RANDOM_UUID()",
    "cast_to_ts": cast_to_ts,
    "render_dimension_template": _as_dimension,
    "render_time_dimension_template": _as_time_dimension,
    "render_entity_template": _as_entity,
    "render_metric_template": _as_metric,
}


def _named(name: str, *_: object, entity_path: Sequence[str] = (), **__: object) -> str:
    return '"' + "__".join((*entity_path, name)) + '"'


def _named_time(name: str, grain: str | None = None, entity_path: Sequence[str] = ()) -> str:
    return _named(f"{name}__{grain}" if grain else name, entity_path=entity_path)


def _metric(name: str, *_: object, **__: object) -> str:
    raise NotExpressible("a filter on a metric of each member")


_OBJECTS = {"Dimension": _named, "Entity": _named, "TimeDimension": _named_time, "Metric": _metric}


def rendered(template: str) -> str:
    """A check query or a filter of a case, with the test runner's helpers."""
    return jinja2.Template(template, undefined=jinja2.StrictUndefined).render(HELPERS)


def filter_sql(template: str, in_case: bool) -> str:
    """A filter as SQL over names in double quotes; that of a case has its helpers carried out first."""
    text = rendered(template) if in_case else template
    return jinja2.Template(text, undefined=jinja2.StrictUndefined).render(_OBJECTS)
