"""Permissions that are read again before a question, where that is cheap and due."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from importlib import import_module

from dataport.errors import Damaged, DataportError, NoHome
from dataport.kinds import ADAPTERS
from dataport.settings import Settings
from dataport.warehouse.grants import published_grants


def freshen_grants(settings: Settings) -> None:
    """Read permissions again where that is cheap and due: those of an embedded store, before they are too old."""
    embedded = [source.source_id for source in settings.sources if ADAPTERS[source.kind][2]]
    if not embedded:
        return
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        read = published_grants(settings.grants).read
    except (NoHome, Damaged):
        return
    half = timedelta(hours=settings.grants_max_age_hours) / 2
    due = {source for source in embedded if source not in read or now - read[source] > half}
    if due:
        # Few questions need it, and it brings the readers of sources along.
        road_in = import_module("dataport.jobs.grants")
        # If they cannot be read now, the guard decides whether the old ones may still be trusted.
        with suppress(DataportError):
            road_in.refresh_grants(settings, lambda _: None, due.__contains__)
