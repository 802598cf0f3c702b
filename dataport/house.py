"""House: the published files of one home folder as the doors need them, opened when they are first asked for.

The one place that chooses an engine. A home on another one, and a file of one's own, are opened here too.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import pyarrow as pa

from dataport.access import Account, Grants, ScopedQuestion, Viewer
from dataport.audit import AuditLog, Look, open_log
from dataport.disclosure import SafeTable
from dataport.disclosure.protected.served import SIGNING, derived, fingerprint, opened, read_series
from dataport.disclosure.statistics import ServedStatistics
from dataport.engine import Figures
from dataport.engine.records import Records
from dataport.engines.duckdb import (
    accounts,
    all_grants,
    grants,
    own_file,
    published_figures,
    published_records,
    roles,
    shared_logins,
    unknown_permissions,
)
from dataport.engines.duckdb.cube_rows import active_persons, all_units, exact_scopes
from dataport.kept import KEPT_AS, Kept, key_of
from dataport.keyring import open_keys
from dataport.semantic import Catalog, Horizon
from dataport.semantic.horizons import Horizons
from dataport.semantic.kpi import JudgedBy
from dataport.semantic.offices import Offices
from dataport.semantic.record import RecordModels
from dataport.settings import Settings
from dataport.turn import release
from dataport.warehouse.grants import GrantsVersion, published_grants
from dataport.warehouse.versions import Published, published, version_of

__all__ = ["House", "own_file"]


_MOST_ACCOUNTS = 10_000


class _Open:
    """What was opened: files by version, the newest and older ones for as long as somebody reads them; and grants.

    A published version of the grants never changes, so an account's are read once; those of an older one are dropped.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._figures: WeakValueDictionary[int, Figures] = WeakValueDictionary()
        self._records: WeakValueDictionary[int, Records] = WeakValueDictionary()
        self._newest: dict[str, Figures | Records] = {}
        self._granted: tuple[GrantsVersion | None, dict[str, Grants]] = (None, {})

    def figures(self, current: Published) -> Figures:
        with self._lock:
            found = self._figures.get(current.build_number)
            if found is None:
                sources = {one.source_id: Horizon(one.history_start, one.watermark) for one in current.sources}
                has_links = current.links.registrations > 0
                rows, number = current.figure_rows, current.build_number
                found = published_figures(current.figures, number, sources, rows, has_links=has_links)
                self._figures[current.build_number] = found
            self._hold("figures", found)
            return found

    def records(self, current: Published, models: RecordModels) -> Records:
        with self._lock:
            found = self._records.get(current.build_number)
            if found is None:
                found = published_records(current.records, current.build_number, models)
                self._records[current.build_number] = found
            self._hold("records", found)
            return found

    def grants(self, current: GrantsVersion, login: str) -> Grants:
        with self._lock:
            if self._granted[0] != current or len(self._granted[1]) >= _MOST_ACCOUNTS:
                self._granted = (current, {})
            known = self._granted[1]
            found = known.get(login)
        if found is None:
            found = known[login] = grants(current.path, login)
        return found

    def close(self) -> None:
        with self._lock:
            self._granted = (None, {})
            for figures in self._figures.values():
                figures.close()
            for records in self._records.values():
                records.close()
            self._figures.clear()
            self._records.clear()
            self._newest.clear()

    def _hold(self, what: str, found: Figures | Records) -> None:
        """The newest stays open between two questions; what it replaces is closed with its last reader."""
        held = self._newest.get(what)
        if held is None or held.data_version < found.data_version:
            self._newest[what] = found


