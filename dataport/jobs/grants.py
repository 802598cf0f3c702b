"""grants: the permissions of every source, read and published. It is all that a question wants of the road in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dataport.errors import Damaged, NoHome
from dataport.extract import extract_grants
from dataport.jobs.sources import Stopped, read_each
from dataport.landing import Landing
from dataport.settings import Settings
from dataport.warehouse.granting import publish_grants
from dataport.warehouse.grants import GrantsVersion, published_grants

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Granted:
    """What one reading of permissions did: what it published, and the sources that were not read."""

    version: GrantsVersion
    stopped: tuple[Stopped, ...] = ()


def refresh_grants(settings: Settings, progress: Progress, only: Callable[[str], bool] = lambda _: True) -> Granted:
    """Read the permissions of every source and publish them; those of one that stops stay, as old as they are.

    Args:
        only: which sources are read, by their id.

    Raises:
        DataportError: no source at all could be read, and none has been before.
    """
    landing = Landing(settings.landing)
    read = read_each(settings, lambda source: extract_grants(source, landing, progress), only)
    if read.problem and not read.done:
        try:
            return Granted(published_grants(settings.grants), read.stopped)
        except (NoHome, Damaged):
            raise read.problem from None
    grants = publish_landed_grants(settings)
    progress(f"permissions: version {grants.version}")
    return Granted(grants, read.stopped)


def publish_landed_grants(settings: Settings) -> GrantsVersion:
    """Publish the permissions of each source as they were read last."""
    confirmed = {one.login: one.sources for one in settings.confirmed_logins}
    configured = [source.source_id for source in settings.sources]
    return publish_grants(settings.landing, settings.grants, confirmed, configured)
