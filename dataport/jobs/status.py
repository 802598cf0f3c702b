"""status: how fresh the published figures are, where they come from, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dataport.audit import look_trouble
from dataport.errors import ContractBroken, NoHome
from dataport.jobs.links import link_state
from dataport.jobs.runs import GOOD, Run, past_runs
from dataport.jobs.sources import misplaced
from dataport.landing import Landing
from dataport.settings import Settings
from dataport.warehouse import Published, newest, published_grants

# Kinds of runs that read sources: what changed, and everything.
_READING = (("refresh", "extract"), ("reconcile",))
_NO_OUTCOME = ("under way", "interrupted")


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source: what has landed of it, and up to when that is published."""

    source_id: str
    batches: int
    landed_watermark: datetime
    published_watermark: datetime | None
    every_version: bool


@dataclass(frozen=True, slots=True)
class Damaged:
    """Records of one kind that have a value which the source keeps and nobody can read: unknown in the figures."""

    source_id: str
    table: str
    column: str
    records: int


@dataclass(frozen=True, slots=True)
class Version:
    """One published version that is still there; an older one serves who has it open, and a way back."""

    data_version: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a home.

    Attributes:
        history_start, watermark: the range of dates that can be answered; None before the first build.
        data_version: the published build's number.
        last_refresh: when it was built (UTC).
        grants_read_at: when permissions were last read (UTC).
        last_run, last_good_run: the newest run of a job, and the newest that left the published version up to date.
        sources: one by one.
        damaged: what of the published records could not be kept.
        versions: the published versions that are kept, oldest first.
        figures_bytes, records_bytes: sizes of the published files.
        landing_bytes, warehouse_bytes: sizes of what has landed, and of the job's working files.
        problems: what is wrong, in words; nothing if all is well.
        notes: what may be meant and may be a mistake, such as a copied home that reads the store of the other.
    """

    history_start: datetime | None
    watermark: datetime | None
    data_version: int | None
    last_refresh: datetime | None
    grants_read_at: datetime | None
    last_run: Run | None
    last_good_run: Run | None
    sources: tuple[SourceStatus, ...]
    damaged: tuple[Damaged, ...]
    versions: tuple[Version, ...]
    figures_bytes: int
    records_bytes: int
    landing_bytes: int
    warehouse_bytes: int
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """Whether all is well: everything that has landed is published, lately, and the last run did not fail."""
        return not self.problems


def status(settings: Settings) -> Status:
    """Read the state of a home; an empty home has an empty state."""
    if not settings.home.is_dir():
        raise NoHome("There is no Dataport home at this place. Run `dataport register create` or give --home.")
    build, known = newest(settings.published), past_runs(settings.runs)
    sources = _sources(settings, build)
    last = known[-1] if known else None
    good = next((run for run in reversed(known) if run.outcome in GOOD), None)
    return Status(
        history_start=build.history_start if build else None,
        watermark=build.watermark if build else None,
        data_version=build.build_number if build else None,
        last_refresh=build.built_at if build else None,
        grants_read_at=_grants_read_at(settings),
        last_run=last,
        last_good_run=good,
        sources=sources,
        damaged=tuple(Damaged(*one) for one in build.damaged) if build else (),
        versions=tuple(
            Version(int(folder.name), _size(folder)) for folder in sorted(settings.published.glob("[0-9]*"))
        ),
        figures_bytes=build.figures.stat().st_size if build else 0,
        records_bytes=build.records.stat().st_size if build else 0,
        landing_bytes=_size(settings.landing),
        warehouse_bytes=_size(settings.warehouse),
        problems=(*_problems(settings, build, sources, last, good), *_stopped(known, last)),
        notes=tuple(misplaced(settings)),
    )


def _problems(
    settings: Settings, build: Published | None, sources: tuple[SourceStatus, ...], last: Run | None, good: Run | None
) -> Iterator[str]:
    if trouble := look_trouble(settings):
        yield trouble
    if build is None:
        yield "Nothing has been published yet: run `dataport refresh`."
    else:
        yield from _behind(settings, build, sources, good)
        yield from _links(settings)
    if last and last.outcome in ("failed", "interrupted"):
        yield f"The last run ({last.kind}) {'failed' if last.error else 'was interrupted'}. {last.error or ''}".strip()


def _behind(settings: Settings, build: Published, sources: tuple[SourceStatus, ...], good: Run | None) -> Iterator[str]:
    for source in sources:
        if source.landed_watermark != source.published_watermark:
            yield f"Not everything that has landed of {source.source_id} is published: run `dataport build`."
    fresh = max(build.built_at, good.ended_at if good and good.ended_at else build.built_at)
    age = datetime.now(UTC).replace(tzinfo=None) - fresh
    if age > timedelta(hours=settings.stale_after_hours):
        hours = f"{age.total_seconds() / 3600:,.0f} hours old (limit {settings.stale_after_hours:g})"
        yield f"The last good refresh is {hours}: is the job running?"


def _links(settings: Settings) -> Iterator[str]:
    if not settings.links.exists():
        return
    try:
        state = link_state(settings)
    except ContractBroken as problem:
        yield str(problem)
        return
    if state.problems:
        yield f"{len(state.problems)} confirmed links join nobody: `dataport links check` says why."
    if not state.is_published:
        yield "The confirmed links were changed since the published build: run `dataport refresh`."


def _stopped(known: Sequence[Run], last: Run | None) -> Iterator[str]:
    """Sources that stopped, until a run of the same kind has read them: what waits for a word is not forgotten."""
    for kinds in _READING:
        run = next((run for run in reversed(known) if run.kind in kinds and run.outcome not in _NO_OUTCOME), None)
        for source_id, reason in run.stopped if run else ():
            if last is None or reason != last.error:
                yield f"The source {source_id} was not read on {run.started_at:%Y-%m-%d %H:%M} UTC. {reason}"


def _grants_read_at(settings: Settings) -> datetime | None:
    try:
        return published_grants(settings.grants).read_at
    except NoHome:
        return None


def _sources(settings: Settings, build: Published | None) -> tuple[SourceStatus, ...]:
    shown = {source.source_id: source.watermark for source in build.sources} if build else {}
    batches = Landing(settings.landing).batches() if settings.landing.is_dir() else ()
    found = []
    for source_id in sorted({batch.source_id for batch in batches}):
        own = [batch for batch in batches if batch.source_id == source_id]
        last = own[-1]
        found.append(
            SourceStatus(source_id, len(own), last.window.high_clock, shown.get(source_id), last.every_version)
        )
    return tuple(found)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
