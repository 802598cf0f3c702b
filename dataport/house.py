"""House: the published files of one home folder as the doors need them, opened when they are first asked for.

The one place that chooses an engine. A home on another one, and a file of one's own, are opened here too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dataport.access import Account, Grants, Viewer
from dataport.audit import AuditLog, open_log
from dataport.engine import Figures
from dataport.engine.records import Records
from dataport.engines.duckdb import (
    accounts,
    all_grants,
    grants,
    own_file,
    published_figures,
    published_records,
    shared_logins,
    unknown_permissions,
)
from dataport.semantic import Catalog, Horizon
from dataport.semantic.horizons import Horizons
from dataport.settings import Settings
from dataport.warehouse.grants import published_grants
from dataport.warehouse.versions import Published, published

__all__ = ["House", "own_file"]


@dataclass(slots=True)
class House:
    """One home folder, open for questions.

    A new build is a new file: the figures of a question are those that are published when it is asked, and an older
    file stays open only as long as somebody reads it.
    """

    settings: Settings
    catalog: Catalog
    _figures: Figures | None = field(default=None, repr=False)
    _records: Records | None = field(default=None, repr=False)

    def figures(self) -> Figures:
        """The figures published now.

        Raises:
            NoHome: nothing has been published here.
        """
        return self._figures_of(published(self.settings.published))

    def _figures_of(self, current: Published) -> Figures:
        if self._figures is None or self._figures.data_version != current.build_number:
            sources = {one.source_id: Horizon(one.history_start, one.watermark) for one in current.sources}
            self._figures = published_figures(
                current.figures, current.build_number, sources, has_links=current.links.registrations > 0
            )
        return self._figures

    def horizons(self, viewer: Viewer) -> Horizons:
        """What the stores in a viewer's scope are known of, by what is published now."""
        return self.figures().horizons(self.catalog).within(viewer.sources)

    def records(self) -> Records:
        """The records published now.

        Raises:
            NoHome: nothing has been published here.
        """
        return self._records_of(published(self.settings.published))

    def files(self) -> tuple[Records, Figures]:
        """The records and the figures published now, both of one version, whatever is published a moment later.

        Raises:
            NoHome: nothing has been published here.
        """
        current = published(self.settings.published)
        return self._records_of(current), self._figures_of(current)

    def _records_of(self, current: Published) -> Records:
        if self._records is None or self._records.data_version != current.build_number:
            self._records = published_records(current.records, current.build_number, self.catalog.records)
        return self._records

    def close(self) -> None:
        """Let go of every file; what is asked afterwards opens them anew."""
        for one in (self._figures, self._records):
            if one is not None:
                one.close()
        self._figures = self._records = None

    def grants(self, login: str) -> Grants:
        """One account's grants as last published; NoHome where none have been."""
        current = published_grants(self.settings.grants)
        return grants(current.path, login)

    def everybody(self) -> tuple[Grants, ...]:
        """The grants of every account, as last published."""
        return all_grants(published_grants(self.settings.grants).path)

    def accounts(self, ids: frozenset[str]) -> tuple[Account, ...]:
        """The accounts of all stores that have one of these ids, as last published; who may know them is not judged."""
        return accounts(published_grants(self.settings.grants).path, ids)

    def unknown_permissions(self) -> tuple[tuple[str, str, str, int], ...]:
        """Role, entity, field and number of accounts of permissions that are not understood, and so give nothing."""
        return unknown_permissions(published_grants(self.settings.grants).path)

    def shared_logins(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Logins that several enabled accounts have, with their stores: nobody's, as things stand."""
        return shared_logins(published_grants(self.settings.grants).path)

    def audit(self) -> AuditLog:
        """The log that every look is written to."""
        return open_log(self.settings)
