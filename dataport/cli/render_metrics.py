"""The state of a home as Prometheus text: numbers and names of sources and tables, nobody's name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeAlias

from dataport.jobs.runs import Run
from dataport.jobs.status import Status
from dataport.texts import on_one_line

Labels: TypeAlias = dict[str, str]
Samples: TypeAlias = Iterable[tuple[Labels, float | None]]


def metrics(found: Status) -> str:
    """Every metric with its help and type; one of which nothing is known is left out."""
    return "".join(line for name, text, samples in _all(found) for line in _lines(name, text, samples))


def _all(found: Status) -> Iterator[tuple[str, str, Samples]]:
    yield "problems", "What is wrong, by number; `dataport status` says it in words.", [({}, len(found.problems))]
    yield "current", "1 if all that has landed is published, lately, and nothing is wrong.", [({}, found.is_current)]
    yield "broken_parts", "Files of the home that are gone or damaged.", [({}, len(found.broken))]
    yield "job_under_way", "1 while a job is at work.", [({}, found.under_way is not None)]
    yield "data_version", "The published build.", [({}, found.data_version)]
    for name, text, moment in (
        ("history_start", "The first day that can be answered.", found.history_start),
        ("watermark", "Up to when something is known.", found.watermark),
        ("last_refresh", "When the published build was made.", found.last_refresh),
        ("grants_read", "When permissions were last read.", found.grants_read_at),
    ):
        yield f"{name}_timestamp_seconds", text, [({}, _seconds(moment))]
    yield from _runs(found)
    yield from _sources(found)
    sizes = {name.removesuffix("_bytes"): getattr(found, name) for name in _SIZES}
    yield "size_bytes", "What is on the disk.", [({"of": name}, size) for name, size in sizes.items()]
    if found.protected:
        newest = max(found.protected.served, default=None)
        at = datetime.combine(newest, datetime.min.time(), UTC) if newest else None
        text = "The day of the newest protected statistics that are served."
        yield "protected_month_timestamp_seconds", text, [({}, at.timestamp() if at else None)]
        yield "protected_months_due", "Months of protected statistics to be built.", [({}, len(found.protected.due))]
    yield "versions_kept", "Published versions that are still there.", [({}, len(found.versions))]


_SIZES = ("figures_bytes", "records_bytes", "landing_bytes", "warehouse_bytes")


def _runs(found: Status) -> Iterator[tuple[str, str, Samples]]:
    for name, run in (("last_run", found.last_run), ("last_good_run", found.last_good_run)):
        words = name.replace("_", " ")
        labels = {"kind": run.kind, "outcome": run.outcome} if run else {}
        yield (
            f"{name}_timestamp_seconds",
            f"When the {words} began.",
            [(labels, _seconds(run.started_at if run else None))],
        )
        yield f"{name}_duration_seconds", f"How long the {words} took.", [(labels, _took(run))]


def _sources(found: Status) -> Iterator[tuple[str, str, Samples]]:
    named = [({"source": one.source_id}, one) for one in found.sources]
    yield "source_batches", "Batches that have landed.", [(labels, one.batches) for labels, one in named]
    yield (
        "source_landed_watermark_timestamp_seconds",
        "Up to when a source has landed.",
        [(labels, _seconds(one.landed_watermark)) for labels, one in named],
    )
    yield (
        "source_published_watermark_timestamp_seconds",
        "Up to when a source is published.",
        [(labels, _seconds(one.published_watermark)) for labels, one in named],
    )
    yield (
        "damaged_records",
        "Records with a value that nobody can read.",
        [({"source": one.source_id, "table": one.table, "column": one.column}, one.records) for one in found.damaged],
    )


def _lines(name: str, text: str, samples: Samples) -> Iterator[str]:
    known = [(labels, value) for labels, value in samples if value is not None]
    if not known:
        return
    yield f"# HELP dataport_{name} {text}\n# TYPE dataport_{name} gauge\n"
    for labels, value in known:
        said = ",".join(f'{key}="{_label(one)}"' for key, one in labels.items())
        yield f"dataport_{name}{f'{{{said}}}' if said else ''} {_number(value)}\n"


def _label(text: str) -> str:
    return on_one_line(text, longest=200).replace("\\", "\\\\").replace('"', '\\"')


def _number(value: float) -> str:
    return repr(float(value)) if isinstance(value, float) and not value.is_integer() else str(int(value))


def _seconds(moment: datetime | None) -> float | None:
    return moment.replace(tzinfo=UTC).timestamp() if moment else None


def _took(run: Run | None) -> float | None:
    return (run.ended_at - run.started_at).total_seconds() if run and run.ended_at else None
