"""status: how fresh the published figures are, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dataport.errors import NoHome
from dataport.landing import Landing
from dataport.settings import Settings
from dataport.warehouse import Published, newest, published_grants


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source: what has landed of it, and up to when that is published."""

    source_id: str
    batches: int
    landed_watermark: datetime
    published_watermark: datetime | None
    every_version: bool


@dataclass(frozen=True, slots=True)
class Status:
    """The state of a home.

    Attributes:
        history_start, watermark: the range of dates that can be answered; None before the first build.
        data_version: the published build's number.
        last_refresh: when it was built (UTC).
        grants_read_at: when permissions were last read (UTC).
        sources: one by one.
        figures_bytes, records_bytes: sizes of the published files.
    """

    history_start: datetime | None
    watermark: datetime | None
    data_version: int | None
    last_refresh: datetime | None
    grants_read_at: datetime | None
    sources: tuple[SourceStatus, ...]
    figures_bytes: int
    records_bytes: int

    @property
    def is_current(self) -> bool:
        """Whether everything that has landed is published."""
        return self.data_version is not None and all(
            source.landed_watermark == source.published_watermark for source in self.sources
        )


def status(settings: Settings) -> Status:
    """Read the state of a home; an empty home has an empty state."""
    if not settings.home.is_dir():
        raise NoHome("There is no Dataport home at this place. Run `dataport register create` or give --home.")
    build = newest(settings.published)
    return Status(
        history_start=build.history_start if build else None,
        watermark=build.watermark if build else None,
        data_version=build.build_number if build else None,
        last_refresh=build.built_at if build else None,
        grants_read_at=_grants_read_at(settings),
        sources=_sources(settings, build),
        figures_bytes=build.figures.stat().st_size if build else 0,
        records_bytes=build.records.stat().st_size if build else 0,
    )


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
