"""Where a registration store lives: one URL, and how to speak of it without its credentials."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from dataport.errors import WrongRequest

StoreKind = Literal["sqlite", "postgres"]

_KINDS: dict[str, StoreKind] = {"sqlite": "sqlite", "postgresql": "postgres", "postgres": "postgres"}


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """A parsed store URL. Prints without user, password or options.

    Attributes:
        kind: the kind of store.
        text: the URL as given, credentials included: for drivers only.
        safe: the URL as it may be shown.
    """

    kind: StoreKind
    text: str = field(repr=False)
    safe: str

    @property
    def path(self) -> Path:
        """The file of a SQLite store."""
        return Path("/" + unquote(urlsplit(self.text).path).lstrip("/"))


def parse_url(url: str) -> StoreUrl:
    """The store behind ``sqlite:///abs/path`` or ``postgresql://…``.

    Raises:
        WrongRequest: any other URL; the message does not repeat it, for it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        raise _not_a_store() from None
    kind = _KINDS.get(parts.scheme)
    if kind is None or (kind == "sqlite" and (parts.netloc or not parts.path.strip("/"))):
        raise _not_a_store()
    if kind == "sqlite":
        return StoreUrl(kind, url, f"sqlite:///{parts.path.lstrip('/')}")
    return StoreUrl(kind, url, f"postgresql://{parts.hostname or ''}{port}{parts.path}")


def _not_a_store() -> WrongRequest:
    return WrongRequest(
        "This is not the URL of a registration store. "
        "Give sqlite:///absolute/path.sqlite or postgresql://user:password@host:5432/database."
    )
