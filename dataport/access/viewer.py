"""Viewer: who asks, as the registration store's own accounts and permissions say.

Grants come from outside as data (`Grants`), read from the newest published grants file; this package reads no file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from dataport.errors import Refused, SharedLogin, UnknownViewer
from dataport.semantic.policy import Tier


class ViewerClass(StrEnum):
    """What kind of reader somebody is; the release depends on it."""

    REGISTRATION = "registration"
    STATISTICS = "statistics"
    PARTNER = "partner"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Permission:
    """What one role lets its holder do with one entity.

    Attributes:
        units: the business units whose rows are allowed; None means all rows, an empty set none.
        finest_place_level: 0 country … 6; places finer than this may not be mentioned.
        highest_tier: T0, T1 or T2; members above it may not be mentioned.
        row_limit: how many records may be opened at a time, where records may be opened.
        source: the store that gives it, and whose rows it is about; empty where there is one store without a name.
    """

    role: str
    entity: str
    units: frozenset[str] | None
    may_count: bool
    may_open: bool
    finest_place_level: int
    highest_tier: Tier
    row_limit: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class Grants:
    """One account's grants as last published.

    Attributes:
        version: the number of the published grants.
        read_at: when the oldest of them were read from their store, by the wall clock, naive UTC.
        login: the account; None if it is not an enabled one.
        viewer_class: the class the account has in the store.
        shared: the stores of several accounts that have the login, where nobody has said that they are one person's.
        read: when the permissions of each store were read; empty where that is not known store by store.
        is_listed: whether some store has an account of this name at all, enabled or not, in whatever case.
    """

    version: int
    read_at: datetime
    login: str | None
    viewer_class: ViewerClass | None
    permissions: tuple[Permission, ...]
    shared: tuple[str, ...] = ()
    read: Mapping[str, datetime] = field(default_factory=dict)
    is_listed: bool = True

    def expired(self, now: datetime, max_age: timedelta) -> frozenset[str]:
        """The stores whose permissions were read too long ago to be trusted."""
        return frozenset(source for source, read_at in self.read.items() if now - read_at > max_age)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is known and may ask; what they may see is in the permissions.

    Attributes:
        permissions: those that can be trusted.
        expired: stores that give this viewer permissions which were read too long ago. None of their rows is shown, and
            a question whose answer could hold some of them is not answered.
    """

    login: str
    viewer_class: ViewerClass
    permissions: tuple[Permission, ...]
    grants_version: int
    expired: frozenset[str] = frozenset()

    @property
    def sources(self) -> frozenset[str] | None:
        """The stores whose rows are its concern, expired ones too; None where its permissions do not say."""
        found = frozenset(one.source for one in self.permissions)
        return found | self.expired if found and "" not in found else None


def identify(
    grants: Grants,
    *,
    now: datetime,
    max_age: timedelta,
    as_class: ViewerClass | None = None,
    verified: str | None = None,
) -> Viewer:
    """The viewer that fresh grants describe.

    Args:
        verified: an account of the organisation that an outlet has verified by itself. Where no store lists it, it is a
            viewer of class statistics. One that a store has disabled is nobody.

    Raises:
        UnknownViewer: no enabled account has the login, or several have it.
        Refused: the grants are too old to be trusted, or the class asked for is not this account's to take.
    """
    expired, hours = grants.expired(now, max_age), max_age.total_seconds() / 3600
    if expired == frozenset(grants.read) and now - grants.read_at > max_age:
        raise Refused(
            f"Permissions were last read more than {hours:g} hours ago, so no question is answered: one that was "
            "withdrawn since must not outlive a broken job. Run `dataport refresh`."
        )
    if grants.shared:
        raise SharedLogin(grants.shared)
    if grants.login is None or grants.viewer_class is None:
        if verified is not None and not grants.is_listed and as_class in (None, ViewerClass.STATISTICS):
            return Viewer(verified, ViewerClass.STATISTICS, (), grants.version)
        raise UnknownViewer()
    if as_class not in (None, grants.viewer_class, ViewerClass.STATISTICS):
        raise Refused(f"This account is of class {grants.viewer_class}; it can ask as that or as statistics.")
    # a permission that does not say which store gives it may be of any of them: it counts as old as the oldest
    trusted = tuple(one for one in grants.permissions if one.source not in expired and (one.source or not expired))
    unsaid = any(not one.source for one in grants.permissions)
    lapsed = expired if unsaid else frozenset(one.source for one in grants.permissions) & expired
    if lapsed and not trusted:
        raise Refused(
            f"The permissions of {', '.join(sorted(lapsed))} were last read more than {hours:g} hours ago, so nobody "
            "is answered by them: one that was withdrawn since must not outlive a broken job. `dataport status` says "
            "why they could not be read; `dataport refresh` reads them again."
        )
    return Viewer(grants.login, as_class or grants.viewer_class, trusted, grants.version, lapsed)