@dataclass(slots=True)
class House:
    """One home folder, open for questions, of several threads at once.

    A new build is a new file: the figures of a question are those that are published when it is asked, and an older
    file stays open only as long as somebody reads it.

    Attributes:
        kept: what is kept from one question to the next, by a process that serves many; nothing otherwise.
        at: the version that is asked whatever is published meanwhile; the newest otherwise.
    """

    settings: Settings
    catalog: Catalog
    kept: Kept | None = field(default=None, repr=False)
    at: Published | None = field(default=None, repr=False)
    _open: _Open = field(default_factory=_Open, repr=False)

    def standing(self) -> House:
        """The same house with the version that is published now, whatever is published while it is asked."""
        return House(self.settings, self.catalog, self.kept, self.published(), self._open)

    def of_version(self, number: int) -> House | None:
        """The same house with an earlier version that is still there; None where it is not."""
        found = version_of(self.settings.published, number)
        return House(self.settings, self.catalog, self.kept, found, self._open) if found else None

    def published(self) -> Published:
        """The version that is asked.

        Raises:
            NoHome: nothing has been published here.
        """
        return self.at or published(self.settings.published)

    def figures(self) -> Figures:
        """The figures published now; raises as `published`."""
        return self._open.figures(self.published())

    def offices(self) -> Offices:
        """The business units, as last published."""
        return self.figures().offices(self.catalog)

    def judged_by(self) -> tuple[JudgedBy, ...]:
        """The checks that the records were judged by, as last published."""
        return self.figures().judged_by()

    def horizons(self, viewer: Viewer) -> Horizons:
        """What the stores in a viewer's scope are known of, by what is published now."""
        return self.figures().horizons(self.catalog).within(viewer.sources)

    def records(self) -> Records:
        """The records published now; raises as `published`."""
        return self._open.records(self.published(), self.catalog.records)

    def files(self) -> tuple[Records, Figures]:
        """The records and the figures published now, both of one version; raises as `published`."""
        current = self.published()
        return self._open.records(current, self.catalog.records), self._open.figures(current)

    def close(self) -> None:
        """Let go of every file; what is asked afterwards opens them anew."""
        self._open.close()

    def grants(self, login: str) -> Grants:
        """One account's grants as last published, whose number is looked up each time; NoHome where none have been."""
        return self._open.grants(published_grants(self.settings.grants), login)

    def known(self, scoped: ScopedQuestion, data_version: int) -> SafeTable | None:
        """What this account was answered to the same question, of the same data, by the same rights and definitions."""
        return self.kept.answer(scoped.viewer.login, key_of(scoped, data_version)) if self.kept else None

    def keep(
        self, scoped: ScopedQuestion, data_version: int, release: Callable[[Mapping[str, Any]], SafeTable]
    ) -> SafeTable:
        """An answer, kept for the same account where anything is kept.

        Args:
            release: makes it, with what its meta data are to say beside: the key under which it is kept.
        """
        if self.kept is None:
            return release({})
        key = key_of(scoped, data_version)
        # what a reader has already is told by its bytes: they are the same each time
        answer = release({KEPT_AS: key, "elapsed": None})
        self.kept.keep(scoped.viewer.login, key, answer)
        return answer

    def everybody(self) -> tuple[Grants, ...]:
        """The grants of every account, as last published."""
        return all_grants(published_grants(self.settings.grants).path)

    def accounts(self, ids: frozenset[str]) -> tuple[Account, ...]:
        """The accounts of all stores that have one of these ids, as last published; who may know them is not judged."""
        return accounts(published_grants(self.settings.grants).path, ids)

    def roles(self) -> tuple[str, ...]:
        """The roles that somebody has, as last published."""
        return roles(published_grants(self.settings.grants).path)

    def unknown_permissions(self) -> tuple[tuple[str, str, str, int], ...]:
        """Role, entity, field and number of accounts of permissions that are not understood, and so give nothing."""
        return unknown_permissions(published_grants(self.settings.grants).path)

    def shared_logins(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Logins that several enabled accounts have, with their stores: nobody's, as things stand."""
        return shared_logins(published_grants(self.settings.grants).path)

    def active_persons(self, instant: datetime, needs: Sequence[str]) -> pa.Table:
        """One row per active person as of an instant, for the build of the cube alone."""
        current = self.published()
        has_links = current.links.registrations > 0
        return active_persons(current.figures, instant, needs, has_links=has_links, threads=self.settings.threads)

    def exact_scopes(self) -> frozenset[frozenset[str]]:
        """Every set of offices that some account counts or opens exactly, without those of accounts that see all."""
        return exact_scopes(published_grants(self.settings.grants).path)

    def units(self) -> frozenset[str]:
        """Every office that owns a record."""
        return all_units(self.published().figures)

    def statistics(self) -> ServedStatistics:
        """The protected statistics that are served now: those that the newest key of the cube made."""
        root, keyring = self.settings.cube, self.settings.keyring
        series = read_series(root)
        keys = open_keys(keyring, "cube").versions if series and keyring.exists() else ()
        if series is None or not keys or fingerprint(keys[-1]) != series.fingerprint:
            return ServedStatistics(0, {})
        signing = derived(keys[-1], SIGNING)
        return ServedStatistics(
            series.number, {one.day: partial(opened, root, one, signing) for one in series.snapshots}
        )

    def audit(self) -> AuditLog:
        """The log that every look is written to."""
        return open_log(self.settings)

    def write_down(self, look: Look) -> None:
        """Write a look, before anything of it is shown; by a process that serves many, with those of others.

        Raises:
            AuditFailed: it could not be written; nothing may be shown.
        """
        if self.kept:
            release()  # whoever waits for the disk needs no place at the engine
            self.kept.write(look, self.audit())
        else:
            self.audit().write(look)
