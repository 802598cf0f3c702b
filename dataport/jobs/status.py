"""status: how fresh the published figures are, where they come from, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dataport.audit import look_trouble
from dataport.dictionary import extract_limit
from dataport.errors import ContractBroken, Damaged, DataportError, NoHome
from dataport.jobs.damage import Broken, find_damage
from dataport.jobs.links import link_state
from dataport.jobs.protected_state import ProtectedState, protected_state
from dataport.jobs.runs import GOOD, Run, past_runs
from dataport.jobs.sources import misplaced
from dataport.landing import Batch, Landing, Sighting
from dataport.settings import Settings
from dataport.state import State
from dataport.warehouse.grants import GrantsVersion, published_grants
from dataport.warehouse.versions import Published, folders, newest

# Kinds of runs that read sources: what changed, and everything.
_READING = (("refresh", "extract"), ("reconcile",))
_NO_OUTCOME = ("under way", "interrupted")
# How often a look is repeated where a job ended while it was taken.
_AGAIN = 3


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source: what has landed of it, up to when that is published, and when its permissions were last read.

    Attributes:
        every_version: whether it tells superseded versions too; otherwise history depends on how often it is read.
        held_by: what holds back changes that were made already, in words; nothing where nothing does.
        held_name: what that is called in `extract --past`.
        held_since: since when (UTC), and from when on that is an alarm.
        unseen: rows, by table, that came from another server and were not compared since.
    """

    source_id: str
    batches: int
    landed_watermark: datetime
    published_watermark: datetime | None
    every_version: bool
    grants_read_at: datetime | None = None
    held_by: str = ""
    held_name: str = ""
    held_since: datetime | None = None
    held_alarm_from: datetime | None = None
    unseen: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Damage:
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
        protected: which months of protected statistics are served and due; None where nobody builds any.
        notes: what may be meant and may be a mistake, such as a copied home that reads the store of the other.
        under_way: the run of a job that is at work now.
        broken: files of the home that are gone, cut or changed.
        state_version: of the file that holds what people made; None where nobody has made anything, or it is broken.
    """

    history_start: datetime | None
    watermark: datetime | None
    data_version: int | None
    last_refresh: datetime | None
    grants_read_at: datetime | None
    last_run: Run | None
    last_good_run: Run | None
    sources: tuple[SourceStatus, ...]
    damaged: tuple[Damage, ...]
    versions: tuple[Version, ...]
    figures_bytes: int
    records_bytes: int
    landing_bytes: int
    warehouse_bytes: int
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()
    under_way: Run | None = None
    broken: tuple[Broken, ...] = ()
    protected: ProtectedState | None = None
    state_version: int | None = None

    @property
    def is_current(self) -> bool:
        """Whether all is well: everything that has landed is published, lately, and the last run did not fail."""
        return not self.problems


def status(settings: Settings, *, deep: bool = False) -> Status:
    """Read the state of a home; an empty home has an empty state.

    What a job is at is no trouble while it is at work: what it will have done is not yet missing.

    Args:
        deep: read every file through and compare its checksum.
    """
    if not settings.home.is_dir():
        raise NoHome("There is no Dataport home at this place. Run `dataport register create` or give --home.")
    found, known = _seen(settings, deep)
    for _ in range(_AGAIN):  # a job that ended meanwhile was seen in part
        if [run.outcome for run in past_runs(settings.runs)] == known:
            break
        found, known = _seen(settings, deep)
    return found


def _seen(settings: Settings, deep: bool) -> tuple[Status, list[str]]:
    """The state of a home, and how the runs stood before it was looked at."""
    known = past_runs(settings.runs)
    at_work = next((run for run in reversed(known) if run.outcome == "under way"), None)
    broken = find_damage(settings, deep=deep, is_idle=at_work is None)
    batches, build, grants = _landed(settings), _published(settings), _grants(settings)
    sources = _sources(settings, build, batches, grants)
    protected = protected_state(settings, build)
    last = known[-1] if known else None
    good = next((run for run in reversed(known) if run.outcome in GOOD), None)
    found = Status(
        history_start=build.history_start if build else None,
        watermark=build.watermark if build else None,
        data_version=build.build_number if build else None,
        last_refresh=build.built_at if build else None,
        grants_read_at=grants.read_at if grants else None,
        last_run=last,
        last_good_run=good,
        sources=sources,
        damaged=tuple(Damage(*one) for one in build.damaged) if build else (),
        versions=_versions(settings.published),
        figures_bytes=size_of(build.figures) if build else 0,
        records_bytes=size_of(build.records) if build else 0,
        landing_bytes=size_of(settings.landing),
        warehouse_bytes=size_of(settings.warehouse),
        problems=(
            *(one.what for one in broken),
            *_problems(settings, build, sources, _Runs(known, last, good, at_work), bool(broken)),
            *_ungranted(settings, grants),
            *_stopped(known, last),
            *_unreported(known),
            *(protected.problems if protected and at_work is None else ()),
        ),
        notes=(*misplaced(settings), *_due(protected)),
        under_way=at_work,
        broken=broken,
        protected=protected,
        state_version=_state_version(settings),
    )
    return found, [run.outcome for run in known]


def _state_version(settings: Settings) -> int | None:
    try:
        return State(settings.state).version()
    except DataportError:
        return None  # which is among what is broken, or somebody writes it


@dataclass(frozen=True, slots=True)
class _Runs:
    """The runs that are written down: all, the last, the last good one, and the one that is at work."""

    known: tuple[Run, ...]
    last: Run | None
    good: Run | None
    at_work: Run | None


def _problems(
    settings: Settings, build: Published | None, sources: tuple[SourceStatus, ...], runs: _Runs, is_broken: bool
) -> Iterator[str]:
    if trouble := look_trouble(settings):
        yield trouble
    limit = timedelta(hours=settings.stale_after_hours)
    if runs.at_work and _now() - runs.at_work.started_at > limit:
        hours = (_now() - runs.at_work.started_at).total_seconds() / 3600
        yield f"A {runs.at_work.kind} has been at work for {hours:,.0f} hours: does it still go on?"
    elif runs.at_work:
        return
    if build is None:
        if not is_broken:
            yield "Nothing has been published yet: run `dataport refresh`."
    else:
        yield from _behind(settings, build, sources, runs.good)
        yield from _links(settings)
    yield from _held(sources)
    last = runs.last
    if last and last.outcome in ("failed", "interrupted"):
        yield f"The last run ({last.kind}) {'failed' if last.error else 'was interrupted'}. {last.error or ''}".strip()


def _held(sources: tuple[SourceStatus, ...]) -> Iterator[str]:
    """Changes that have been held back for longer than is usual, and rows whose changes no window brings."""
    for one in sources:
        if one.held_alarm_from and _now() >= one.held_alarm_from:
            yield (
                f"Changes of {one.source_id} have been held back since {one.held_since:%Y-%m-%d %H:%M} UTC by "
                f"{one.held_by}, and nothing later is answered. End it there; where it is abandoned, go on without it: "
                f"`dataport extract --source {one.source_id} --past {one.held_name} --reason …`."
            )
        if one.unseen:
            words = ", ".join(f"{rows:,} of {table}" for table, rows in one.unseen)
            yield (
                f"The store of {one.source_id} has rows with change numbers that it never gave ({words}), as after a "
                "table was restored from another server: run `dataport extract --reconcile`, which compares them."
            )


def _behind(settings: Settings, build: Published, sources: tuple[SourceStatus, ...], good: Run | None) -> Iterator[str]:
    for source in sources:
        if source.landed_watermark != source.published_watermark:
            yield f"Not everything that has landed of {source.source_id} is published: run `dataport build`."
    fresh = max(build.built_at, good.ended_at if good and good.ended_at else build.built_at)
    age = _now() - fresh
    if age > timedelta(hours=settings.stale_after_hours):
        hours = f"{age.total_seconds() / 3600:,.0f} hours old (limit {settings.stale_after_hours:g})"
        yield f"The last good refresh is {hours}: is the job running?"


def _ungranted(settings: Settings, grants: GrantsVersion | None) -> Iterator[str]:
    """Sources whose permissions are too old for anybody to be answered by them, or have never been read."""
    if grants is None:
        return
    limit = timedelta(hours=settings.grants_max_age_hours)
    for source_id, read_at in sorted(grants.read.items()):
        if _now() - read_at > limit:
            yield (
                f"Permissions of {source_id} were last read on {read_at:%Y-%m-%d %H:%M} UTC, more than "
                f"{settings.grants_max_age_hours:g} hours ago: nobody is answered by them. Run `dataport refresh`."
            )
    for source in settings.sources if grants.read else ():
        if source.source_id not in grants.read:
            yield f"Permissions of {source.source_id} were never read, so nobody sees its rows: run `dataport refresh`."


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


def _unreported(known: Sequence[Run]) -> Iterator[str]:
    """Reports that the last refresh could not make."""
    run = next((run for run in reversed(known) if run.kind == "refresh" and run.outcome in GOOD), None)
    yield from run.unreported if run else ()


def _due(protected: ProtectedState | None) -> Iterator[str]:
    """Months that a publication by itself has not protected: the refresh builds them, or says why it cannot."""
    if protected and protected.due:
        months = ", ".join(f"{day:%Y-%m}" for day in protected.due)
        yield f"Protected statistics of {months} are due: the next `dataport refresh` builds them."


def _landed(settings: Settings) -> tuple[Batch, ...]:
    try:
        return Landing(settings.landing).batches() if settings.landing.is_dir() else ()
    except Damaged:
        return ()


def _published(settings: Settings) -> Published | None:
    try:
        return newest(settings.published)
    except Damaged:
        return None


def _grants(settings: Settings) -> GrantsVersion | None:
    try:
        return published_grants(settings.grants)
    except (NoHome, Damaged):
        return None


def _sources(
    settings: Settings, build: Published | None, batches: tuple[Batch, ...], grants: GrantsVersion | None
) -> tuple[SourceStatus, ...]:
    shown = {source.source_id: source.watermark for source in build.sources} if build else {}
    read, landing = grants.read if grants else {}, Landing(settings.landing)
    found = []
    for source_id in sorted({batch.source_id for batch in batches}):
        own = [batch for batch in batches if batch.source_id == source_id]
        last = own[-1]
        found.append(
            SourceStatus(
                source_id,
                len(own),
                last.window.high_clock,
                shown.get(source_id),
                last.every_version,
                read.get(source_id),
                *_holding(landing.sightings(source_id)),
            )
        )
    return tuple(found)


def _holding(
    sightings: Sequence[Sighting],
) -> tuple[str, str, datetime | None, datetime | None, tuple[tuple[str, int], ...]]:
    """What held changes back when a store was looked at last, since when, and what was not compared."""
    if not sightings:
        return "", "", None, None, ()
    last = sightings[-1]
    compared = next((dict(one.strangers) for one in reversed(sightings) if one.is_compared), {})
    unseen = tuple((table, rows) for table, rows in last.strangers if rows > compared.get(table, 0))
    if last.held is None:
        return "", "", None, None, unseen
    since = last.held.since or last.seen_at
    for one in reversed(sightings):
        if one.held is None or one.held.numbers[0] != last.held.numbers[0]:
            break
        since = min(since, one.seen_at)
    alarm = since + timedelta(hours=extract_limit("held_hours"))
    return last.held.words, last.held.name, since, alarm, unseen


def size_of(path: Path, counted: set[tuple[int, int]] | None = None) -> int:
    """Bytes of a file, or of all files of a folder; what goes away meanwhile has none, what has two names counts once.

    Args:
        counted: what was counted before, which is not counted again.
    """
    total, seen = 0, set() if counted is None else counted
    for one in path.rglob("*") if path.is_dir() else (path,):
        with suppress(OSError):
            found = one.stat()
            if one.is_file() and (found.st_dev, found.st_ino) not in seen:
                seen.add((found.st_dev, found.st_ino))
                total += found.st_size
    return total


def _versions(root: Path) -> tuple[Version, ...]:
    """What each version adds to those before it."""
    counted: set[tuple[int, int]] = set()
    return tuple(Version(int(one.name), size_of(one, counted)) for one in folders(root))


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
