"""visit: who comes in, and the look that is written down before anything is shown. Both doors begin here."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from dataport.access import Viewer, ViewerClass, identify
from dataport.audit import Look
from dataport.errors import DataportError, Refused
from dataport.house import House

NOBODY = "Nobody is asking: name the viewer with --as LOGIN, or set `viewer` in dataport.toml."
_BLANK = (
    "Nobody is asking: the viewer's name is empty, and does not stand for the `viewer` that is set. Name it, or "
    "leave --as out (`viewer=` in Python, DATAPORT_VIEWER in the environment, `viewer` in dataport.toml)."
)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: an account's login, on whose machine account, as which class, what for, and through which client.

    Attributes:
        is_verified: whether an outlet has made sure that it is an account of the organisation; only then may it be one
            that no store has.
    """

    login: str | None
    os_user: str
    as_class: ViewerClass | None = None
    purpose: str | None = None
    client: str | None = None
    is_verified: bool = False


def viewer_of(asker: Asker, house: House) -> Viewer:
    """Who asks, by the grants published now.

    Raises:
        Refused: nobody is named, the grants are too old, or the class is not this account's to take.
        UnknownViewer: no enabled account has the login.
    """
    if asker.login is None:
        raise Refused(NOBODY)
    require_name(asker.login)
    grants = house.grants(well_formed(asker.login))
    now = datetime.now(UTC).replace(tzinfo=None)
    max_age = timedelta(hours=house.settings.grants_max_age_hours)
    verified = well_formed(asker.login) if asker.is_verified else None
    viewer = identify(grants, now=now, max_age=max_age, as_class=asker.as_class, verified=verified)
    # whatever it may count, it counts for a job: nobody is answered under its name
    return replace(viewer, viewer_class=ViewerClass.SERVICE) if _is_service(asker.login, house) else viewer


def _is_service(login: str, house: House) -> bool:
    service = house.settings.cube_viewer
    return service is not None and login.casefold() == service.casefold()


def require_name(login: str) -> None:
    """Refuse a name in which nothing can be read: what was left empty by mistake must not ask as somebody else.

    Raises:
        Refused: the name is empty, blank, or nothing but marks that do not print.
    """
    if not any(one.isprintable() and not one.isspace() for one in login):
        raise Refused(_BLANK)


class Looking:
    """A look while it is under way: what becomes known of it is noted, and written when it ends."""

    def __init__(self, look: Look) -> None:
        self.look = look

    def note(self, **known: Any) -> None:
        self.look = replace(self.look, **known)


@contextmanager
def looking(door: str, asked: str, asker: Asker, house: House) -> Iterator[Looking]:
    """Write a look down when the block ends, however it ends; what cannot be written is not shown.

    Until its question is bound, what was typed is known by its digest only, for it may hold anything.

    Args:
        door: which command, for the log.
        asked: what was typed, of which a keyed digest is kept.
    """
    audit = house.audit()
    under_way = Looking(
        Look(
            door=door,
            viewer=well_formed(asker.login or "")[:200],
            os_user=well_formed(asker.os_user),
            viewer_class=None,
            purpose=well_formed(asker.purpose)[:1000] if asker.purpose else None,
            question=None,
            digest=audit.digest(well_formed(asked)),
            data_version=None,
            grants_version=None,
            outcome="interrupted",
            policy_version=house.catalog.digest[:16],
            client=well_formed(asker.client)[:200] if asker.client else None,
        )
    )
    try:
        yield under_way
        under_way.note(outcome="answered")
    except Refused as refusal:
        under_way.note(outcome=refusal.code, reason=str(refusal))
        raise
    except Exception as problem:
        under_way.note(outcome=getattr(problem, "code", "defect"))
        raise
    finally:
        house.write_down(under_way.look)


@contextmanager
def visiting(door: str, asked: str, asker: Asker, house: House) -> Iterator[tuple[Looking, Viewer]]:
    """A look under way, and who it is that looks: how every door begins.

    Raises:
        Refused, UnknownViewer: as `viewer_of`.
    """
    with looking(door, asked, asker, house) as look:
        viewer = viewer_of(asker, house)
        look.note(viewer_class=viewer.viewer_class.value, grants_version=viewer.grants_version)
        yield look, viewer


def require_somebody(door: str, asked: str, asker: Asker, house: House) -> None:
    """Refuse who is nobody before anything is worked out for them, and write that down; what follows writes its own.

    Raises:
        Refused, UnknownViewer: as `viewer_of`.
    """
    try:
        viewer_of(asker, house)
    except DataportError:
        with visiting(door, asked, asker, house):
            raise


@contextmanager
def accounted(door: str, asked: str, asker: Asker, house: House) -> Iterator[None]:
    """What stops a request before its look begins, such as a name that there is not, is written down as a look too.

    Raises:
        Refused, UnknownViewer: as `viewer_of`, where the request is stopped.
    """
    try:
        yield
    except DataportError as problem:
        with visiting(door, asked, asker, house):
            raise problem


def machine_account() -> str:
    """The account of this machine under which the process runs, whatever its environment says of it."""
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name[:200]
    except KeyError:
        return str(number)


def well_formed(text: str) -> str:
    """What was typed as text that can be written, whichever bytes it came from."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
